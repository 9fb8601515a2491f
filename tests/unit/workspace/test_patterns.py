"""Patterns of manifests are matched in time that grows with the text alone, and say what they cannot do."""

import re

import pytest

from workspace.patterns import MOST_CHARACTERS, compile_pattern

SLOW_ELSEWHERE = (r"(\w+\b)+!", r"\{\{.*\}\}", r"(a|a)*b", r"(x+x+)+y", r"<\s*\s*\s*script")
"""Patterns over which an engine that goes back takes more than linear time."""


@pytest.mark.parametrize(
    ("pattern", "instead"),
    [
        ("(?=x)y", "several patterns"),
        (r"\bdrop(?! shipping)", "several patterns"),
        ("(?<=x)y", "several patterns"),
        ("(?<!x)y", "several patterns"),
        (r"(a|b)\1", "write the alternatives out"),
        ("(?P<n>a)(?P=n)", "write the alternatives out"),
        ("(?>a)b", r"write + or *"),
        ("a++b", r"write + or *"),
        ("(?x)a b", "write alternatives, a|b"),
        (r"\u00e9", "write the character itself"),
        (r"end\Z", r"write \z"),
        (r"\Bmente", r"write the letters that may be beside, \w"),
        (r"[\W_]", r"write alternatives, (?:x|\W)"),
        (r"[^\S]", r"write alternatives, (?:x|\W)"),
        (r"\pL{900}\pL{900}", "repeat less"),
        ("[z-a]", "invalid character class range: z-a"),
        ("\ud800", "expected Unicode"),
    ],
)
def test_what_cannot_be_compiled_says_what_to_write_instead(pattern: str, instead: str) -> None:
    with pytest.raises(ValueError, match=re.escape(instead)):
        compile_pattern(pattern)


def test_a_pattern_has_a_longest_length() -> None:
    compile_pattern("x" * MOST_CHARACTERS)
    with pytest.raises(ValueError, match="at most 200 characters"):
        compile_pattern("x" * (MOST_CHARACTERS + 1))


@pytest.mark.parametrize("pattern", SLOW_ELSEWHERE)
@pytest.mark.timeout(20)
def test_a_text_of_a_megabyte_is_looked_through(pattern: str) -> None:
    """What takes the square of its length, or more, would not end here."""
    compiled = compile_pattern(pattern)
    for unit in ("{", "a", "x", "<", " ", "{{"):
        compiled.is_in(unit * (1_000_000 // len(unit)))


def test_texts_are_matched_as_unicode_whatever_is_in_them() -> None:
    assert compile_pattern("(?i)ñandú").is_in("un ÑANDÚ")
    assert compile_pattern(r"^.$").is_in("é")
    assert not compile_pattern("x").is_in("\ud800")


def test_one_equals_another_that_is_written_the_same() -> None:
    assert compile_pattern("a") == compile_pattern("a") != compile_pattern("b")


TEXTS = (
    *(
        "mamá",
        "mi mamá viene",
        "mamás",
        "mamáx",
        "órdenes",
        "las órdenes.",
        "desórdenes",
        "ÑANDÚ",
        "un ñandú!",
        "ñandúes",
    ),
    *(
        "mam",
        "compró",
        "compr",
        "ano",
        "año",
        "el ano",
        "ação",
        "a ação é",
        "reação",
        "coração",
        "você",
        "vocês",
        "avó avô",
    ),
    *(
        "drop table",
        "drop  table",
        "dropé table",
        "١٢",
        "12",
        "a\u00a0b",
        "a\u3000b",
        "a-b",
        "a b",
        "",
        " ",
        "\n",
        "x\ny",
        "[x] {y}",
    ),
    *("mamá papá", "mamá, papá", "papá mamá", "a_b", "é1", "\U0010ffff", "día 12", "Straße"),
)
"""What the patterns are tried on."""


@pytest.mark.parametrize(
    "pattern",
    [
        *(r"\bmamá\b", r"\bórdenes\b", r"(?i)\bÑANDÚ\b", r"\bmam\b", r"\bcompr\b", r"\bano\b", r"\bação\b", r"ção\b"),
        *(
            r"\bmamá\b.*\bpapá\b",
            r"\bmamá\b\W+\bpapá\b",
            r"(?i)\b(você|avô)\b",
            r"^mamá$",
            r"^\bmamá\b",
            r"\bavó\b \bavô",
        ),
        *(
            r"^\w+$",
            r"^[\w]{3}$",
            r"^\W$",
            r"^\d+$",
            r"^\D+$",
            r"[\d]",
            r"a\sb",
            r"^a[\s-]b$",
            r"^\S+$",
            r"^[^\w]$",
            r"a.b",
            r"x.y",
        ),
        *(
            r"(?s)x.y",
            r"^.$",
            r"^.{3}$",
            r"drop table",
            r"\bdrop\s+table\b",
            r"[x]",
            r"\[x\] \{y\}",
            r"{y}$",
            r"^ $",
            r"a b$",
        ),
        *(
            r"(?P<one>mamá)\b\b,",
            r"\b(?:a|é)\b",
            r"[]x]",
            r"a[^x]b",
            r"(?:a\b|x)-",
            r"(?m)^y",
            r"(?m)x$",
            r"\bd.a\b",
            r"r.{2}e$",
        ),
    ],
)
def test_words_digits_and_spaces_are_those_of_unicode(pattern: str) -> None:
    """As `re` has them."""
    compiled = compile_pattern(pattern)
    assert [text for text in TEXTS if compiled.is_in(text)] == [text for text in TEXTS if re.search(pattern, text)]


@pytest.mark.parametrize(
    ("pattern", "text", "found"),
    [
        (r"\Qa.b\E", "a.b", True),
        ("^$", "", True),
        ("^$", "a", False),
        ("^$", "\n", False),
        (r"\Qa.b\E\b", "a-b", False),
        (r"\bmam\x{E1}\b", "la mamá", True),
        (r"^\PL$", "a", False),
        (r"^\PL$", "-", True),
        (r"^mamá\P{L}$", "mamá", False),
        (r"^mamá\p{^L}$", "mamá!", True),
        (r"\bmamá\z", "mi mamá", True),
        (r"[[:digit:]]\b", "a1", True),
    ],
)
def test_what_only_re2_writes(pattern: str, text: str, found: bool) -> None:
    assert compile_pattern(pattern).is_in(text) is found
