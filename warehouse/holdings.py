"""What the agency itself holds: its topics, its datasets, its registers; read through `tables`.

What a reloaded vocabulary no longer has is marked withdrawn, never deleted: ties keep their
meaning.
"""

from datetime import datetime

import sqlalchemy as sa

from warehouse.columns import OPEN, column, metadata

topic = sa.Table(
    "topic",
    metadata,
    column("uri", str, "URI of the concept.", OPEN, key=True),
    column("vocabulary", str, "Vocabulary it was last loaded with.", OPEN),
    column("scheme", str, "URI of its concept scheme.", OPEN, null=True),
    column("definition", str, "What it means.", OPEN, null=True),
    column("notation", str, "Its code.", OPEN, null=True),
    column("is_deprecated", bool, "Whether the vocabulary advises against it.", OPEN),
    column("withdrawn_at", datetime, "When the vocabulary was seen without it.", OPEN, null=True),
    comment="A SKOS concept.",
)

topic_label = sa.Table(
    "topic_label",
    metadata,
    column("uri", str, "The topic.", OPEN, refers="topic.uri", key=True),
    column("position", int, "Its place among the topic's labels, from 0.", OPEN, key=True),
    column("kind", str, "prefLabel, altLabel or hiddenLabel.", OPEN),
    column("value", str, "The label.", OPEN),
    column("lang", str, "Its language (BCP 47, lower case).", OPEN, null=True),
    comment="A label of a topic.",
)

topic_broader = sa.Table(
    "topic_broader",
    metadata,
    column("uri", str, "The narrower topic.", OPEN, refers="topic.uri", key=True),
    column("position", int, "Its place among the broader topics, from 0.", OPEN, key=True),
    column("broader_uri", str, "The broader topic, perhaps of another vocabulary.", OPEN),
    comment="That a topic has a broader one.",
)

dataset = sa.Table(
    "dataset",
    metadata,
    column("dataset_key", str, "Key derived from catalogue and identifier.", OPEN, key=True),
    column("catalogue", str, "Catalogue it stands in.", OPEN),
    column("identifier", str, "The publisher's own id.", OPEN),
    column("title", str, "Title.", OPEN),
    column("description", str, "Description.", OPEN),
    column("keywords", list, "Keywords.", OPEN),
    column("themes", list, "Themes.", OPEN),
    column("publisher", str, "Who publishes it.", OPEN, null=True),
    column("landing_page", str, "Its page.", OPEN, null=True),
    column("modified", str, "When it was changed, in the publisher's words.", OPEN, null=True),
    column("lang", str, "Language of its title (BCP 47).", OPEN, null=True),
    column("columns", list, "Names of its columns, as far as told.", OPEN, null=True),
    column("withdrawn_at", datetime, "When the catalogue was seen without it.", OPEN, null=True),
    comment="A DCAT dataset.",
)

dataset_distribution = sa.Table(
    "dataset_distribution",
    metadata,
    column("dataset_key", str, "The dataset.", OPEN, refers="dataset.dataset_key", key=True),
    column("position", int, "Its place among the distributions, from 0.", OPEN, key=True),
    column("url", str, "Where to get it.", OPEN),
    column("title", str, "Title.", OPEN, null=True),
    column("format", str, "Format.", OPEN, null=True),
    comment="A way to get a dataset.",
)

entity = sa.Table(
    "entity",
    metadata,
    column("entity_key", str, "Key derived from register and native id.", OPEN, key=True),
    column("register", str, "Register it stands in.", OPEN),
    column("native_id", str, "The register's own id.", OPEN),
    column("name", str, "Name.", OPEN),
    column("aliases", list, "Other names.", OPEN),
    column("acronyms", list, "Its acronyms, counted as written.", OPEN, null=True),
    column("identifiers", list, "Further numbers and addresses of it.", OPEN, null=True),
    column("place", str, "Where it is.", OPEN, null=True),
    column("address", str, "Street and house number.", OPEN, null=True),
    column("kind", str, "What the register's rows are.", OPEN, null=True),
    column("attributes", dict, "The register's other columns."),
    column("withdrawn_at", datetime, "When the register was seen without it.", OPEN, null=True),
    comment="A register's row: a facility, a supplier, an object.",
)

topic_example = sa.Table(
    "topic_example",
    metadata,
    column("vocabulary", str, "File it was loaded from.", OPEN, key=True),
    column("position", int, "Its place in the file, from 0.", OPEN, key=True),
    column("topic_uri", str, "The topic it is about.", OPEN),
    column("text", str, "What it says."),
    column("lang", str, "Its language (BCP 47).", null=True),
    comment="An example post from which a topic is learnt.",
)

catalogue_version = sa.Table(
    "catalogue_version",
    metadata,
    column("kind", str, "topic, dataset, entity or example.", OPEN, key=True),
    column("name", str, "Name of the vocabulary, catalogue or register.", OPEN, key=True),
    column("sha256", str, "SHA-256 of its content in one form.", OPEN),
    column("records", int, "How many records it has.", OPEN),
    column("loaded_at", datetime, "When this content was loaded.", OPEN),
    comment="What is loaded of what the agency holds, versioned by content.",
)

catalogue_change = sa.Table(
    "catalogue_change",
    metadata,
    column("kind", str, "topic, dataset or entity; all: every post was to be tied anew.", key=True),
    column("target_key", str, "Key of the record that changed; empty: of all.", key=True),
    column("number", int, "Rises with each load that changed something.", key=True),
    column("version", str, "The catalogue's version after it."),
    column("before", dict, "The record before it; null: there was none.", null=True),
    comment="A change of the catalogue from which follows which posts are tied anew.",
    sqlite_with_rowid=False,
)
