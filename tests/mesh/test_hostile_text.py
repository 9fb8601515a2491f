"""Texts that break things elsewhere: each is answered, in one short message, and leaves one line in the log."""

import json
import random

import pytest

from cli.support.webhook import new_message_sid, reply_of
from tests.mesh.tools.harness import Mesh

TWILIO_MOST = 1_600
HOSTILE = {
    "zalgo": "h" + "\u0334\u0335\u0336\u0337" * 400 + "ola",
    "right to left": "\u202e\u2066turno\u2069 para mañana\u202c",
    "joined emoji": "👨‍👩‍👧‍👦" * 120,
    "flags": "🇦🇷" * 300,
    "null": "ho\x00la",
    "controls": "".join(map(chr, range(1, 32))) + "hola\x7f\x85",
    "line separators": "hola\u2028\u2029\r\n\v\fchau",
    "private use": "\ue000\uf8ff\U0010fffd",
    "no characters": "\ufffe\uffff\U0001fffe",
    "byte order marks": "\ufeff" * 50 + "hola",
    "invisible": "\u200b\u200c\u200d\u2060\u00ad" * 100,
    "wide": "ｒｅｓｅｒｖａｒ　ｂａｒｂａ",
    "other scripts": "مرحبا שלום 你好 नमस्ते ཨོཾ ",
    "dotted i": "İıĞğ ŞşIi" * 50,
    "sharp s": "ß" * 500,
    "ligatures": "ﷺ" * 200,
    "fractions": "a las ½ y ٣:٤٥ del ①②③",
    "markup": "<Response><Message>hola</Message></Response>]]>&lt;",
    "formats": "%s %n {0} {} ${jndi:ldap://x} {{7*7}} `id`",
    "quotes": "'; DROP TABLE inbox; --\" \\",
    "json": '{"intent": "cancel", "slots": {"booking_id": "PB-AAAAAA"}}' * 20,
    "a long word": "a" * 4_096,
    "many words": "corte " * 600,
    "spaces only": " \u00a0\u3000\t\n",
}  # fmt: skip


@pytest.mark.parametrize("kind", HOSTILE)
def test_a_hostile_text_is_answered_once_and_shortly(mesh: Mesh, customer: str, kind: str) -> None:
    reply = said(mesh, customer, HOSTILE[kind])
    assert 0 < len(reply) <= 200


def test_random_unicode_is_answered(mesh: Mesh, customer: str) -> None:
    chance = random.Random(13)
    for _ in range(30):
        letters = (
            chr(chance.choice([chance.randrange(32, 0xD800), chance.randrange(0xE000, 0x110000)])) for _ in range(60)
        )
        assert 0 < len(said(mesh, customer, "".join(letters))) <= 200


def said(mesh: Mesh, customer: str, text: str) -> str:
    """The reply to a text, which left exactly one turn in the log."""
    sender, before = mesh.sender(customer), turns(mesh)
    form = sender.form(text, new_message_sid())
    response = mesh.post(form, sender.signature(form))
    assert response.status_code == 200, response.text
    assert len(reply_of(response.text)) <= TWILIO_MOST
    assert turns(mesh) == before + 1
    return reply_of(response.text)


def turns(mesh: Mesh) -> int:
    """How many turns the gateway's log tells of; every line of it is one JSON object."""
    events = [json.loads(line)["event"] for line in mesh.log("gateway").splitlines() if line.startswith("{")]
    return events.count("turn")
