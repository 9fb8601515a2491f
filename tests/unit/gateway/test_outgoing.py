"""What follows from what Twilio said, and which of its messages is ours."""

from datetime import UTC, datetime

import pytest

from gateway.outgoing import (
    GIVE_UP_S,
    LONGEST_WAIT_S,
    Accepted,
    Later,
    Outcome,
    Outgoing,
    Progress,
    Refused,
    Seen,
    Step,
    Unknown,
    after_blind_look,
    after_look,
    after_send,
    read_answer,
    read_retry_after,
    wait_s,
)
from gateway.reconcile import MARGIN_S, find

NOW = datetime(2026, 3, 11, 13, 0, tzinfo=UTC)


def reply(attempts: int = 1, looks: int = 0, since: float = 1000.0) -> Outgoing:
    return Outgoing("id", Step.SEND, "salon", "a", "+1", "Hola  ñ", attempts, looks, since, 1000.0, 1000.0)


@pytest.mark.parametrize(
    ("status", "sid", "code", "outcome"),
    [
        (201, "SM1", None, Accepted("SM1")),
        (201, None, None, Unknown("NO_SID")),
        (400, None, 63016, Refused("TWILIO_63016")),
        (400, None, "63016", Refused("HTTP_400")),
        (401, None, 20003, Refused("TWILIO_20003")),
        (302, None, None, Refused("HTTP_302")),
        (408, None, None, Unknown("HTTP_408")),
        (429, None, 20429, Later("TWILIO_20429", 7.0)),
        (500, None, 20500, Unknown("TWILIO_20500")),
        (503, None, None, Unknown("HTTP_503")),
    ],
)
def test_an_answer_is_read_so_that_nothing_goes_out_twice(
    status: int, sid: object, code: object, outcome: Outcome
) -> None:
    assert read_answer(status, sid, code, "7", NOW) == outcome


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("0", 0),
        ("120", 120),
        ("999999", GIVE_UP_S),
        ("Wed, 11 Mar 2026 13:01:30 GMT", 90),
        ("Wed, 11 Mar 2026 12:00:00 GMT", 0),
        ("", 0),
        ("soon", 0),
        ("-5", 0),
        ("²", 0),
    ],
)
def test_retry_after_is_seconds_or_a_date(text: str, seconds: float) -> None:
    assert read_retry_after(text, NOW) == seconds


def test_waits_grow_with_jitter_up_to_a_bound_and_never_undercut_twilio() -> None:
    assert [wait_s(attempts, draw=lambda: 1.0) for attempts in (1, 2, 3)] == [1, 2, 4]
    assert wait_s(1000, draw=lambda: 1.0) == LONGEST_WAIT_S
    assert 0 < wait_s(1, draw=lambda: 0.0) < wait_s(1, draw=lambda: 1.0)
    assert wait_s(1, 30, draw=lambda: 0.0) > 30


def test_what_cannot_be_sent_for_long_is_a_dead_letter() -> None:
    soon, late = reply(), reply(since=1000 - GIVE_UP_S)
    assert after_send(soon, Later("TIMEOUT"), 1000, 5).progress is Progress.WAITING
    assert after_send(late, Later("TIMEOUT"), 1000, 5).progress is Progress.DEAD
    assert after_send(late, Unknown("TIMEOUT"), 1000, 5).progress is Progress.AMBIGUOUS
    assert after_blind_look(soon, 1000, "HTTP_500").due_at is not None
    forever = after_blind_look(late, 1000, "HTTP_500")
    assert (forever.progress, forever.due_at) == (Progress.AMBIGUOUS, None)


def test_twilio_is_asked_twice_before_anything_is_sent_again() -> None:
    once = after_look(reply(), None, 1000, 5, "NOT_LISTED")
    assert (once.progress, once.due_at, once.looks) == (Progress.AMBIGUOUS, 1005, 1)
    assert after_look(reply(looks=1), None, 1000, 5, "NOT_LISTED").progress is Progress.WAITING
    assert after_look(reply(looks=1, since=0 - GIVE_UP_S), None, 1000, 5, "X").progress is Progress.DEAD


@pytest.mark.parametrize(
    ("status", "code", "progress", "reason"),
    [("queued", "", Progress.SENT, ""), ("undelivered", "63016", Progress.DEAD, "TWILIO_63016")],
)
def test_what_is_found_is_not_sent_again(status: str, code: str, progress: Progress, reason: str) -> None:
    move = after_look(reply(looks=1), Seen("SM1", "x", status, 1000.0, code), 1000, 5, "NOT_LISTED")
    assert (move.progress, move.reason, move.message_sid) == (progress, reason, "SM1")


def test_a_message_is_found_by_its_text_time_and_what_is_accounted_for() -> None:
    ours = Seen("SM1", "Hola ñ ", "sent", 1001.0)
    assert find(reply(), [ours], (), 0) == ours
    assert find(reply(), [ours], ("SM1",), 0) is None
    assert find(reply(), [ours], (), 1) is None
    later = Seen("SM2", "Hola ñ", "sent", 1002.0)
    assert find(reply(), [later, ours], (), 1) == later
    assert find(reply(), [Seen("SM3", "Chau", "sent", 1001.0)], (), 0) is None
    assert find(reply(), [Seen("SM4", "Hola ñ", "sent", 999.0 - MARGIN_S)], (), 0) is None
