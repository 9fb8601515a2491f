import json
import random
from itertools import islice
from pathlib import Path

import pytest

from training.corpus import Example, generate, is_held_out
from training.grammar import expand
from training.reserve import digest, folded, reserved
from training.templates import DATA, INTENTS, SLOTS, TOPICS, read_templates, read_verticals


@pytest.fixture(scope="module")
def corpus() -> list[Example]:
    return list(generate(scale=0.25))


@pytest.mark.timeout(600)  # the whole corpus, under coverage
def test_no_reserved_message_is_in_the_corpus() -> None:
    texts = {example.text for example in generate()}
    assert len(texts) > 20_000
    assert not {digest(text) for text in texts} & reserved()


def test_the_check_messages_are_reserved() -> None:
    lines = (DATA / "check.tsv").read_text(encoding="utf-8").splitlines()
    assert len(lines) > 250
    assert {digest(line.split("\t")[3]) for line in lines} <= reserved()


def test_a_development_message_is_reserved_whatever_its_case_accents_and_punctuation() -> None:
    first = "quiero ir el viernes con Carlos a las 11"
    assert digest(first) in reserved()
    assert digest("¡QUIERO  ir el viérnes, con carlos a las 11!") in reserved()
    assert digest("quiero ir el sábado con Carlos a las 11") not in reserved()


def test_the_labelled_files_of_the_repository_are_reserved() -> None:
    files = sorted(Path(__file__).parents[2].glob("**/nlu_*.jsonl"))
    for file in files:
        for line in file.read_text(encoding="utf-8").splitlines():
            assert digest(json.loads(line)["text"]) in reserved(), line


def test_folding_keeps_what_tells_messages_apart() -> None:
    assert folded("¿Hacés UÑAS?") == folded("haces unas")
    assert folded("a las 4") != folded("a las 5")
    assert folded("👍") == "👍"


def test_the_same_seed_gives_the_same_corpus() -> None:
    first, again = (list(islice(generate(seed=7, scale=0.1), 400)) for _ in range(2))
    assert [(e.text, e.intent, e.active_intent) for e in first] == [(e.text, e.intent, e.active_intent) for e in again]
    other = list(islice(generate(seed=8, scale=0.1), 400))
    assert [e.text for e in first] != [e.text for e in other]


def test_every_label_is_in_the_corpus(corpus: list[Example]) -> None:
    assert {example.intent for example in corpus} == set(INTENTS)
    assert {example.topic for example in corpus} == set(TOPICS)
    assert {example.asked_slot for example in corpus} == {"", *SLOTS}


def test_a_slot_is_asked_only_in_the_middle_of_something(corpus: list[Example]) -> None:
    assert not [example for example in corpus if example.asked_slot and not example.active_intent]


def test_no_template_is_on_both_sides_of_the_split(corpus: list[Example]) -> None:
    keys = {example.template for example in corpus}
    held = {key for key in keys if is_held_out(key)}
    assert 0.05 < len(held) / len(keys) < 0.2


def test_every_template_expands_without_leftovers() -> None:
    parts = read_verticals()[0].parts
    for template in read_templates():
        text = expand(template.text, parts, random.Random(1))
        assert not set("[]|") & set(text), template.key


@pytest.mark.parametrize("template", ["[a|b", "a]", "[a|[b]"])
def test_an_unbalanced_template_is_refused(template: str) -> None:
    with pytest.raises(ValueError, match="bracket"):
        expand(template, {}, random.Random(1))


def test_an_unknown_part_is_refused() -> None:
    with pytest.raises(KeyError, match="nobody"):
        expand("hola {nobody}", {}, random.Random(1))


def test_a_section_with_an_unknown_label_names_its_line(tmp_path: Path) -> None:
    (tmp_path / "x.txt").write_text("# words\n@ bok w=1\nhola\n", encoding="utf-8")
    with pytest.raises(ValueError, match=r"x\.txt:2: expected an intent"):
        read_templates(tmp_path)
