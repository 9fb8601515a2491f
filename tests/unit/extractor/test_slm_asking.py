"""When a model is asked, and what of its reading is taken beside code's."""

from dataclasses import replace

import pytest

from extractor.reading.message import Reading
from extractor.slm.asking import Asking, mended, outcome, why_unsure
from tests.unit.extractor.test_slm_meaning import message
from turn.meaning import Act, Doubt, Item, Meaning

BOOK = Meaning(acts=(Act("book", 0, 5),), days=("2026-03-13",), items=(Item("Corte de Cabello"),))
SURE = Reading("book", {}, confidence=0.98, alternatives=(("other", 0.01),), meaning=BOOK)


@pytest.mark.parametrize(
    ("reading", "why"),
    [
        (SURE, ""),
        (replace(SURE, confidence=0.6), "intent"),
        (replace(SURE, confidence=0.7, alternatives=(("cancel", 0.4),)), "two_ways"),
        (replace(SURE, service_candidates=("a", "b")), "two_ways"),
        (replace(SURE, meaning=replace(BOOK, unread=((1, 4),))), "unread"),
        (replace(SURE, meaning=replace(BOOK, doubts=(Doubt("times", "unread"),))), "doubt"),
        (replace(SURE, meaning=replace(BOOK, doubts=(Doubt("days", "conflict"),))), ""),
    ],
)
def test_code_is_unsure_of_what_it_read_not_of_what_the_customer_left_open(reading: Reading, why: str) -> None:
    assert why_unsure(reading, 0.7) == why
    assert Asking("unsure").why(reading) == why
    assert Asking("always").why(reading) == "always"


def test_a_share_is_sampled_alike_each_time_and_grows() -> None:
    asked = [message(f"hola {number}") for number in range(300)]
    few, more = ([Asking("unsure", shadow_percent=share).is_sampled(one) for one in asked] for share in (10, 40))
    assert 10 < sum(few) < 50 < sum(more) < 180
    assert all(later for earlier, later in zip(few, more, strict=True) if earlier)
    assert not any(Asking("unsure").is_sampled(one) for one in asked)


def test_the_model_fills_what_code_has_not_or_doubts_and_nothing_else() -> None:
    model = Meaning(
        acts=(Act("cancel", 0, 0),),
        days=("2026-03-20",),
        times=(">=17:00",),
        items=(Item("Barba"),),
        subjects=("price",),
    )
    doubted = replace(BOOK, doubts=(Doubt("times", "unread"), Doubt("data", "completed")), unread=((3, 9),))
    got = mended(doubted, model, sure_acts=True)
    assert (got.acts, got.days, got.items) == (BOOK.acts, BOOK.days, BOOK.items)
    assert (got.times, got.subjects) == ((">=17:00",), ("price",))
    assert got.doubts == (Doubt("data", "completed"),)
    assert got.unread == ()
    assert mended(doubted, model, sure_acts=False).acts == model.acts


def test_a_doubted_part_is_the_models_and_a_doubt_without_an_answer_stays() -> None:
    doubted = replace(BOOK, doubts=(Doubt("items", "ambiguous"), Doubt("times", "unread")))
    got = mended(doubted, Meaning(items=(Item("Barba"),)), sure_acts=True)
    assert got.items == (Item("Barba"),)
    assert got.doubts == (Doubt("times", "unread"),)


def test_what_shadow_learns_is_one_word() -> None:
    assert outcome(SURE, None) == "failed"
    assert outcome(SURE, replace(SURE, source="slm")) == "same"
    assert outcome(SURE, replace(SURE, intent="cancel")) == "intent"
    assert outcome(SURE, replace(SURE, meaning=replace(BOOK, days=("2026-03-14",)))) == "values"
    assert outcome(SURE, replace(SURE, meaning=replace(BOOK, doubts=(Doubt("days", "unread"),)))) == "doubt"
