"""What follows from what Twilio said, and which of its messages is ours."""

from datetime import UTC, datetime

import pytest

from gateway.domain.outgoing import (
    GIVE_UP_S,
    LONGEST_WAIT_S,
    Accepted,
    Later,
    OutboxStatus,
    Outcome,
    Outgoing,
    Refused,
    Seen,
    Step,
    Unknown,
    after_blind_look,
    after_look,
    after_send,
    read_answer,
    wait_s,
)
from gateway.domain.reconcile import MARGIN_S, find, shows
from gateway.settings import GatewaySettings

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


def test_twilio_may_ask_for_no_longer_than_a_reply_is_tried() -> None:
    assert read_answer(429, None, 20429, "999999", NOW) == Later("TWILIO_20429", GIVE_UP_S)


def test_waits_grow_with_jitter_up_to_a_bound_and_never_undercut_twilio() -> None:
    assert [wait_s(attempts, draw=lambda: 1.0) for attempts in (1, 2, 3)] == [1, 2, 4]
    assert wait_s(1000, draw=lambda: 1.0) == LONGEST_WAIT_S
    assert 0 < wait_s(1, draw=lambda: 0.0) < wait_s(1, draw=lambda: 1.0)
    assert wait_s(1, 30, draw=lambda: 0.0) > 30


def test_what_cannot_be_sent_for_long_is_a_dead_letter() -> None:
    soon, late = reply(), reply(since=1000 - GIVE_UP_S)
    assert after_send(soon, Later("TIMEOUT"), 1000, 5).progress is OutboxStatus.WAITING
    assert after_send(late, Later("TIMEOUT"), 1000, 5).progress is OutboxStatus.DEAD
    assert after_send(late, Unknown("TIMEOUT"), 1000, 5).progress is OutboxStatus.AMBIGUOUS
    assert after_blind_look(soon, 1000, "HTTP_500").due_at is not None
    forever = after_blind_look(late, 1000, "HTTP_500")
    assert (forever.progress, forever.due_at) == (OutboxStatus.AMBIGUOUS, None)


def test_twilio_is_asked_for_the_whole_settle_time_before_anything_is_sent_again() -> None:
    looks: list[float] = []
    due = 1000.0
    while (move := after_look(reply(looks=len(looks)), None, due, 45, "NOT_LISTED")).progress is OutboxStatus.AMBIGUOUS:
        looks.append(due)
        assert move.due_at is not None
        assert move.looks == len(looks)
        due = move.due_at
    assert [*looks, due] == pytest.approx([1000, 1005, 1015, 1045])
    assert (move.progress, move.due_at) == (OutboxStatus.WAITING, due)
    late = reply(looks=len(looks), since=0 - GIVE_UP_S)
    assert after_look(late, None, 1000, 45, "X").progress is OutboxStatus.DEAD


@pytest.mark.parametrize("left", [True, False])
def test_a_reply_reaches_the_customer_once_however_late_twilio_lists_within_the_settle_time(left: bool) -> None:
    settle_s = GatewaySettings.model_fields["settle_s"].default
    for late in (0.0, 0.5, 5.0, 14.9, 30.0, settle_s, settle_s + 1, 600.0):
        resent_at = until_sent_again(settle_s, late if left else float("inf"))
        heard = left + (resent_at is not None)
        assert heard == (2 if left and late > settle_s else 1), late
        assert resent_at is None or resent_at == pytest.approx(settle_s)


def until_sent_again(settle_s: float, listed_at: float) -> float | None:
    """When a reply whose process died is sent again, in seconds since another process found it; None: never."""
    now, looks = 0.0, 0
    while True:
        found = Seen("SM1", "Hola", "sent", 0.0) if listed_at <= now + 1e-9 else None
        move = after_look(reply(looks=looks), found, now, settle_s, "NOT_LISTED")
        if move.progress is not OutboxStatus.AMBIGUOUS:
            return now if move.progress is OutboxStatus.WAITING else None
        assert move.due_at is not None
        now, looks = move.due_at, move.looks


@pytest.mark.parametrize(
    ("status", "code", "progress", "reason"),
    [("queued", "", OutboxStatus.SENT, ""), ("undelivered", "63016", OutboxStatus.DEAD, "TWILIO_63016")],
)
def test_what_is_found_is_not_sent_again(status: str, code: str, progress: OutboxStatus, reason: str) -> None:
    move = after_look(reply(looks=1), Seen("SM1", "x", status, 1000.0, code), 1000, 5, "NOT_LISTED")
    assert (move.progress, move.reason, move.message_sid) == (progress, reason, "SM1")


def test_a_message_is_found_by_its_text_time_and_what_is_accounted_for() -> None:
    ours = Seen("SM1", "Hola ñ ", "sent", 1001.0)
    assert find(reply(), [ours], (), ()) == ours
    assert find(reply(), [ours], ("SM1",), ()) is None
    assert find(reply(), [ours], (), [1000.5]) is None
    later = Seen("SM2", "Hola ñ", "sent", 1002.0)
    assert find(reply(), [later, ours], (), [1000.5]) == later
    assert find(reply(), [Seen("SM3", "Chau", "sent", 1001.0)], (), ()) is None
    assert find(reply(), [Seen("SM4", "Hola ñ", "sent", 999.0 - MARGIN_S)], (), ()) is None


def test_a_reply_of_the_same_text_accounts_for_its_own_message_also_at_the_edge_of_the_window() -> None:
    edge = 1000.0 - MARGIN_S
    assert edge < 400.0, "it is found by a clock that was ten minutes ahead when it left"
    before, ours = Seen("SM1", "Hola ñ", "sent", edge + 0.5), Seen("SM2", "Hola ñ", "sent", 1001.0)
    for listed in ([before, ours], [ours, before]):
        assert find(reply(), listed, (), [edge - 0.5]) == ours
    assert find(reply(), [before], (), [edge - 0.5]) is None
    truncated = Seen("SM1", "Hola ñ", "sent", edge - 0.5)
    assert find(reply(), [ours, truncated], (), [edge + 0.4]) == ours


@pytest.mark.parametrize(
    ("listed", "shown"),
    [
        ([], False),
        ([Seen("SM1", "Hola ñ", "sent", 1001.0)], True),
        ([Seen("SM1", "Chau", "sent", 1001.0)], False),
        ([Seen("SM1", "Hola ñ", "sent", 1001.0 + MARGIN_S)], False),
    ],
)
def test_twilio_is_seen_to_list_what_left_in_webhooks(listed: list[Seen], shown: bool) -> None:
    assert shows(reply(attempts=0), listed, ()) is shown
    assert not shows(reply(attempts=0), listed, ("SM1",)), "what left by REST says nothing of what left in webhooks"
