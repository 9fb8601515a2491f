"""Answers to a read-back of which the day and hour are known: another day, earlier, later, or just yes."""

from datetime import datetime

import pytest

from extractor.meaning.labels import as_label
from extractor.reading.message import MessageInContext
from extractor.reading.reader import Reader
from tests.unit.extractor.scoring import workspace
from turn.meaning import CONFIRM, Known, Meaning, OfferedTime

NOW = datetime.fromisoformat("2026-03-11T10:00:00-03:00")
WANTED = {"preferred_date": "2026-03-17", "preferred_time": "10:00"}
OFFERS = (OfferedTime("2026-03-17", "10:00"), OfferedTime("2026-03-18", "18:00"))
READER = Reader(workspace("estudio-pulpo"))


def _answer(text: str, offers: tuple[OfferedTime, ...] = ()) -> Meaning:
    meaning = READER.read(MessageInContext(text, NOW, CONFIRM, "book", WANTED, Known(offers=offers))).meaning
    assert meaning is not None
    return meaning


@pytest.mark.parametrize("offers", [(), OFFERS])
@pytest.mark.parametrize(
    ("texts", "said"),
    [
        (("otro día", "outro dia", "another day"), {"days": ["!2026-03-17"]}),
        (("más tarde", "mais tarde", "something later"), {"times": [">10:00"]}),
        (("algo antes?", "algo mais cedo?", "anything earlier?"), {"times": ["<10:00"]}),
        (("otro horario", "outro horário", "another time"), {"times": ["!10:00"]}),
    ],
)
def test_what_is_wanted_instead_is_told_from_what_was_read_back(
    texts: tuple[str, ...], said: dict[str, list[str]], offers: tuple[OfferedTime, ...]
) -> None:
    for text in texts:
        expected = {"acts": ["deny"], "refers_to": ["another"], "sure": True, **said}
        assert as_label(_answer(text, offers)) == expected, text


@pytest.mark.parametrize("text", ["sí", "dale", "pode ser", "yes please"])
def test_a_yes_confirms_what_was_read_back_though_a_single_time_was_offered(text: str) -> None:
    assert as_label(_answer(text, OFFERS[:1]))["acts"] == ["confirm"]


CARLOS = (OfferedTime("2026-03-17", "10:00", "Carlos"),)


@pytest.mark.parametrize(
    ("text", "item"),
    [
        ("no, con carlos no, con sofia", {"staff": ["Sofía"], "not_staff": ["Carlos"]}),
        ("no, con sofi", {"staff": ["Sofía"]}),
        ("não, com a sofia", {"staff": ["Sofía"]}),
        ("no, with sofia", {"staff": ["Sofía"]}),
        ("no, con otro", {"not_staff": ["Carlos"]}),
        ("con otra persona puede ser?", {"not_staff": ["Carlos"]}),
        ("não, com outra pessoa", {"not_staff": ["Carlos"]}),
        ("no, with someone else please", {"not_staff": ["Carlos"]}),
    ],
)
def test_a_no_to_whom_it_is_with_keeps_the_day_and_the_hour(text: str, item: dict[str, list[str]]) -> None:
    label = as_label(_answer(text, CARLOS))
    assert (label["items"], label.get("days"), label.get("times")) == ([item], None, None)


def test_another_person_of_the_house_to_talk_to_is_none_to_be_served_by() -> None:
    assert as_label(_answer("quiero hablar con otra persona", CARLOS))["acts"] == ["person"]
