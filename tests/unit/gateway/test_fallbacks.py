import re
from dataclasses import replace

import pytest

from gateway.domain.turn_types import PlanResult, ReplyFacts
from gateway.turn.fallbacks import LADDER, Failure, compose, fixed, texts_in
from turn import steps
from turn.model import Action, ConversationState, Observation, Slots
from turn.tasks import BOOK, Dialogue, Placed, Proposal, Task
from turn.vocabulary import Intent, Status, Topic

WRITES = frozenset(
    {
        *("book_appointment", "cancel_appointment", "reschedule_appointment", "send_gift"),
        *(
            "book_appointments",
            "change_appointment",
            "change_appointments",
            "cancel_appointments",
            "restore_appointment",
        ),
    }
)
DONE = {"ok": True, "booking_id": "PB-AAAAAA", "date": "2026-03-13", "time": "15:00"}


def facts(*observations: Observation, pending: tuple[Action, ...] = (), missing: tuple[str, ...] = ()) -> ReplyFacts:
    return ReplyFacts(
        Intent.BOOK, Topic.UNSPECIFIED, PlanResult(missing=missing), observations, ConversationState(pending=pending)
    )


def said(given: ReplyFacts, locale: str = "es-AR") -> str:
    return compose(given, locale, WRITES).composed.message


def _all_texts(found: object) -> list[str]:
    if isinstance(found, dict):
        return [text for each in found.values() for text in _all_texts(each)]
    return [found] if isinstance(found, str) else []


@pytest.mark.parametrize("locale", ["es-MX", "es-CL", "es-CO", "es-ES", "es-PE", "es"])
def test_no_word_of_the_river_plate_is_said_where_people_say_tu(locale: str) -> None:
    river = re.compile(r"\b(?:turnos?|vos|pas[áa]me|pasás|querés|preguntame|respondeme)\b", re.IGNORECASE)
    assert [text for text in _all_texts(texts_in(locale)) if river.search(text)] == []
    assert any(river.search(text) for text in _all_texts(texts_in("es-AR")))


@pytest.mark.parametrize(
    ("locale", "words"),
    [("es-AR", ("reservado", "viernes 13/3")), ("pt-BR", ("reservado", "sexta 13/3")), ("en", ("booked", "Friday"))],
)
def test_a_booking_is_told_with_its_id_day_and_time(locale: str, words: tuple[str, ...]) -> None:
    text = said(facts(Observation("book_appointment", Status.OK, DONE)), locale)
    assert all(word in text for word in (*words, "PB-AAAAAA", "15:00"))


ROW = {"booking_id": "PB-AAAAAA", "date": "2026-03-13", "time": "15:00"}
LATER = {"booking_id": "PB-BBBBBB", "date": "2026-03-14", "time": "16:30"}
BEFORE = {"date": "2026-03-12", "time": "09:00"}


@pytest.mark.parametrize(
    ("tool", "output"),
    [
        ("book_appointments", {"ok": True, "appointments": [ROW]}),
        ("change_appointment", {"ok": True, "booking_id": "PB-AAAAAA", "before": BEFORE, "after": ROW}),
        (
            "change_appointments",
            {"ok": True, "appointments": [{"booking_id": "PB-AAAAAA", "before": BEFORE, "after": ROW}]},
        ),
        ("cancel_appointments", {"ok": True, "appointments": [ROW]}),
        ("restore_appointment", {"ok": True, **ROW}),
    ],
)
@pytest.mark.parametrize(("locale", "day"), [("es-AR", "viernes 13/3"), ("pt-BR", "sexta 13/3"), ("en", "Friday 13/3")])
def test_each_write_is_told_with_what_it_made(tool: str, output: dict[str, object], locale: str, day: str) -> None:
    text = said(facts(Observation(tool, Status.OK, output)), locale)
    assert all(word in text for word in ("PB-AAAAAA", day, "15:00"))
    assert "09:00" not in text


@pytest.mark.parametrize("tool", ["book_appointments", "cancel_appointments"])
@pytest.mark.parametrize("locale", ["es-AR", "pt-BR", "en"])
def test_each_appointment_of_several_is_told(tool: str, locale: str) -> None:
    text = said(facts(Observation(tool, Status.OK, {"ok": True, "appointments": [ROW, LATER]})), locale)
    assert all(word in text for word in ("PB-AAAAAA", "13/3", "15:00", "PB-BBBBBB", "14/3", "16:30"))


@pytest.mark.parametrize("tool", sorted(WRITES - {"send_gift"}))
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
@pytest.mark.parametrize(
    "action",
    [
        MOVE,
        Action("cancel_appointment", {"booking_id": "PB-AAAAAA"}),
        Action("cancel_appointments", {"booking_ids": ["PB-BBBBBB", "PB-AAAAAA"]}),
    ],
)
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
        (Action("cancel_appointments", {"booking_ids": []}),),
        (Action("send_gift"),),
        (MOVE, MOVE),
    ],
)
def test_no_yes_is_asked_for_what_cannot_be_shown(pending: tuple[Action, ...]) -> None:
    assert not compose(facts(pending=pending), "es", WRITES).asked


def asking(step: str, asked_slot: str = "", offers: tuple[Proposal, ...] = ()) -> ReplyFacts:
    state = ConversationState(dialogue=Dialogue((Task(BOOK, asked=step, offers=offers),)), asked_slot=asked_slot)
    return replace(facts(), plan=PlanResult(next_step=step, offers=offers), state=state)


FRIDAY, SATURDAY = (Proposal((Placed("Corte", day, "10:00"),)) for day in ("2026-03-13", "2026-03-14"))


@pytest.mark.parametrize("locale", ["es-AR", "pt-BR", "en"])
@pytest.mark.parametrize("step", [steps.OFFER, steps.TAKE, steps.WHEN])
@pytest.mark.parametrize("offers", [(FRIDAY,), (FRIDAY, SATURDAY)])
def test_offers_are_told_before_an_answer_to_them_counts(locale: str, step: str, offers: tuple[Proposal, ...]) -> None:
    built = compose(asking(step, "preferred_time", offers), locale, WRITES)
    assert built.asked
    assert all(f"{offer.day[8:]}/3" in built.composed.message for offer in offers)
    assert "?" in built.composed.message


def test_what_cannot_be_asked_is_not_taken_as_asked() -> None:
    assert compose(asking(steps.NAME, "client_name"), "es", WRITES).composed.message == "¿A nombre de quién?"
    assert not compose(asking(steps.DOUBT, "confirm"), "es", WRITES).asked


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
