"""The phrases of each language: complete, never matching nothing, never going back through a text many times."""

import re
from collections.abc import Iterator
from re import _constants, _parser  # type: ignore[attr-defined]
from typing import Any

import pytest

from extractor.meaning.packs import PhrasePack, load_phrases
from extractor.packs import SHIPPED, Packs
from tests.unit.extractor.scoring import DATA

GROUPS = ("acts", "subjects", "cues")
ALL_PACKS = Packs(DATA / "it")
"""The shipped ones, and that of a further language."""
PACKS = {language: load_phrases(language, ALL_PACKS) for language in ALL_PACKS.languages}
SPANISH_ALONE = {"for_me_bare"}
"""What only Spanish needs: "mi" without its accent may be "my" or "me"."""
FURTHER_ALONE = {"of_appointment", "refused_before", "refused_after"}
"""What only languages need whose corrections no code knows (selection/)."""
SPACE = (_constants.LITERAL, ord(" "))


def patterns() -> Iterator[tuple[str, re.Pattern[str]]]:
    for language, pack in PACKS.items():
        for group in GROUPS:
            for name, pattern in getattr(pack, group).items():
                yield f"{language}.{group}.{name}", pattern


ALL = dict(patterns())


def bodies(argument: Any) -> Iterator[Any]:
    """The parsed patterns inside an operation's argument."""
    if isinstance(argument, _parser.SubPattern):
        yield argument
    elif isinstance(argument, list | tuple):
        for one in argument:
            yield from bodies(one)


def repeats_openly(tree: Any) -> bool:
    """Whether a parsed pattern has a repetition without a highest number."""
    return any(
        (operation in (_constants.MAX_REPEAT, _constants.MIN_REPEAT) and argument[1] is _constants.MAXREPEAT)
        or any(map(repeats_openly, bodies(argument)))
        for operation, argument in tree
    )


def apart(tree: Any) -> bool:
    """Whether every round of a repeated pattern has a space of its own, so that it can be gone through in one way."""
    items = list(tree)
    if len(items) == 1 and items[0][0] is _constants.SUBPATTERN:
        return apart(items[0][1][-1])
    return SPACE in items


def nests(tree: Any) -> bool:
    """Whether an open repetition stands in another that is open, or whose rounds are not apart."""
    for operation, argument in tree:
        if operation in (_constants.MAX_REPEAT, _constants.MIN_REPEAT):
            _, most, body = argument
            if most > 1 and repeats_openly(body) and (most is _constants.MAXREPEAT or not apart(body)):
                return True
        if any(map(nests, bodies(argument))):
            return True
    return False


@pytest.mark.parametrize("language", SHIPPED.everywhere)
@pytest.mark.parametrize("group", GROUPS)
def test_a_language_has_the_names_of_spanish(language: str, group: str) -> None:
    assert set(getattr(PACKS[language], group)) | SPANISH_ALONE == set(getattr(PACKS["es"], group)) | SPANISH_ALONE


@pytest.mark.parametrize("language", sorted(PACKS))
@pytest.mark.parametrize("group", GROUPS)
def test_no_language_has_other_names(language: str, group: str) -> None:
    further = set[str]() if language in SHIPPED.languages else FURTHER_ALONE
    assert set(getattr(PACKS[language], group)) <= set(getattr(PACKS["es"], group)) | further


@pytest.mark.parametrize("language", SHIPPED.everywhere)
def test_a_language_has_words_for_people_numbers_places_and_units(language: str) -> None:
    pack: PhrasePack = PACKS[language]
    assert len(pack.relatives) > 30
    assert set(range(1, 11)) <= set(pack.numbers.values())
    assert {1, 2, 3, 4, 5, -1} <= set(pack.ordinals.values())
    assert all(pack.units[unit] for unit in ("minute", "hour", "day", "week"))
    assert pack.alternatives


@pytest.mark.parametrize("name", sorted(ALL))
def test_a_pattern_matches_no_empty_line(name: str) -> None:
    assert not any(ALL[name].search(line) for line in ("", " ", "  "))


@pytest.mark.parametrize("name", sorted(ALL))
def test_every_part_of_a_pattern_is_filled_in(name: str) -> None:
    assert not re.search("%[A-Z_]+%", ALL[name].pattern)


@pytest.mark.parametrize("language", sorted(PACKS))
def test_the_beginning_of_a_line_stands_first_in_its_pattern(language: str) -> None:
    document = ALL_PACKS.document("phrases", language)
    written = [pattern for group in GROUPS for patterns in document[group].values() for pattern in patterns]
    assert [one for one in written if "^" in one.replace("[^", "") and not one.startswith(("^", "(?:^"))] == []


@pytest.mark.parametrize("name", sorted(ALL))
def test_a_pattern_nests_no_open_repetition(name: str) -> None:
    assert not nests(_parser.parse(ALL[name].pattern, ALL[name].flags))


@pytest.mark.parametrize("bad", ["(?:a+)+b", "(?:[a-z]+ ?){1,5}[?]", "(?:x|(?:(?:yz)+ ?){0,3})!", "(?=(?:[a-z]* )*$)"])
def test_the_check_sees_a_bad_pattern(bad: str) -> None:
    assert nests(_parser.parse(bad))


@pytest.mark.parametrize(
    "good", ["(?:[a-z]+ ){0,4}?a", "ja(?:ja)+", "(?:very |so ){0,3}late", "(?:[a-z]{2,9} ?){0,2}a"]
)
def test_the_check_lets_a_good_pattern_pass(good: str) -> None:
    assert not nests(_parser.parse(good))
