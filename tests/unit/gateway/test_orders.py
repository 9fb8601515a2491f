"""What people of a business write is read as one order or as none."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.people.orders import FOR_ALL, Order, OrderKind, read_order
from gateway.people.packs import packs, say
from gateway.people.telling import one_line

TAKE, DONE, BACK, SHOW = OrderKind.TAKE, OrderKind.DONE, OrderKind.GIVE_BACK, OrderKind.SHOW


@pytest.mark.parametrize(
    ("text", "order"),
    [
        ("lista", Order(OrderKind.LIST)),
        ("¿Quién espera?", Order(OrderKind.LIST)),
        ("AYUDA", Order(OrderKind.HELP)),
        ("#12 hola, sí, te espero", Order(OrderKind.ANSWER, 12, "hola, sí, te espero")),
        ("#12: listo", Order(OrderKind.ANSWER, 12, "listo")),
        ("# 12 : chau\nsí", Order(OrderKind.ANSWER, 12, "chau\nsí")),
        ("#12 listo", Order(DONE, 12)),
        ("#12 lista", Order(OrderKind.ANSWER, 12, "lista")),
        ("#12", Order(SHOW, 12)),
        ("tomo 12", Order(TAKE, 12)),
        ("Tomo #12!", Order(TAKE, 12)),
        ("me encargo", Order(TAKE)),
        ("listo todos", Order(DONE, for_all=True)),
        ("listo todos 4", Order(DONE, for_all=True, count=4)),
        ("give back all 3", Order(BACK, for_all=True, count=3)),
        ("pronto 3", Order(DONE, 3)),
        ("devolver 3", Order(BACK, 3)),
        ("tomo todos", Order(OrderKind.UNKNOWN)),
        ("lista 3", Order(OrderKind.UNKNOWN)),
        ("12 hola", Order(OrderKind.UNKNOWN)),
        ("listo para el lunes", Order(OrderKind.UNKNOWN)),
        ("#1234567 hola", Order(OrderKind.UNKNOWN)),
        ("", Order(OrderKind.UNKNOWN)),
    ],
)
def test_an_order_is_read(text: str, order: Order) -> None:
    assert read_order(text) == order


@given(st.text(max_size=60))
def test_words_reach_a_customer_only_with_their_number(text: str) -> None:
    order = read_order(text)
    assert order.kind is not OrderKind.ANSWER or text.strip().startswith("#")
    assert order.count is None or order.kind in FOR_ALL


def test_every_language_says_the_same_with_the_same_values() -> None:
    first, *others = packs().values()
    assert set(first["orders"]) == {kind.value for kind in OrderKind} - {"answer", "unknown"}
    for other in others:
        assert _shape(other["says"]) == _shape(first["says"])
        assert set(other["orders"]) == set(first["orders"])


def _shape(says: object) -> object:
    """Keys, and for each text the names of what is put into it."""
    if isinstance(says, dict):
        return {key: _shape(value) for key, value in says.items()}
    return sorted(part.split("}")[0] for part in str(says).split("{")[1:] if "}" in part)


def test_a_language_without_a_pack_is_english() -> None:
    assert say("fr-FR", "list_none") == say("en", "list_none")


@given(st.text())
def test_what_is_quoted_is_one_short_line(text: str) -> None:
    line = one_line(text, 20)
    assert len(line) <= 20
    assert line.isprintable()
