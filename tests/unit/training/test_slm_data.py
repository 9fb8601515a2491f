"""What the extractor's model is trained on, and how it is laid out. No torch."""

import json
import random
from collections import Counter
from datetime import UTC, date, datetime

import pytest
from jsonschema import Draft202012Validator

from extractor.reading.message import MessageInContext
from extractor.reading.reader import Reader
from extractor.slm.model_reader import Sureness
from extractor.slm.schema import narrowed
from extractor.slm.short_reader import ShortReader
from extractor.slm.tuned import business_told, calendar, instructions, told, turn_told
from tests.mesh.tools.harness import ROOT
from training.reserve import digest, reserved
from training.slm.batches import Row, batch_of, grouped, labels, padded, weights
from training.slm.businesses import SALON, Businesses
from training.slm.calibrate_table import table_of
from training.slm.examples import Examples, answer_of, is_held_out
from training.slm.generate import HAND_FILES, labelled_packs, make_pack
from training.slm.packs import Example, Pack, read_packs, write_packs
from training.slm.sequences import sequences_of, shuffled
from training.slm.short_answers import ShortAnswers

BLIND = [f"tests/evals/nlu_blind_{name}.jsonl" for name in "abc"]
DEV = "tests/unit/extractor/data/nlu_dev.jsonl"
WEDNESDAY = date(2026, 3, 11)


@pytest.fixture(scope="module")
def packs() -> list[Pack]:
    return [make_pack(f"test {index}", held_out=False) for index in range(12)]


@pytest.fixture(scope="module")
def businesses() -> Businesses:
    return Businesses()


def test_no_text_that_is_measured_on_can_be_drawn() -> None:
    source, forbidden = Examples(held_out=False), reserved()
    for file in (DEV, *BLIND):
        texts = [json.loads(line)["text"] for line in (ROOT / file).read_text(encoding="utf-8").splitlines()]
        assert {digest(text) for text in texts} <= forbidden, file
        assert not any(source.allowed(text) for text in texts), file
        assert not any(source.allowed(text.upper() + " !") for text in texts if any(map(str.isalnum, text))), file


def test_hand_labelled_messages_are_none_of_those_measured_on() -> None:
    assert not {name for name, _ in HAND_FILES} & {file.rsplit("/", 1)[-1] for file in (DEV, *BLIND)}


def test_what_is_held_out_is_in_no_pack_to_train_on(packs: list[Pack]) -> None:
    sources = [example.source for pack in packs for example in pack.examples]
    assert not any(is_held_out(source) for source in sources if source not in ("hand", "joined"))
    held = [example.source for example in make_pack("held", held_out=True).examples]
    assert all(is_held_out(source) for source in held if source != "joined")


def test_the_same_seed_gives_the_same_pack() -> None:
    assert make_pack("again", held_out=False) == make_pack("again", held_out=False)


def test_every_answer_keeps_to_its_business_and_every_intent_is_there(packs: list[Pack]) -> None:
    seen: Counter[str] = Counter()
    for pack in packs:
        for example in pack.examples:
            document = json.loads(example.answer)
            seen[document["intent"]] += 1
            for slot in ("service_type", "staff_name"):
                assert f"\n{document['slots'].get(slot, 'servicios')}" in f"\n{pack.business}"
            if "client_name" in document["slots"]:
                assert all(word in example.turn for word in document["slots"]["client_name"].split())
    assert len(seen) == 9, seen


def test_an_answer_is_short_and_in_the_schemas_order(businesses: Businesses) -> None:
    text = answer_of("book", {"staff_name": "Sofía", "service_type": "Barba", "client_name": "José Paz"})
    assert text == '{"intent":"book","slots":{"service_type":"Barba","staff_name":"Sofía","client_name":"jose paz"}}'
    schema = Draft202012Validator(narrowed(businesses.named(SALON).workspace))
    assert schema.is_valid(json.loads(text))


def test_made_up_businesses_are_read_by_their_own_names(businesses: Businesses) -> None:
    rng = random.Random(5)
    drawn = [businesses.draw(rng).workspace for _ in range(30)]
    made_up = [workspace for workspace in drawn if workspace.id == "made-up"]
    assert len(made_up) > 8
    assert len({workspace.service_names for workspace in made_up}) == len(made_up)
    for workspace in made_up:
        service = workspace.services[0]
        message = MessageInContext(f"turno para {service.name}", datetime(2026, 3, 11, 12, tzinfo=UTC))
        assert Reader(workspace).read(message).slots["service_type"] in workspace.service_names


def test_a_prompt_begins_the_same_for_all_messages_of_a_day(businesses: Businesses) -> None:
    told_of = business_told(businesses.named(SALON).workspace)
    assert "Corte de Cabello=corte de cabello,corte," in told_of
    assert calendar(WEDNESDAY).splitlines()[:3] == [
        "hoy miercoles 2026-03-11",
        "mañana jueves 2026-03-12",
        "viernes 2026-03-13",
    ]
    message = MessageInContext(
        "Holaaa, soy Ana 🙂 ana.paz@gmail.com", datetime(2026, 3, 11, 12, tzinfo=UTC), "client_name", "book"
    )
    assert turn_told(message) == "tarea book\npregunta client_name\nmensaje hola,soy ana ana.paz@gmail.com"
    fixed = len(instructions()) + len(told_of) + len(calendar(WEDNESDAY))
    assert fixed > 4 * len(turn_told(message))


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("Mñn a las 11hs?", "mañana a las 11 hs?"),
        ("PB-7K2M9Q", "pb-7k2m9q"),
        ("👍", "-"),
        ("<|end|>{}", "end"),
        ("uno\ndos", "uno dos"),
    ],
)
def test_a_message_is_told_in_plain_words(text: str, line: str) -> None:
    assert told(text) == line


def test_packs_survive_their_file(packs: list[Pack], tmp_path_factory: pytest.TempPathFactory) -> None:
    file = tmp_path_factory.mktemp("packs") / "some.jsonl"
    assert write_packs(packs, file) == sum(len(pack.examples) for pack in packs)
    assert list(read_packs(file)) == packs
    assert packs[0].user(packs[0].examples[0]) == f"{packs[0].business}\n{packs[0].examples[0].turn}"


def test_a_labelled_file_becomes_packs_that_keep_the_truth() -> None:
    made = list(labelled_packs(ROOT / DEV, SALON))
    assert sum(len(pack.examples) for pack in made) == 300
    assert all(example.truth["intent"] == example.intent for pack in made for example in pack.examples)


def letters(text: str) -> list[int]:
    return [10 + ord(char) for char in text]


def test_a_row_foresees_its_own_answer_and_nothing_after_its_end() -> None:
    pack = Pack("s", "b", (Example("ab", "X", "book", ""), Example("c", "YZ", "book", "")))
    batch = batch_of(pack, letters, (1, 2, 3, 4))
    assert batch.prefix == (1, *letters("s"), 2, *letters("b\n"))
    first, second = batch.rows
    assert first == Row((*letters("ab"), 3, *letters("X"), 4), 3)
    table = padded(batch.rows, 0)
    assert len(table[0]) == len(table[1]) == 5
    assert labels([first], 5)[0] == [*first.tokens[1:], -100]
    assert weights([first], 5, 0.5)[0] == [0.5, 0.0, 1.0, 1.0, 0.0]
    assert weights([second], 6, 0.5)[0] == [0.0, 1.0, 1.0, 1.0, 0.0, 0.0]


def test_groups_hold_every_row_once_and_of_like_length() -> None:
    rows = [Row(tuple(range(length)), 1) for length in (9, 2, 7, 3, 8)]
    groups = grouped(rows, 2)
    assert sorted(len(row.tokens) for group in groups for row in group) == [2, 3, 7, 8, 9]
    assert [len(group[0].tokens) for group in groups] == [2, 7, 9]


def test_a_calibration_never_falls() -> None:
    rng = random.Random(2)
    rows = [(raw, rng.random() < raw**2) for raw in (rng.random() for _ in range(2000))]
    table = table_of(rows)
    assert len(table) > 4
    assert table == sorted(table)
    assert [true for _, true in table] == sorted(true for _, true in table)
    assert all(abs(true - raw**2) < 0.15 for raw, true in table)


# --- the short form, and sequences for models with a tokenizer of their own ---


@pytest.fixture(scope="module")
def short() -> Pack:
    return make_pack("short 1", held_out=False, form="short")


def test_an_answer_in_the_short_form_is_read_back_as_what_it_was_made_from(short: Pack, businesses: Businesses) -> None:
    salon = businesses.named(SALON).workspace
    reader = Reader(salon)
    answers, model = ShortAnswers(salon, reader), ShortReader(salon, reader, Sureness())
    noon = datetime(2026, 3, 11, 13, tzinfo=UTC)
    written = {
        text: answers.answer(MessageInContext(text, noon), "book")
        for text in (
            "quiero un corte el viernes a las 5 con sofi",
            "un corte, menos con carlos",
            "barba y color el lunes",
        )
    }
    assert list(written.values()) == ['"book;s1 p4 w el viernes a las 5"', '"book;s1 !p1"', '"book;s3;s2;w el lunes"']
    for text, answer in written.items():
        assert answer is not None
        assert model.parse(answer, MessageInContext(text, noon)).intent == "book"
    assert answers.answer(MessageInContext("quiero un corte el viernes 35", noon), "book") is None  # in doubt
    assert len(short.examples) > 30
    assert all(len(example.answer) < 80 for example in short.examples)


def test_a_pack_in_the_short_form_is_asked_as_a_server_is(businesses: Businesses) -> None:
    salon = businesses.named(SALON).workspace
    reader = Reader(salon)
    answers = ShortAnswers(salon, reader)
    message = MessageInContext("hola", datetime(2026, 3, 11, 13, tzinfo=UTC), "client_name", "book")
    asked = ShortReader(salon, reader, Sureness()).ask(message)
    example = Example(answers.turn(message), '"greet"', "greeting", "test")
    pack = Pack(answers.system, answers.business, (example,))
    assert (pack.system, pack.user(example)) == (asked.system, asked.user)


def spelt(text: str) -> list[int]:
    return list(text.encode())


def asked_for(system: str, user: str) -> str:
    return f"<{system}|{user}>"


def test_rows_stand_behind_one_head_and_see_no_other_row(short: Pack) -> None:
    made = list(sequences_of(short, spelt, asked_for, 0, 9000))
    assert sum(len(one.rows) for one in made) == len(short.examples)
    first = made[0]
    assert len(first.rows) > 1
    assert bytes(first.head).decode().startswith(f"<{short.system}|{short.business}\n")
    one, example = first.rows[1], short.examples[1]
    whole = bytes([*first.head, *one.tokens[:-1]]).decode()
    assert whole == asked_for(short.system, short.user(example)) + example.answer
    assert all(len(sequence.tokens) <= 9000 for sequence in made)
    start, ends = len(first.head), len(first.head) + len(first.rows[0].tokens)
    assert first.positions[ends] == start
    assert first.owners[start - 1 : start + 1] == [0, 1]
    assert first.owners[ends] == 2


def test_only_answers_and_their_ends_are_foreseen(short: Pack) -> None:
    (one,) = sequences_of(Pack(short.system, short.business, short.examples[:3]), spelt, asked_for, 0, 20_000)
    places, tokens = one.foreseen
    said = bytes(tokens).decode().split("\x00")[:-1]
    assert said == [example.answer for example in short.examples[:3]]
    assert [one.tokens[place + 1] for place in places] == tokens


def test_a_row_that_does_not_fit_is_left_out_and_an_order_can_be_gone_on_with(short: Pack) -> None:
    assert not list(sequences_of(short, spelt, asked_for, 0, 100))
    order = shuffled(5, 7)
    whole = [next(order) for _ in range(12)]
    assert sorted(whole[:5]) == sorted(whole[5:10]) == [0, 1, 2, 3, 4]
    later = shuffled(5, 7, skip=7)
    assert [next(later) for _ in range(5)] == whole[7:]
