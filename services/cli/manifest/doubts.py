"""What in a manifest can be used and is probably not meant, found by comparing its parts."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime, time, timedelta

import phonenumbers

from agenda.booking.openings import Calendar, Need
from nlg.writing.own_words import wording_problems
from nlg.writing.phrases import load_phrases
from workspace.model import WEEKDAYS, Service, Tool, Workspace

LOOKED_AHEAD = 28
"""Days in which a service should be possible at least once."""
_CURRENCIES = frozenset(
    """
    AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CLP
    CNY COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD HKD HNL HTG HUF IDR
    ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA MKD MMK MNT
    MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF SAR SBD
    SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS UAH UGX USD UYU UZS VES VND
    VUV WST XAF XCD XOF XPF YER ZAR ZMW ZWL
    """.split()  # noqa: SIM905 - a list of words
)


def doubts_of(workspace: Workspace, now: datetime) -> list[str]:
    """What is doubtful, a line each: the path, and what about it."""
    found = [*_words(workspace), *_names(workspace), *_questions(workspace), *_rules(workspace)]
    return [*found, *_possible(workspace, now), *_tools(workspace), *wording_problems(workspace)]


def _words(workspace: Workspace) -> Iterator[str]:
    known = load_phrases()
    if workspace.locale not in known:
        yield f"locale: {workspace.locale} has no words of its own; there are {', '.join(sorted(known))}"
    if workspace.currency not in _CURRENCIES:
        yield f"currency: {workspace.currency} is no currency of ISO 4217"
    if workspace.phone.country not in phonenumbers.SUPPORTED_REGIONS:
        yield f"phone.country: {workspace.phone.country} is no country with phones"


def _names(workspace: Workspace) -> Iterator[str]:
    """One name for two things."""
    whose: defaultdict[str, list[str]] = defaultdict(list)
    for service in workspace.services:
        for name in {one.casefold() for one in (service.name, *service.aliases)}:
            whose[name].append(service.name)
    for name, services in sorted(whose.items()):
        if len(services) > 1:
            yield f"services: {name!r} stands for {' and for '.join(services)}"
        if name in {one.casefold() for one in workspace.not_offered}:
            yield f"not_offered: {name!r} stands for {services[0]}, too"
    people = {one.casefold(): member.name for member in workspace.staff for one in (member.name, *member.aliases)}
    for name in sorted(people.keys() & whose.keys()):
        yield f"staff: {name!r} stands for {people[name]} and for the service {whose[name][0]}"


def _questions(workspace: Workspace) -> Iterator[str]:
    """One question with two answers."""
    asked: defaultdict[str, set[str]] = defaultdict(set)
    for entry in workspace.knowledge:
        for question in entry.questions:
            asked[question.casefold().strip(" ?¿")].add(entry.questions[0])
    for question, entries in sorted(asked.items()):
        if len(entries) > 1:
            yield f"knowledge: {question!r} has {len(entries)} answers"


def _rules(workspace: Workspace) -> Iterator[str]:
    for service in workspace.services:
        rules = workspace.rules(service.name)
        if rules.horizon is not None and rules.notice >= rules.horizon:
            yield f"service {service.name}: min_advance_booking is not below max_advance_booking"
        yield from _classes(workspace, service)
    worked_at = {member.branch for member in workspace.staff}
    for branch in workspace.branches:
        if branch.name not in worked_at:
            yield f"branches: nobody works at {branch.name}"
    used = {name for service in workspace.services for name in service.needs}
    for resource in workspace.resources:
        if resource.name not in used:
            yield f"resources: no service needs {resource.name}"


def _classes(workspace: Workspace, service: Service) -> Iterator[str]:
    """Classes that cannot take place in the week's hours."""
    for day, times in (service.starts or {}).items():
        for at in times:
            begin = at.hour * 60 + at.minute
            spans = workspace.hours.get(day, ())
            if not any(_minute(span.start) <= begin and begin + service.minutes <= _minute(span.end) for span in spans):
                yield f"service {service.name}: {day} {at:%H:%M} is not within opening hours"


def _minute(at: time) -> int:
    return at.hour * 60 + at.minute


def _possible(workspace: Workspace, now: datetime) -> Iterator[str]:
    """Services and people for whom there is no time at all."""
    calendar = Calendar(workspace, workspace.special_days, now)
    days = [calendar.day(calendar.today + timedelta(days=ahead), {}) for ahead in range(LOOKED_AHEAD + 1)]
    for service in workspace.services:
        names = workspace.staff_for(service.name)
        if not any(day.starts(Need(service.name), name) for day in days for name in names):
            yield f"service {service.name}: nobody can do it at any time of the next {LOOKED_AHEAD} days"
    for member in workspace.staff:
        if not any(calendar.works(member.name, day.day) for day in days):
            yield f"staff {member.name}: works at no time of the next {LOOKED_AHEAD} days"
    if not any(workspace.hours.get(day) for day in WEEKDAYS):
        yield "hours: closed all week"


def _tools(workspace: Workspace) -> Iterator[str]:
    for tool in workspace.tools:
        taken = set(tool.args.get("properties", {}))
        for slot in tool.required_slots:
            if taken and slot not in taken and not _elsewhere(tool, slot):
                yield f"tool {tool.name}: needs {slot}, which none of its arguments takes"


def _elsewhere(tool: Tool, slot: str) -> bool:
    """Whether a slot goes into an argument of another name."""
    other = {"preferred_date": "date_str"}
    return other.get(slot) in tool.args.get("properties", {})
