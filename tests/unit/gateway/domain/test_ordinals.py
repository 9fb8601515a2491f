import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.ordinals import ordinal


@pytest.mark.parametrize(
    ("text", "index"),
    [
        ("la primera", 0),
        ("El primero porfa", 0),
        ("dale, la segunda", 1),
        ("la última", 2),
        ("tercera!", 2),
        ("2", 1),
        ("la 3", 2),
        ("opción 1", 0),
        ("1ra", 0),
        ("2da gracias", 1),
        ("me quedo con la segunda", 1),
        ("a primeira", 0),
        ("o último por favor", 2),
        ("the second one please", 1),
        ("the last one", 2),
        ("i'll take the first one", 0),
        ("la primera que dijiste", 0),
        ("el primero que tengas", 0),
        ("el más temprano", 0),
        ("dale, anotame en el mas temprano", 0),
        ("el más tarde", 2),
        ("no, la segunda mejor", 1),
        ("the earliest please", 0),
    ],
)
def test_one_of_three_things_is_meant(text: str, index: int) -> None:
    assert ordinal(text, 3) == index


@pytest.mark.parametrize(
    "text",
    ["", "4", "la cuarta", "dame un segundo", "un minuto", "la primera o la segunda", "quiero la primera con sofi",
     "a las 3 de la tarde", "mañana", "hola", "más tarde", "más temprano", "la primera vez que voy", "no", "15"],
)  # fmt: skip
def test_nothing_is_meant(text: str) -> None:
    assert ordinal(text, 3) is None


def test_nothing_can_be_meant_among_nothing() -> None:
    assert ordinal("la primera", 0) is None


@given(st.text(max_size=60), st.integers(0, 5))
def test_what_is_meant_exists(text: str, count: int) -> None:
    index = ordinal(text, count)
    assert index is None or 0 <= index < count
