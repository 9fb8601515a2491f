"""Somebody has captured a signed webhook. The signature is over names and values without separators, so the capture
can be cut anew and still hold; and nothing signed says when it was."""

import hashlib
import hmac
import random
from base64 import b64encode
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from urllib.parse import urlencode

import pytest
from twilio.request_validator import RequestValidator

from gateway.storage.tables import conversations, inbox
from gateway.telemetry import REFUSED
from tests.contract.gateway.fakes import INBOUND, SALON, Mesh, message, new_sid, running
from tests.contract.gateway.test_turns import rows

Pairs = list[tuple[str, str]]
CUTS = 400
VALIDATOR = RequestValidator("dev-token")
VICTIM = "whatsapp:+5491155559999"


@pytest.fixture
async def mesh(tmp_path: Path) -> AsyncIterator[Mesh]:
    async with running(tmp_path) as started:
        yield started


def captured() -> dict[str, str]:
    """A message as Twilio sends it."""
    return {**message("cancelá mi turno", MessageType="text", WaId="5491155551234", NumSegments="1"), "Body": "sí"}


def cut(chance: random.Random, form: dict[str, str]) -> Pairs:
    """The same signed text, cut elsewhere: some pairs joined, some names longer or shorter."""
    pairs = sorted(form.items())
    for _ in range(chance.randrange(1, 4)):
        at = chance.randrange(len(pairs) - 1)
        (name, value), (after, rest) = pairs[at], pairs[at + 1]
        if chance.random() < 0.5:
            pairs[at : at + 2] = [(name, value + after + rest)]
        else:
            whole = name + value
            where = chance.randrange(1, len(whole) + 1)
            pairs[at] = (whole[:where], whole[where:])
    return pairs


def cuts(url: str, form: dict[str, str]) -> Iterator[Pairs]:
    """Cuts whose signature holds."""
    chance, signature = random.Random(2), VALIDATOR.compute_signature(url, form)
    while True:
        pairs = cut(chance, form)
        if VALIDATOR.compute_signature(url, dict(pairs)) == signature and dict(pairs) != form:
            yield pairs


async def post(mesh: Mesh, pairs: Pairs, signature: str, query: str = "", **headers: str) -> int:
    """Sends a form with a signature; the status."""
    given = {"X-Twilio-Signature": signature, "Content-Type": "application/x-www-form-urlencoded", **headers}
    return (await mesh.client.post(mesh.url() + INBOUND + query, content=urlencode(pairs), headers=given)).status_code


async def test_a_capture_that_is_cut_anew_runs_no_turn(mesh: Mesh, tmp_path: Path) -> None:
    form, url = captured(), mesh.url() + INBOUND
    signature = VALIDATOR.compute_signature(url, form)
    assert await post(mesh, list(form.items()), signature) == 200
    holding = cuts(url, form)
    statuses = [await post(mesh, next(holding), signature) for _ in range(CUTS)]
    assert set(statuses) <= {200, 400}
    assert statuses.count(400) > CUTS // 2
    assert [row.message_id for row in await rows(tmp_path, inbox)] == [form["MessageSid"]]
    assert len(mesh.fakes.extracted) == 1


def hostile(other: str, more: str) -> str:
    """A text with another customer's message in it; `more` are mandatory fields."""
    return f"cancelá mi turnoFrom{VICTIM}MessageSid{other}{more}Towhatsapp:{SALON}Zz"


@pytest.mark.parametrize("whole", [False, True])
async def test_a_text_with_another_s_message_in_it_is_not_cut_into_that_message(
    mesh: Mesh, tmp_path: Path, whole: bool
) -> None:
    other = new_sid()
    text = hostile(other, f"SmsMessageSid{other}SmsSid{other}" if whole else "")
    form = message(text)
    url = mesh.url() + INBOUND
    signature = VALIDATOR.compute_signature(url, form)
    signed = "".join(name + value for name, value in sorted(form.items()))
    begin, rest = signed.split("Body", 1)
    kept = {name: form[name] for name in ("AccountSid", "ApiVersion")}
    sids = ("MessageSid", "SmsMessageSid", "SmsSid") if whole else ("MessageSid",)
    forged = {
        **kept,
        "Body": "cancelá mi turno",
        "From": VICTIM,
        **dict.fromkeys(sids, other),
        "To": f"whatsapp:{SALON}",
        "Zz": rest.split("Zz", 1)[1],
    }
    assert VALIDATOR.compute_signature(url, forged) == signature, "the signature holds for the forgery"
    assert begin == "".join(name + value for name, value in kept.items())
    before = REFUSED.labels("inbound", "boundary")._value.get()
    assert await post(mesh, list(form.items()), signature) == 400, "it could be cut differently"
    assert await post(mesh, list(forged.items()), signature) == 400
    assert await rows(tmp_path, inbox) == await rows(tmp_path, conversations) == []
    assert mesh.fakes.extracted == mesh.fakes.executed == []
    assert REFUSED.labels("inbound", "boundary")._value.get() == before + (2 if whole else 1)


async def test_a_query_does_not_take_the_beginning_of_a_form(mesh: Mesh, tmp_path: Path) -> None:
    form = message("hola")
    signature = VALIDATOR.compute_signature(f"{mesh.url()}{INBOUND}?t=1", form)
    account = form.pop("AccountSid")
    path = f"{INBOUND}?t=1AccountSid{account}"
    assert VALIDATOR.compute_signature(mesh.url() + path, form) == signature
    for pairs, query in ((form, f"?t=1AccountSid{account}"), ({**form, "AccountSid": account}, "?t=1")):
        assert await post(mesh, list(pairs.items()), signature, query) == 400
    assert await rows(tmp_path, inbox) == []


async def test_a_capture_that_is_replayed_runs_no_turn(mesh: Mesh, tmp_path: Path) -> None:
    form = captured()
    signature = VALIDATOR.compute_signature(mesh.url() + INBOUND, form)
    assert {await post(mesh, list(form.items()), signature) for _ in range(50)} == {200}
    assert len(await rows(tmp_path, inbox)) == 1
    assert len(mesh.fakes.extracted) == 1


async def test_a_header_does_not_choose_another_algorithm(mesh: Mesh, tmp_path: Path) -> None:
    form, url = captured(), mesh.url() + INBOUND
    text = url + "".join(name + value for name, value in sorted(form.items()))
    stronger = b64encode(hmac.new(b"dev-token", text.encode(), hashlib.sha256).digest()).decode()
    settings = {"X-Twilio-Webhooks-Signature-Settings": "algorithm=HMAC_SHA256;keyid=1"}
    assert await post(mesh, list(form.items()), stronger, **settings) == 403
    assert await post(mesh, list(form.items()), stronger) == 403
    assert await rows(tmp_path, inbox) == []
