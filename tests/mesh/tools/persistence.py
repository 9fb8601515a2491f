"""A customer of a busy mesh, who does what its replies ask for until the answer is a sure one."""

import time

from cli.support.webhook import new_message_sid, reply_of
from tests.faults.lab.claims import Claim, claim_of, ids_in
from tests.mesh.tools.harness import Mesh

MINE = "¿cuándo es mi turno?"
"""What somebody asks who was told that it is not sure whether it was done."""
_SECONDS = 120.0
_LONGEST_PAUSE_S = 2.0


def insist(mesh: Mesh, customer: str, request: str) -> list[str]:
    """The replies to a request, the last one sure. Who hears that it is not sure asks what there is, and makes the
    request again when there is nothing; who hears that nothing was done makes it again. Fails when none is sure."""
    replies: list[str] = []
    deadline, text, pause = time.monotonic() + _SECONDS, request, 0.25
    while True:
        assert time.monotonic() < deadline, f"never sure: {replies}"
        replies.append(deliver(mesh, customer, text))
        if claim_of(replies[-1]) is Claim.UNSURE:
            text = MINE
        elif "Perdón" not in replies[-1]:
            if text == request or ids_in(replies[-1]):
                return replies
            text = request
        time.sleep(pause)
        pause = min(pause * 2, _LONGEST_PAUSE_S)


def deliver(mesh: Mesh, customer: str, text: str) -> str:
    """One message, delivered again with the same MessageSid while there are too many; the reply."""
    sender = mesh.sender(customer)
    form = sender.form(text, new_message_sid())
    deadline = time.monotonic() + _SECONDS
    while (response := mesh.post(form, sender.signature(form))).status_code == 503:
        assert time.monotonic() < deadline, "there are always too many"
        time.sleep(0.25)
    assert response.status_code == 200, (response.status_code, response.text)
    return reply_of(response.text)
