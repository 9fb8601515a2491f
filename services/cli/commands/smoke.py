"""`pulpo smoke`: sends six messages to a deployment as a customer and judges the replies."""

import asyncio
import json
import random
import time
from dataclasses import asdict, dataclass, replace
from typing import Annotated
from urllib.parse import urlsplit

import httpx2
import typer

from cli.commands.chat import make_sender
from cli.commands.smoke_cases import SmokeCase, booking, cancelling, code_in, form_problem, is_spent, questions
from cli.settings import CliSettings
from cli.support.errors import fail
from cli.support.quantile import quantile
from cli.support.webhook import INBOUND_PATH, WEBHOOK_TIMEOUT_S, WebhookError, WebhookSender, reply_of
from cli.support.workspaces import known_workspaces
from gateway.tracks.track import CHOOSE, TRACK_HEADER
from runtime.rpc.identity import Credential, listed_in
from runtime.settings import load
from workspace.model import Workspace

LOCAL_NUMBER = "+5491155550199"
"""Who writes to a mesh on this machine when no test number is set."""
SPENT = "nothing was booked: the test number has had its bookings of the day"
TRIES = 4
"""How many times are tried for the booking; one may be taken."""
UrlArgument = Annotated[str, typer.Argument(help="Base URL of the deployment, e.g. https://wa.example.com.")]
WorkspaceOption = Annotated[
    str, typer.Option("--workspace", "-w", help="Id of the business; its manifest must be here.")
]
FromOption = Annotated[str, typer.Option("--from", help="The test number, E.164; PULPO_SMOKE_FROM when not given.")]
ToOption = Annotated[str, typer.Option("--to", help="Number to write to; the business's first when not given.")]
SignOption = Annotated[
    str, typer.Option("--sign-for", help="Sign for this base URL, where URL is a way around it, e.g. a forwarded port.")
]
TrackOption = Annotated[
    str, typer.Option("--track", help="slm or legacy: ask for it, as the first of PULPO_CALLER_TOKENS who may.")
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@dataclass(frozen=True)
class SmokeOutcome:
    """The result of one case."""

    case: str
    ok: bool
    ms: float
    problem: str = ""
    reply: str = ""
    """The reply, of failed cases alone."""
    note: str = ""
    """What a passed case left untried."""


class Tester:
    """Writes to a deployment, one message after the other."""

    def __init__(self, client: httpx2.AsyncClient, sender: WebhookSender, signed_for: str) -> None:
        self._client, self._sender = client, sender
        self._signer = replace(sender, url=signed_for)
        self.outcomes: list[SmokeOutcome] = []

    async def put(self, case: SmokeCase) -> str:
        """Sends a case's message, judges the reply and returns it. Raises WebhookError when there is no mesh."""
        form = self._sender.form(case.text)
        headers = {"X-Twilio-Signature": self._signer.signature(form)}
        began = time.perf_counter()
        try:
            answer = await self._client.post(self._sender.url + INBOUND_PATH, data=form, headers=headers)
        except httpx2.HTTPError as error:
            raise WebhookError(f"{self._sender.url}: no answer ({type(error).__name__})") from error
        ms = (time.perf_counter() - began) * 1000
        if answer.status_code in (403, 404):
            raise WebhookError(f"{self._sender.url}{INBOUND_PATH}: {answer.status_code} {answer.text.strip()[:200]}")
        reply = reply_of(answer.text) if answer.status_code == 200 else ""
        problem = f"status {answer.status_code}" if answer.status_code != 200 else form_problem(reply)
        problem = problem or case.problem(reply)
        self.outcomes.append(SmokeOutcome(case.name, not problem, round(ms, 1), problem, reply if problem else ""))
        return reply


def smoke(
    url: UrlArgument,
    workspace: WorkspaceOption = "estudio-pulpo",
    customer: FromOption = "",
    to: ToOption = "",
    sign_for: SignOption = "",
    track: TrackOption = "",
    as_json: JsonOption = False,
) -> None:
    """Runs six cases against a deployment by signed webhooks: greeting, hours, two prices, an incomplete request,
    and a booking, which is cancelled again. Status 1 when any of them fails. Signs with TWILIO_AUTH_TOKEN.

    From the fourth run of a day on, by default, a business books nothing more for the number: that passes, and is said.
    """
    settings, url = load(CliSettings), url.rstrip("/")
    try:
        sender = make_sender(settings, workspace, customer or _test_number(settings, url))
    except WebhookError as error:
        fail(f"smoke: {error}")
    business = known_workspaces(settings.workspaces_dir).get(workspace)
    if business is None:  # make_sender has said so
        raise typer.Exit(1)
    sender = replace(sender, url=url, to=to or sender.to, profile_name="Prueba")
    try:
        outcomes = asyncio.run(_run(settings, business, sender, sign_for.rstrip("/") or url, _headers(settings, track)))
    except WebhookError as error:
        fail(f"smoke: {error}")
    took = [outcome.ms for outcome in outcomes]
    p50, p90 = quantile(took, 0.5) or 0.0, quantile(took, 0.9) or 0.0
    well = all(outcome.ok for outcome in outcomes)
    if as_json:
        told = {"verdict": "pass" if well else "fail", "p50_ms": p50, "p90_ms": p90}
        print(json.dumps({**told, "cases": [asdict(outcome) for outcome in outcomes]}, ensure_ascii=False))
    else:
        for outcome in outcomes:
            said = f"  {outcome.note}" if outcome.note else ""
            said = said if outcome.ok else f"  {outcome.problem}: {outcome.reply!r}"
            print(f"{'ok  ' if outcome.ok else 'FAIL'} {outcome.case:<24} {outcome.ms:8.1f} ms{said}")
        print(f"{'PASS' if well else 'FAIL'}: {url}, p50 {p50:.0f} ms, p90 {p90:.0f} ms")
    raise typer.Exit(0 if well else 1)


async def _run(
    settings: CliSettings, business: Workspace, sender: WebhookSender, signed_for: str, headers: dict[str, str]
) -> list[SmokeOutcome]:
    now = settings.make_clock()()
    async with httpx2.AsyncClient(timeout=WEBHOOK_TIMEOUT_S, headers=headers) as client:
        tester = Tester(client, sender, signed_for)
        for case in questions(business, now):
            await tester.put(case)
        code, dice = "", random.Random()  # noqa: S311 - no secret
        for _ in range(TRIES):
            reply = await tester.put(booking(business, now, dice))
            code = code_in(reply)
            if is_spent(reply):
                tester.outcomes[-1] = replace(tester.outcomes[-1], note=SPENT)
            if code or is_spent(reply):
                break
        # A time that was taken is no failure when another one was to be had.
        tester.outcomes = [*tester.outcomes[:5], tester.outcomes[-1]]
        for case in cancelling(code) if code else ():
            await tester.put(case)
        return tester.outcomes


def _test_number(settings: CliSettings, url: str) -> str:
    """The number that may be written from. Ends the command when none is set, except for this machine's mesh."""
    local = urlsplit(url).hostname in ("127.0.0.1", "localhost", "::1")
    if not settings.smoke_from and not local:
        fail("smoke: expected a test number: set PULPO_SMOKE_FROM or give --from; it must not be a customer's")
    return settings.smoke_from or LOCAL_NUMBER


def _headers(settings: CliSettings, track: str) -> dict[str, str]:
    """What asks for a track. Ends the command when there is no token to ask with."""
    if not track:
        return {}
    if track not in ("slm", "legacy"):
        fail(f"smoke: --track: expected slm or legacy, got {track!r}")
    callers = [each for each in listed_in(settings.caller_tokens.get_secret_value()) if CHOOSE in each.grants]
    if not callers:
        fail("smoke: --track needs PULPO_CALLER_TOKENS, as the gateway has it, with somebody who may choose it")
    return {TRACK_HEADER: track, **dict(Credential(callers[0].name, callers[0].token).headers)}
