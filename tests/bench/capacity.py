"""`make bench ARGS=capacity`: what a message costs each service in CPU, and what each holds in memory.

The figures of k8s/capacity.yaml, which requests, limits and most replicas in k8s/base are made of. Customers book in
six messages each, some at once, with the three callbacks that each reply has, on a mesh of real processes with
PostgreSQL. CPU is the processes' own time, so that other work on the machine shows little in it.
"""

import argparse
import asyncio
import itertools
import sys
import tempfile
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import aiohttp
from twilio.request_validator import RequestValidator

from cli.support.webhook import INBOUND_PATH, WEBHOOK_TIMEOUT_S, WebhookSender, new_message_sid
from tests.bench.customers import script
from tests.bench.processes import cpu_s, memory_mib
from tests.faults.lab.businesses import number_of
from tests.faults.lab.stores import server
from tests.faults.lab.world import World, running_world

SERVICES = ("gateway", "extractor", "planner", "broker", "nlg", "agenda")
BUSINESSES = 40
PUBLIC_URL = "http://pulpo.test"
"""What webhooks are signed for: with one, replies ask Twilio to tell what became of them."""


async def one(world: World, client: aiohttp.ClientSession, number: int) -> int:
    """One customer's script; Twilio tells three times what became of each reply. How many messages were answered."""
    sender, well = (
        WebhookSender(PUBLIC_URL, "dev-token", number_of(number % BUSINESSES), f"+54911{50_000_000 + number}"),
        0,
    )
    for text in script(number // BUSINESSES):
        form = sender.form(text)
        headers = {"X-Twilio-Signature": sender.signature(form)}
        async with client.post(world.url + INBOUND_PATH, data=form, headers=headers) as answer:
            well += answer.status == 200
            replies = ElementTree.fromstring(await answer.text()).iter("Message")
        urls = [each.get("statusCallback", "") for each in replies]
        assert all(urls), "replies ask to be told of"
        for url in urls:
            sid = new_message_sid()
            for status in ("sent", "delivered", "read"):
                await tell(world, client, sender, url, sid, status)
    return well


async def tell(
    world: World, client: aiohttp.ClientSession, sender: WebhookSender, url: str, sid: str, status: str
) -> None:
    """One status callback."""
    form = {
        "MessageSid": sid,
        "SmsSid": sid,
        "AccountSid": sender.account,
        "ApiVersion": "2010-04-01",
        "From": f"whatsapp:{sender.to}",
        "To": f"whatsapp:{sender.customer}",
        "MessageStatus": status,
        "SmsStatus": status,
    }
    headers = {"X-Twilio-Signature": str(RequestValidator(sender.token).compute_signature(url, form))}
    async with client.post(url.replace(PUBLIC_URL, world.url), data=form, headers=headers) as answer:
        assert answer.status == 204, await answer.text()


async def measure(customers: int, at_once: int) -> None:
    """Prints the figures as YAML."""
    with tempfile.TemporaryDirectory(prefix="pulpo-capacity-") as folder, server("postgres") as url:
        async with (
            running_world(Path(folder), BUSINESSES, url, PULPO_PUBLIC_URL=PUBLIC_URL) as world,
            aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(WEBHOOK_TIMEOUT_S)) as client,
        ):
            numbers = itertools.count()
            for _ in range(at_once * 2):  # what is used for the first time is made ready
                await one(world, client, next(numbers))
            before = {name: cpu_s(world.pid(name)) for name in SERVICES}
            answered = 0

            async def some() -> None:
                nonlocal answered
                while (number := next(numbers)) < customers:
                    well = await one(world, client, number)
                    answered += well

            await asyncio.gather(*(some() for _ in range(at_once)))
            booked = await world.stores.rows("agenda", "SELECT count(*) AS n FROM appointments")
            sys.stdout.write(
                f"# {answered} messages answered, {booked[0]['n']} appointments of {customers} customers\n"
            )
            sys.stdout.write("services:\n")
            for name in SERVICES:
                spent = (cpu_s(world.pid(name)) - before[name]) * 1000 / answered
                sys.stdout.write(
                    f"  {name}: {{cpu_ms: {spent:.1f}, memory_mib: {memory_mib(world.pid(name), 'VmHWM'):.0f}}}\n"
                )


def main() -> None:
    """Measures."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.capacity", description=__doc__)
    parser.add_argument("--customers", type=int, default=400)
    parser.add_argument("--at-once", type=int, default=8)
    given = parser.parse_args()
    asyncio.run(measure(given.customers, given.at_once))


if __name__ == "__main__":
    main()
