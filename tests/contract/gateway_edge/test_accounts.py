"""Several Twilio accounts, and a token that is being replaced: the number written to says who must have signed."""

import base64
import json
from pathlib import Path
from typing import Any

import pytest

from gateway.storage.tables import inbox
from tests.contract.gateway.fakes import SALON, STATUS, Mesh, callback, message, new_sid, running
from tests.contract.gateway.test_turns import rows
from tests.contract.gateway.twilio_stub import ACCOUNT, TwilioStub, twilio
from tests.contract.gateway_edge.test_outbox import late, until

OTHER = "AC" + "2" * 32
OWN = "the-token-of-another-account"
OLD = "the-token-before-this-one"


def accounts(folder: Path, **more: Any) -> Path:
    """A file in which the salon's number is another account's."""
    file = folder / "accounts.json"
    row = {"account_sid": OTHER, "auth_tokens": [OWN, OLD], "numbers": [SALON], **more}
    file.write_text(json.dumps({"accounts": [row]}))
    return file


def given(folder: Path, **more: Any) -> dict[str, Any]:
    return {"twilio_account_sid": ACCOUNT, "twilio_accounts": accounts(folder), **more}


@pytest.mark.parametrize(
    ("token", "sid", "status"),
    [
        (OWN, OTHER, 200),
        (OLD, OTHER, 200),
        ("dev-token", ACCOUNT, 403),
        ("dev-token", OTHER, 403),
        (OWN, ACCOUNT, 400),
    ],
)
async def test_the_number_written_to_says_whose_token_it_is(tmp_path: Path, token: str, sid: str, status: int) -> None:
    async with running(tmp_path, **given(tmp_path)) as mesh:
        response = await mesh.post(message("hola", AccountSid=sid), token=token)
        assert response.status_code == status
        assert len(await rows(tmp_path, inbox)) == (status == 200)


@pytest.mark.parametrize(("token", "status"), [(OWN, 204), ("dev-token", 403)])
async def test_so_does_the_number_that_a_callback_is_about(tmp_path: Path, token: str, status: int) -> None:
    async with running(tmp_path, **given(tmp_path)) as mesh:
        form = callback(new_sid(), "sent", AccountSid=OTHER)
        assert (await mesh.post(form, STATUS, token=token)).status_code == status


@pytest.mark.parametrize(("token", "status"), [("dev-token", 200), (OLD, 200), (OWN, 403)])
async def test_two_tokens_count_while_one_is_replaced(tmp_path: Path, token: str, status: int) -> None:
    async with running(tmp_path, twilio_auth_token_previous=OLD) as mesh:
        assert (await mesh.post(message("hola"), token=token)).status_code == status
        assert (await mesh.post(message("hola", AccountSid="AC1"), token=token)).status_code in (400, 403)
        assert len(await rows(tmp_path, inbox)) == (status == 200)


async def test_another_account_s_message_is_refused(tmp_path: Path) -> None:
    async with running(tmp_path, twilio_account_sid=ACCOUNT) as mesh:
        assert (await mesh.post(message("hola", AccountSid=OTHER))).status_code == 400
        assert await rows(tmp_path, inbox) == []


@pytest.mark.parametrize("key", [{}, {"api_key": "SK1", "api_secret": "hush"}])
async def test_a_reply_by_rest_is_sent_by_the_account_of_its_number(tmp_path: Path, key: dict[str, str]) -> None:
    async with twilio(TwilioStub(account=OTHER)) as stub:
        settings = given(tmp_path, twilio_api_url=stub.url, ack_after_s=0.01, extract_s=9)
        settings["twilio_accounts"] = accounts(tmp_path, **key)
        async with running(tmp_path, **settings) as mesh:
            await late(signing(mesh))
            await until(lambda: stub.accepted, "it goes out")
    user = "SK1:hush" if key else f"{OTHER}:{OWN}"
    assert stub.users == {"Basic " + base64.b64encode(user.encode()).decode()}
    assert len(stub.created) == 1


def signing(mesh: Mesh) -> Mesh:
    """A mesh whose customers' messages are the other account's."""
    post = mesh.post

    async def posted(form: dict[str, str], *rest: Any, **named: Any) -> Any:
        return await post({**form, "AccountSid": OTHER}, *rest, **{"token": OWN, **named})

    mesh.post = posted  # type: ignore[method-assign, assignment]
    return mesh
