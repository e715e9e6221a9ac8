"""Alerts: each is told once when it begins and once when it ended, the same cause in one line."""

from alerted import DOWN, HOUR, NOW, Hook, House, mails, text
from mailbox_server import Inbox

from warehouse.tables import alert

DAY = 24 * HOUR


def test_all_is_well_and_nobody_is_written_to(house: House, inbox: Inbox, hook: Hook) -> None:
    done = house.told(NOW)
    assert (done["found"], done["told"], done["failed"]) == (0, 0, {})
    assert not inbox.received
    assert not hook.asked


def test_an_alert_is_told_once_and_its_end_once(house: House, inbox: Inbox, hook: Hook) -> None:
    assert house.told(NOW, one=DOWN)["told"] == 1
    for hours in (1, 2, 24):
        house.told(NOW + hours * HOUR, one=DOWN)
    (mail,) = mails(inbox)
    assert mail["Subject"] == "1 new alert. Worst: blocked: one"
    assert "Since 22 November 2026, 12:10 UTC." in text(mail)
    assert "What to do: Do not try to get around it." in text(mail)
    assert house.rows(alert)[0]["told_at"] == NOW
    for hours in (25, 28, 31, 32):
        house.told(NOW + hours * HOUR)
    assert [mail["Subject"] for mail in mails(inbox)][1:] == ["1 ended"]
    assert "From 22 November 2026, 12:10 UTC to 23 November 2026, 13:10 UTC." in text(
        mails(inbox)[1]
    )
    assert [event["type"] for event in hook.received] == [
        "goodguest.alert.began",
        "goodguest.alert.ended",
    ]
    first, last = (event["data"]["alerts"][0] for event in hook.received)
    assert first["alert_key"] == last["alert_key"]
    (row,) = house.rows(alert)
    assert row["ended_at"] == NOW + 25 * HOUR
    assert row["closed_at"] == row["end_told_at"] == NOW + 31 * HOUR


def test_what_comes_again_is_a_new_alert(house: House, inbox: Inbox) -> None:
    house.told(NOW, one=DOWN)
    for hours in (1, 7):
        house.told(NOW + hours * HOUR)
    house.told(NOW + 9 * HOUR, one=DOWN)
    subjects = [mail["Subject"] for mail in mails(inbox)]
    assert subjects == [
        "1 new alert. Worst: blocked: one",
        "1 ended",
        "1 new alert. Worst: blocked: one",
    ]
    assert len({row["alert_key"] for row in house.rows(alert)}) == 2


def test_what_comes_and_goes_within_hours_is_told_once(house: House, inbox: Inbox) -> None:
    for hours in (0, 1, 5, 6, 11, 12):
        house.told(NOW + hours * HOUR, **({"one": DOWN} if hours in (0, 5, 11) else {}))
    assert len(inbox.received) == 1


def test_what_lasts_is_said_again_after_a_week(house: House, inbox: Inbox, hook: Hook) -> None:
    for days in (0, 6, 7, 13, 14):
        house.told(NOW + days * DAY, one=DOWN)
    assert [mail["Subject"] for mail in mails(inbox)] == [
        "1 new alert. Worst: blocked: one",
        "1 reminder. Worst: blocked: one",
        "1 reminder. Worst: blocked: one",
    ]
    assert "STILL THERE AFTER A WEEK" in text(mails(inbox)[1])
    assert [event["type"] for event in hook.received][1:] == ["goodguest.alert.lasts"] * 2


def test_one_trouble_that_gives_way_to_another_did_not_end(house: House, inbox: Inbox) -> None:
    house.told(NOW, one=DOWN)
    for hours in (1, 8):
        house.told(NOW + hours * HOUR, one="error")
    assert [mail["Subject"] for mail in mails(inbox)] == [
        "1 new alert. Worst: blocked: one",
        "1 new alert. Worst: failed: one",
    ]


def test_the_same_cause_is_one_line_and_the_gravest_comes_first(house: House, inbox: Inbox) -> None:
    house.told(NOW, one=DOWN, two="error", three=DOWN)
    (mail,) = mails(inbox)
    assert mail["Subject"] == "3 new alerts. Worst: blocked: 2 sources"
    lines = text(mail).splitlines()
    at = lines.index("! Blocked: 2 sources (error)")
    assert lines[at + 2 : at + 4] == ["  - one", "  - three"]
    assert lines.index("! Failed: two (error)") > at
