"""The search for dear texts, with costs that need no clock."""

import pytest

from tests.reading_cost import FRAGMENTS, MOST_BYTES, Trial, figures, search, table


def bare_figures(trial: Trial) -> float:
    """Costs what nobody would guess: figures between letters, where a name was asked for."""
    pairs = zip(trial.text, trial.text[1:], strict=False)
    return sum(a.isalpha() and b.isdigit() for a, b in pairs) * (2.0 if trial.asked == "client_name" else 1.0)


def test_a_search_finds_dearer_texts_than_it_began_with() -> None:
    begun = max(bare_figures(Trial((fragment * MOST_BYTES)[:MOST_BYTES])) for fragment in FRAGMENTS)
    found = search(bare_figures, seed=1, trials=600)
    assert found[0].cpu_ms > 1.5 * begun
    assert found[0].trial.asked == "client_name"


def test_a_seed_gives_the_same_texts_again() -> None:
    assert search(bare_figures, 3, 300) == search(bare_figures, 3, 300) != search(bare_figures, 4, 300)


def test_every_text_is_one_that_is_taken() -> None:
    found = search(lambda trial: -len(trial.text), seed=2, trials=400)
    assert max(len(one.trial.text.encode("utf-8")) for one in found) <= MOST_BYTES


def test_a_bad_moment_makes_no_text_dear() -> None:
    calls = 0

    def hiccup(_trial: Trial) -> float:
        nonlocal calls
        calls += 1
        return 900.0 if calls == 5 else 1.0

    assert search(hiccup, seed=1, trials=200)[0].cpu_ms == 1.0


def test_figures_and_their_table() -> None:
    row = figures([float(number) for number in range(1, 1001)])
    assert (row.texts, row.p50, row.p99, row.p99_9, row.most) == (1000, 501.0, 991.0, 1000.0, 1000.0)
    lines = table({"a": row}).splitlines()
    assert lines[0] == "| CPU ms | texts | mean | p50 | p99 | p99.9 | most |"
    assert len({line.count("|") for line in lines}) == 1
    with pytest.raises(ValueError):
        figures([])
