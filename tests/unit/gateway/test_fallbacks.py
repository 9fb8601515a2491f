from dataclasses import replace

import pytest

from gateway.domain.turn_types import PlanResult, ReplyFacts
from gateway.turn.fallbacks import LADDER, Failure, compose, fixed
from turn.model import Action, ConversationState, Observation, Slots
from turn.vocabulary import Intent, Status, Topic

WRITES = frozenset({"book_appointment", "cancel_appointment", "reschedule_appointment", "send_gift"})
DONE = {"ok": True, "booking_id": "PB-AAAAAA", "date": "2026-03-13", "time": "15:00"}


def facts(*observations: Observation, pending: tuple[Action, ...] = (), missing: tuple[str, ...] = ()) -> ReplyFacts:
    return ReplyFacts(
        Intent.BOOK, Topic.UNSPECIFIED, PlanResult(missing=missing), observations, ConversationState(pending=pending)
    )


def said(given: ReplyFacts, locale: str = "es-AR") -> str:
    return compose(given, locale, WRITES).composed.message


@pytest.mark.parametrize(
    ("locale", "words"),
    [("es-AR", ("reservado", "viernes 13/3")), ("pt-BR", ("reservado", "sexta 13/3")), ("en", ("booked", "Friday"))],
)
def test_a_booking_is_told_with_its_id_day_and_time(locale: str, words: tuple[str, ...]) -> None:
    text = said(facts(Observation("book_appointment", Status.OK, DONE)), locale)
    assert all(word in text for word in (*words, "PB-AAAAAA", "15:00"))


@pytest.mark.parametrize("tool", ["book_appointment", "cancel_appointment", "reschedule_appointment"])
@pytest.mark.parametrize(
    "seen",
    [
        {"status": Status.FAILED},
        {"status": Status.REFUSED},
        {"status": Status.SKIPPED},
        {"status": Status.UNKNOWN},
        {"status": Status.OK, "output": {**DONE, "ok": False, "reason": "TAKEN"}},
        {"status": Status.OK, "output": {}},
    ],
)
def test_nothing_is_claimed_without_a_yes_of_the_tool(tool: str, seen: dict[str, object]) -> None:
    text = said(facts(Observation(tool, **seen))).lower()  # type: ignore[arg-type]
    assert not any(word in text for word in ("listo", "reservado", "cancelé", "pb-"))


def test_what_may_have_happened_is_neither_affirmed_nor_denied() -> None:
    text = said(facts(Observation("book_appointment", Status.UNKNOWN)))
    assert "no pude confirmar" in text


def test_a_tool_that_we_do_not_know_is_done_and_no_more() -> None:
    assert said(facts(Observation("send_gift", Status.OK, {"ok": True}))) == "Listo, quedó hecho."


def test_an_answer_without_a_date_is_told_without_one() -> None:
    output = {"ok": True, "booking_id": "PB-AAAAAA"}
    assert said(facts(Observation("cancel_appointment", Status.OK, output))) == "Listo, cancelé tu turno PB-AAAAAA."


@pytest.mark.parametrize("slot", Slots.__dataclass_fields__)
@pytest.mark.parametrize("locale", ["es", "pt-BR", "en"])
def test_every_slot_has_a_question_in_every_language(slot: str, locale: str) -> None:
    assert "?" in said(facts(missing=(slot,)), locale)


MOVE = Action(
    "reschedule_appointment", {"booking_id": "PB-AAAAAA", "preferred_date": "2026-03-13", "preferred_time": "15:00"}
)


@pytest.mark.parametrize("locale", ["es", "pt", "en"])
@pytest.mark.parametrize("action", [MOVE, Action("cancel_appointment", {"booking_id": "PB-AAAAAA"})])
def test_a_yes_is_asked_for_by_showing_what_changes(action: Action, locale: str) -> None:
    built = compose(facts(pending=(action,)), locale, WRITES)
    assert built.asked
    assert "PB-AAAAAA" in built.composed.message
    assert "?" in built.composed.message


@pytest.mark.parametrize(
    "pending",
    [
        (Action("reschedule_appointment", {"booking_id": "PB-AAAAAA"}),),
        (Action("cancel_appointment"),),
        (Action("send_gift"),),
        (MOVE, MOVE),
    ],
)
def test_no_yes_is_asked_for_what_cannot_be_shown(pending: tuple[Action, ...]) -> None:
    assert not compose(facts(pending=pending), "es", WRITES).asked


@pytest.mark.parametrize("locale", ["es-AR", "pt-BR", "en", "fr", ""])
@pytest.mark.parametrize("failure", [failure for failure, rung in LADDER.items() if rung.says])
@pytest.mark.parametrize("decided", [False, True])
def test_every_rung_with_a_fixed_reply_has_it_in_every_language(failure: Failure, decided: bool, locale: str) -> None:
    assert 10 < len(fixed(failure, locale, decided).message) < 200


@pytest.mark.parametrize("locale", ["es-AR", "pt-BR", "en", "fr", ""])
@pytest.mark.parametrize(
    "given", [replace(facts(), topic=Topic.MEDIA), facts(Observation("find_appointment_by_phone", Status.FAILED))]
)
def test_what_is_said_of_a_draft_exists_in_every_language(given: ReplyFacts, locale: str) -> None:
    assert 10 < len(said(given, locale)) < 200


def test_every_failure_has_a_rung() -> None:
    assert set(LADDER) == set(Failure)


def test_what_a_turn_that_ran_before_may_have_done_is_not_denied() -> None:
    again = {failure: fixed(failure, "es", decided=True).message for failure, rung in LADDER.items() if rung.says}
    unsure = {failure for failure, text in again.items() if "no pude confirmar" in text}
    may_have_done = {Failure.NOT_BEGUN, Failure.NO_WORKSPACE, Failure.LATE, Failure.NO_HANDOVER, Failure.UNFORESEEN}
    assert unsure == may_have_done
