"""What the charter and a platform's terms allow: asked before the first request of a run."""

from datetime import datetime

from connectors import connector_of
from contract.charter import Charter, Select
from contract.errors import FixSettings, NotAllowed
from contract.places import plain_community


def may_listen(charter: Charter, name: str, now: datetime) -> None:
    """Return if the source may be read now; else raise NotAllowed: the rule, and what to do.

    Raises FixSettings when it selects what the platform cannot be asked for.
    """
    source, today = charter.sources[name], charter.today(now)
    purpose = charter.purposes[source.purpose]
    terms = connector_of(source.platform).TERMS
    if not source.enabled:
        raise NotAllowed(f"{name}: it is not enabled in the charter")
    if purpose.expires < today:
        raise NotAllowed(
            f"{name}: its purpose {source.purpose} expired on {purpose.expires}; "
            f"renew it in the charter with a new assessment, or remove the source"
        )
    if terms.needs_permission and source.permission is None:
        raise NotAllowed(
            f"{name}: {terms.title} asks for a permission of the community's owner; "
            f"ask, then note it as sources.{name}.permission ({{by, on, ref}})"
        )
    if terms.needs_approval:
        if source.approval is None:
            raise NotAllowed(
                f"{name}: {terms.title} asks for an approval ({terms.url}, read {terms.read_on}); "
                f"obtain it, then note it as sources.{name}.approval"
            )
        if source.approval.expires < today:
            raise NotAllowed(
                f"{name}: the approval {source.approval.ref} ({source.approval.clause}) "
                f"expired on {source.approval.expires}; renew it"
            )
    if terms.is_metered and source.budget is None:
        raise NotAllowed(
            f"{name}: reading {terms.title} costs money; "
            f"set what it may cost as sources.{name}.budget ({{posts, money, price}})"
        )
    for selected in Select.model_fields:
        if getattr(source.select, selected) and selected not in terms.selections:
            raise FixSettings(
                f"sources.{name}.select.{selected}: {terms.title} cannot be asked for it; "
                f"allowed here: {', '.join(terms.selections)}"
            )


def may_visit(charter: Charter, name: str) -> None:
    """Return if neither the source's site nor what is selected opted out; else raise NotAllowed."""
    source, outs = charter.sources[name], charter.opt_outs
    if place := outs.place_of(str(source.url)):
        raise NotAllowed(
            f"sources.{name}.url: it is of {place}, which asked not to be read (opt_outs); "
            "remove the source"
        )
    left_out = {plain_community(one) for one in outs.communities.get(source.platform, ())}
    for selected in (*source.select.communities, *source.select.categories):
        if plain_community(selected) in left_out:
            raise NotAllowed(
                f"sources.{name}.select: found {selected!r}, which asked not to be read "
                f"(opt_outs.communities.{source.platform}); take it out of the selection"
            )
