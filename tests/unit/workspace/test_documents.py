"""What is read of YAML is what YAML means, and what a text may cost is bounded."""

import contextlib
import time
from datetime import date
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from workspace.documents import MOST_BYTES, MOST_CPU_S, MOST_DEPTH, MOST_VALUES, read_yaml

SCALARS = st.one_of(
    st.none(), st.booleans(), st.integers(-(10**12), 10**12),
    st.floats(allow_nan=False, allow_infinity=False, width=32),
    st.dates(date(1900, 1, 1), date(2100, 1, 1)), st.text(max_size=20),
    st.sampled_from(["yes", "0x1F", "1:30", "2026-13-45x", "~", "null", "1e3", "09", ".5", "on", "- a", "a: b", "#"]),
)  # fmt: skip
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4)
)


@given(VALUES)
def test_what_yaml_writes_is_read(value: Any) -> None:
    for flow in (None, True, False):
        text = yaml.safe_dump(value, allow_unicode=True, default_flow_style=flow)
        if "&id" not in text:
            assert read_yaml(text) == yaml.load(text, yaml.CSafeLoader)  # which loses U+0085 in a key, as PyYAML does


@pytest.mark.parametrize(
    "text",
    ["a: yes", "a: 0o17", "a: 017", "a: 1_000", "a: 1:30", "a: 2026-03-11", "a: 2026-03-11T10:00:00Z", "a: .inf", "a:",
     "a: !!str 12", "a: ! 12", "a: '12'", 'a: "\\u00e9"', "a: |\n  x\n  y", "a: >\n  x\n  y", "", "# nothing",
     "---\na: 1", "{a: [1, {b: c}]}", "a: " + "1" * 60, "a: 12e03", "a: ~"],
)  # fmt: skip
def test_a_text_is_read_as_yaml_reads_it(text: str) -> None:
    assert read_yaml(text) == yaml.load(text, yaml.CSafeLoader)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a: &x [1]\nb: 2", "expected no anchor"),
        ("a: &x 1", "expected no anchor"),
        ("a: *x", "expected no alias"),
        ("a: &a [*a]", "expected no anchor"),
        ("a:\n  <<: {b: 1}", "expected no merge key"),
        ("a: !!python/object:os.system x", "expected no merge key (<<) and no tag"),
        ("a: !mine {b: 1}", "expected no tag of one's own"),
        ("a: !!binary aGk=", "no tag of one's own"),
        ("a: !!set {x, y}", "no tag of one's own"),
        ("1: a", "expected keys that are text"),
        ("a: 1\na: 2", "given twice"),
        ("a: 1\n---\nb: 2", "expected one document"),
        ("a: 2026-13-45", "is no value of its kind"),
        ("[" * 10_000, f"at most {MOST_DEPTH} deep"),
        ("[" + "1," * MOST_VALUES + "]", f"at most {MOST_VALUES} values"),
    ],
)
def test_what_may_cost_more_than_it_shows_is_refused(text: str, expected: str) -> None:
    with pytest.raises(yaml.YAMLError) as raised:
        read_yaml(text)
    assert expected in str(raised.value)


def test_a_number_of_many_digits_is_text() -> None:
    assert read_yaml("a: " + "1:" * 100 + "1") == {"a": "1:" * 100 + "1"}


BOMBS = [
    "a: [" + "x, " * (MOST_VALUES - 10) + "x]",
    "".join(f"k{number}: 1\n" for number in range(9_990)),
    "a: '" + "x" * (MOST_BYTES - 10) + "'",
    "a: " + "- " * 20 + "\n" + "# comment\n" * 20_000,
    "{" * 100_000,
    "? " * 100_000,
    "a: " + "\t" * 200_000,
    "- " * 120_000,
    "%TAG ! x\n" * 20_000,
    "a: |\n" + " x\n" * 80_000,
    "a: " + "1:" * 120_000 + "1",
]


@pytest.mark.parametrize("text", BOMBS)
def test_no_text_of_the_greatest_length_takes_long(text: str) -> None:
    """CPU of this thread, which other processes do not lengthen."""
    began = time.thread_time()
    with contextlib.suppress(yaml.YAMLError):
        read_yaml(text[:MOST_BYTES])
    assert time.thread_time() - began < MOST_CPU_S + 1


def test_what_takes_too_long_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("workspace.documents.MOST_CPU_S", -1.0)
    with pytest.raises(yaml.YAMLError, match="expected what is read within"):
        read_yaml("[" + "1," * 2_000 + "]")
