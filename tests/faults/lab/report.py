"""What a run has to say: while it runs, at its end, to machines and as Markdown."""

import json
import re
import sys
from collections import Counter
from dataclasses import asdict, dataclass, field
from datetime import date

from tests.faults.lab.checker import Violation
from tests.faults.lab.claims import Claim, claim_of
from tests.faults.lab.evidence import Evidence, Sent
from tests.faults.lab.schedule import Schedule

SHOWN = 10
"""Violations that are shown with their histories."""


@dataclass
class Progress:
    """One line on a terminal, rewritten; nothing elsewhere."""

    total: int
    done: int = 0
    booked: int = 0

    def visited(self, booked: bool) -> None:
        """A customer is done."""
        self.done += 1
        self.booked += booked
        if sys.stderr.isatty():
            end = "\n" if self.done == self.total else ""
            sys.stderr.write(f"\r{self.done}/{self.total} customers, {self.booked} booked{end}")
            sys.stderr.flush()


@dataclass(frozen=True)
class Report:
    """A run's figures."""

    seed: int
    database: str
    today: str
    bookings: int
    told_booked: int
    messages: int
    deliveries: int
    claims: dict[str, int]
    listed: int
    longest_wait_s: float
    faults: dict[str, int]
    violations: int
    seconds: float
    appointments: int = 0
    replicas: int = 1
    rest: bool = False
    slm: bool = False
    by_rest: int = 0
    """Replies that Twilio took by REST."""
    dead: int = 0
    """Dead letters."""
    callbacks: int = 0
    """Deliveries of status callbacks."""
    broken: list[str] = field(default_factory=list)

    def as_json(self) -> str:
        """For machines."""
        return json.dumps(asdict(self), ensure_ascii=False, indent=2)

    def as_text(self) -> str:
        """For a terminal."""
        lines = [
            f"seed {self.seed}, {self.database}: {self.bookings} bookings attempted, {self.told_booked} told as booked,"
            f" {self.appointments} in the agenda",
            f"{self.messages} messages in {self.deliveries} deliveries; {self.listed} on the list of the unanswered;"
            f" longest wait for an acknowledgement {self.longest_wait_s:.1f} s",
            *([", ".join(f"{count} {name}" for name, count in self._of_twilio().items())] if self.rest else []),
            f"faults: {sum(self.faults.values())}",
            *(f"  {count:>5} {kind}" for kind, count in sorted(self.faults.items())),
            *self.broken,
            f"violations: {self.violations}, {self.seconds:.0f} s",
        ]
        return "\n".join(lines)

    @property
    def command(self) -> str:
        """What was run."""
        several = f" REPLICAS={self.replicas}" if self.replicas > 1 else ""
        several += (" REST=1" if self.rest else "") + (" SLM=1" if self.slm else "")
        return f"make faults SEED={self.seed} BOOKINGS={self.bookings} DATABASE={self.database}{several}"

    @property
    def title(self) -> str:
        """The section of the page that the run is in."""
        return title_of(self.database, self.rest, self.slm)

    def as_markdown(self, before: str = "") -> str:
        """For docs/: this run's section in the page that was there `before`; other sections stay."""
        sections = dict(_SECTION.findall(before)) | {self.title: self._section()}
        written = [f"## {title}\n\n{sections[title].strip()}\n" for title in TITLES if title in sections]
        return "\n".join([_PAGE, *written])

    def _section(self) -> str:
        figures = {
            "bookings attempted": self.bookings,
            "told as booked": self.told_booked,
            "appointments in the agenda, cancelled ones included": self.appointments,
            "messages": self.messages,
            "deliveries, repeats included": self.deliveries,
            "replies that were honestly not sure": self.claims.get(Claim.UNSURE.value, 0),
            "messages on the list of the unanswered": self.listed,
            **(self._of_twilio() if self.rest else {}),
            "longest wait until a message was acknowledged": f"{self.longest_wait_s:.1f} s",
            "gateways, brokers": f"{self.replicas}, {self.replicas}",
            "faults": sum(self.faults.values()),
            "**violations**": f"**{self.violations}**",
            "seconds": round(self.seconds),
        }
        rows = "\n".join(f"| {name} | {value} |" for name, value in figures.items())
        faults = "\n".join(f"| {kind} | {count} |" for kind, count in sorted(self.faults.items()))
        head = f"`{self.command}` on {self.today}:\n\n| | |\n| --- | --- |"
        return f"{head}\n{rows}\n\n| fault | times it struck |\n| --- | --- |\n{faults}"

    def _of_twilio(self) -> dict[str, int]:
        return {
            "replies by REST": self.by_rest,
            "dead letters": self.dead,
            "status callbacks, repeats included": self.callbacks,
        }


_NAMES = {"sqlite": "SQLite", "postgres": "PostgreSQL"}


def title_of(database: str, rest: bool, slm: bool) -> str:
    """The section of a kind of run."""
    by = ", replies also by Twilio's REST API" if rest else ""
    return _NAMES[database] + by + (", read by a model that errs" if slm else "")


TITLES = [title_of(name, rest, slm) for slm in (False, True) for rest in (False, True) for name in _NAMES]
"""The sections of the page, in their order."""
_SECTION = re.compile(r"^## ([^\n]+)\n(.*?)(?=^## |\Z)", re.MULTILINE | re.DOTALL)
_PAGE = """# Faults

What the long runs of the fault lab found last, on each database. Written by it; do not edit. What the lab does,
and which test holds which promise, is in `tests/faults/README.md`.
"""


def summarise(
    schedule: Schedule,
    today: date,
    progress: Progress,
    evidence: Evidence,
    faults: dict[str, int],
    violations: list[Violation],
    seconds: float,
) -> Report:
    """The figures of a run."""
    claims = Counter(claim_of(reply) for message in evidence.sent for reply in message.replies)
    return Report(
        seed=schedule.seed,
        database=schedule.database,
        replicas=schedule.replicas,
        rest=schedule.rest,
        slm=schedule.slm,
        by_rest=sum(out.by_rest for out in evidence.out),
        dead=sum(row.dead for row in evidence.inbox),
        callbacks=len(evidence.callbacks),
        today=today.isoformat(),
        bookings=progress.total,
        told_booked=progress.booked,
        messages=len(evidence.sent),
        deliveries=sum(len(message.attempts) for message in evidence.sent),
        claims={claim.value: count for claim, count in claims.items() if claim},
        listed=sum(row.listed for row in evidence.inbox),
        longest_wait_s=max((_wait(message) for message in evidence.sent), default=0.0),
        faults=faults,
        violations=len(violations),
        seconds=seconds,
        appointments=len(evidence.bookings),
        broken=broken(violations, evidence),
    )


def broken(violations: list[Violation], evidence: Evidence) -> list[str]:
    """The first violations, each with the history of the customer whom it concerns."""
    lines = []
    for violation in violations[:SHOWN]:
        lines.append(f"BROKEN {violation.promise}: {violation.detail}")
        lines += [_history(message) for message in evidence.sent if message.address == violation.address]
    return lines


def _history(message: Sent) -> str:
    seen = "; ".join(f"{each.began:.2f}–{each.ended:.2f} s {each.status} {each.reply}" for each in message.attempts)
    return f"    {message.workspace} {message.message_id} › {message.text} ‹ {seen}"


def _wait(message: Sent) -> float:
    """Seconds from the first delivery to the first acknowledgement."""
    acknowledged = [attempt.ended for attempt in message.attempts if 200 <= attempt.status < 300]
    return min(acknowledged) - message.attempts[0].began if acknowledged and message.attempts else 0.0
