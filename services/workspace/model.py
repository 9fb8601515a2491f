"""The tenant model: everything the mesh knows about one business.

A `Workspace` is read once from its YAML manifest (see `loader`) and never changes afterwards.
Money is in `currency`; durations are in minutes; times are local to `timezone`.
"""

from collections import Counter
from collections.abc import Mapping
from datetime import date, time
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from pydantic import BeforeValidator, Field, model_validator

from workspace.fields import E164, Amount, BcpLocale, Frozen, HourSpan, Slug, Span, Week, WeeklyStarts, zone_exists
from workspace.limits import LanguageModel, Limits, limits_of
from workspace.parts.closures import Closure, DayRule, Holidays
from workspace.parts.people import StaffMember
from workspace.parts.places import Branch, Knowledge, Resource, Tone
from workspace.parts.prices import Priced
from workspace.parts.rules import Booking, BookingRules, Rules, rules_for
from workspace.patterns import MOST, compile_pattern
from workspace.people import HandoverRules, Person, person_problems
from workspace.reminders import Reminders
from workspace.tool_schemas import schema_problem

Tier = Literal["basic", "pro", "max"]
TIERS: tuple[Tier, ...] = ("basic", "pro", "max")
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
NOBODY = ""
"""Stands for who does a service of a business that names nobody."""


class Service(Priced):
    """Something that can be booked."""

    name: str = Field(min_length=1, max_length=60, pattern=r"^[^|]+$")
    """Canonical name, as slots and tools use it."""
    minutes: int = Field(ge=5, le=600)
    """How long it takes."""
    aliases: tuple[str, ...] = ()
    """What customers also call it, in any language they write."""
    capacity: int = Field(default=1, ge=1, le=500)
    """Places that it has at once, of a class; such a service has `starts`."""
    starts: WeeklyStarts | None = None
    """Weekday -> the times at which it begins, of a class; at any free time when not set."""
    needs: tuple[str, ...] = ()
    """Names of the resources that it takes, one of each."""
    booking: BookingRules | None = None
    """Rules of its own."""

    @model_validator(mode="after")
    def _says_what_it_costs(self) -> "Service":
        if not self.has_price:
            raise ValueError("expected a price: price_min, or price")
        if self.capacity > 1 and self.starts is None:
            raise ValueError("expected starts of a service with a capacity: a class begins at fixed times")
        return self


class SpecialDay(Frozen):
    """A date whose hours differ from its weekday's."""

    date: date
    """The local date."""
    hours: tuple[Span, ...] = ()
    """Opening hours that day; none means closed."""


class Offerable(Frozen):
    """A package or promotion, as text for the customer."""

    name: str = Field(min_length=1, max_length=60)
    """Short name."""
    description: str = Field(default="", max_length=120)
    """One line about it."""
    price: Amount | None = None
    """Price, if it has one of its own."""


class PhoneRules(Frozen):
    """How local phone numbers are read."""

    country: str = Field(pattern=r"^[A-Z]{2}$")
    """ISO 3166 country, e.g. AR."""
    area_code: str = Field(default="", pattern=r"^\d*$")
    """Area code that a local number lacks, e.g. 11."""


class Tool(Frozen):
    """A tool that this workspace may use, and how."""

    name: str = Field(pattern=r"^[a-z][a-z0-9_]{2,63}$")
    """Its name on the MCP server."""
    effect: Literal["read", "write"]
    """Whether it changes anything."""
    timeout_s: float = Field(default=3.0, gt=0, le=10)
    """Seconds that one attempt may take."""
    tier: Tier = "basic"
    """Lowest tier that may use it."""
    scope: str = ""
    """Scope that the workspace must hold; empty for none."""
    confirm: bool = False
    """Whether the customer must say yes first."""
    required_slots: tuple[str, ...] = ()
    """Slots that must be known, in the order to ask for them."""
    after: str = ""
    """Tool that must have answered earlier in the same turn; empty for none."""
    only_if_listed: Mapping[str, str] = Field(default_factory=dict)
    """Argument name -> name of a list in the output of `after` that must contain its value."""
    owned_by: str = ""
    """Argument that holds the id of something the customer must own, or several ids, named by the plural, or LIST.ID, a
    list of objects that each have one; empty for none."""
    owned_in: str = "find_appointment_by_phone.appointments"
    """TOOL.LIST: the tool whose answer lists what the customer owns, each with its id, and that list's name."""
    about_customer: bool = False
    """Whether a tool that changes nothing tells of the customer who writes."""
    from_slots: bool = True
    """Whether arguments that were not given are taken from the known slots."""
    args: Mapping[str, Any] = Field(default_factory=lambda: {"type": "object"})
    """JSON Schema (draft 2020-12) of its arguments; "$services", "$staff" stand for names."""
    server: str = "default"
    """Which of the workspace's MCP servers serves it."""

    @model_validator(mode="after")
    def _args_are_a_schema(self) -> "Tool":
        problem = schema_problem(self.args)
        if problem:
            raise ValueError(f"tool {self.name}: args: {problem}")
        return self


class Policy(Frozen):
    """What this workspace may do, beyond its tier."""

    scopes: tuple[str, ...] = ("catalogue:read", "appointments:read", "appointments:write")
    """Scopes that it holds."""
    forbid_patterns: tuple[str, ...] = Field(default=(), max_length=MOST)
    """Regular expressions of RE2's syntax that no text argument may match."""
    limits: Limits | None = None
    """Its own limits; what they do not set is its tier's."""

    @model_validator(mode="after")
    def _patterns_compile(self) -> "Policy":
        for number, pattern in enumerate(self.forbid_patterns):
            try:
                compile_pattern(pattern)
            except ValueError as error:
                raise ValueError(f"forbid_patterns[{number}]: {error}") from error
        return self


class Workspace(Frozen):
    """One business."""

    id: Slug
    """Opaque id, lower-case words joined by hyphens."""
    name: str = Field(min_length=1, max_length=40)
    """Name as customers see it."""
    vertical: str
    """Line of business, e.g. servicios, salud."""
    active: bool = True
    """An inactive workspace answers nothing and runs no tool."""
    tier: Tier
    """What it pays for: limits and tools follow."""
    timezone: Annotated[str, BeforeValidator(zone_exists)]
    """IANA timezone of its dates and times."""
    currency: str = Field(pattern=r"^[A-Z]{3}$")
    """ISO 4217 currency of its prices."""
    locale: BcpLocale
    """Language of its replies, e.g. es-AR."""
    numbers: tuple[E164, ...] = Field(min_length=1)
    """WhatsApp numbers that customers write to."""
    phone: PhoneRules
    """How local phone numbers are read."""
    services: tuple[Service, ...] = Field(min_length=1)
    """What can be booked."""
    staff: tuple[StaffMember, ...] = ()
    """Who does it; nobody of a business whose customers choose no person: then each service needs a resource, or has a
    capacity."""
    resources: tuple[Resource, ...] = ()
    """Rooms, chairs, bays: what services take while they last."""
    branches: tuple[Branch, ...] = ()
    """Its places, where there are several."""
    not_offered: tuple[str, ...] = ()
    """Words for what customers ask for and the business does not do."""
    hours: Week
    """Weekday (mon … sun) -> opening hours; a missing day is closed."""
    special_days: tuple[SpecialDay, ...] = ()
    """Dates with other hours."""
    closures: tuple[Closure, ...] = ()
    """Days on which it is closed: dates, ranges, days of every year."""
    holidays: Holidays | None = None
    """National holidays, and what they are here."""
    packages: tuple[Offerable, ...] = ()
    """Packages on sale."""
    promotions: tuple[Offerable, ...] = ()
    """Promotions running."""
    address: str = Field(default="", max_length=120)
    """Where it is; empty when customers are to ask a person."""
    payment: str = Field(default="", max_length=120)
    """How to pay; empty when customers are to ask a person."""
    human_contact: str = Field(default="", max_length=80)
    """How to reach a person, e.g. a phone; empty when the team reads the chat."""
    mcp: Mapping[str, str] = Field(min_length=1)
    """Name -> URL of its MCP servers (streamable HTTP). "default" serves tools that name none."""
    tools: tuple[Tool, ...] = Field(min_length=1)
    """Tools that it uses. In YAML a bare name takes the catalogue's row."""
    policy: Policy = Policy()
    """Scopes, forbidden patterns, limits."""
    booking: Booking = Booking()
    """Rules of booking, and how many appointments one customer may have."""
    knowledge: tuple[Knowledge, ...] = ()
    """Questions of customers with their answers."""
    tone: Tone = Tone()
    """How replies sound."""
    wording: Mapping[str, str | tuple[str, ...]] = Field(default_factory=dict)
    """Phrase of the replies -> own wording, or several, the fullest first (docs/manifest.md)."""
    language_model: LanguageModel = LanguageModel()
    """What language models may be asked about its customers."""
    people: tuple[Person, ...] = ()
    """Who is told when a customer needs a person, and who gives orders by WhatsApp."""
    handover: HandoverRules = HandoverRules()
    """How long customers wait for a person, and persons have a conversation."""
    reminders: Reminders | None = None
    """When customers are reminded of their appointments; None for never."""
    retention_days: int = Field(default=365, ge=1, le=3650)
    """Days after which conversations are erased."""

    @model_validator(mode="after")
    def _names_agree(self) -> "Workspace":
        problems = list(_disagreements(self))
        if problems:
            raise ValueError("; ".join(problems))
        return self

    @property
    def zone(self) -> ZoneInfo:
        """Its timezone."""
        return ZoneInfo(self.timezone)

    @property
    def service_names(self) -> tuple[str, ...]:
        """Canonical names of its services, in the manifest's order."""
        return tuple(service.name for service in self.services)

    @property
    def staff_names(self) -> tuple[str, ...]:
        """Canonical names of its staff, in the manifest's order."""
        return tuple(member.name for member in self.staff)

    @property
    def limits(self) -> Limits:
        """Its rate limits: its own where it sets any, or else its tier's."""
        return limits_of(self.tier, self.policy.limits)

    def service(self, name: str) -> Service | None:
        """The service of that canonical name, or None."""
        return next((service for service in self.services if service.name == name), None)

    def person(self, id_: str) -> Person | None:
        """The person of that id, or None."""
        return next((person for person in self.people if person.id == id_), None)

    def person_with(self, phone: str) -> Person | None:
        """The person who has a WhatsApp number, or None. Nobody has the empty one."""
        return next((person for person in self.people if phone and person.whatsapp == phone), None)

    def tool(self, name: str) -> Tool | None:
        """The tool of that name, or None."""
        return next((tool for tool in self.tools if tool.name == name), None)

    def staff_for(self, service_name: str) -> tuple[str, ...]:
        """Canonical names of who does a service; NOBODY of a business that names nobody."""
        if not self.staff:
            return (NOBODY,)
        return tuple(member.name for member in self.staff if service_name in member.service_names)

    def member(self, name: str) -> StaffMember | None:
        """The member of staff of that name, or None."""
        return next((member for member in self.staff if member.name == name), None)

    def minutes_of(self, service_name: str, staff_name: str = "") -> int:
        """How long a service takes with somebody; 0 for one that is unknown."""
        service, member = self.service(service_name), self.member(staff_name)
        own = member.own(service_name) if member else None
        return (own.minutes if own and own.minutes else service.minutes) if service else 0

    def price_of(self, service_name: str, staff_name: str = "") -> Priced | None:
        """What a service costs with somebody; None for one that is unknown."""
        service, member = self.service(service_name), self.member(staff_name)
        own = member.own(service_name) if member else None
        return own if own and own.has_price else service

    def rules(self, service_name: str) -> Rules:
        """The rules of booking that hold for a service."""
        service = self.service(service_name)
        return rules_for(self.booking, service.booking if service else None)

    @property
    def needs_email(self) -> bool:
        """Whether nobody is booked without an e-mail address: as `booking.required` says, or else as the row of
        `book_appointment` does."""
        if self.booking.required is not None:
            return "email" in self.booking.required
        row = self.tool("book_appointment")
        return row is None or "client_email" in row.required_slots

    def hours_on(self, day: date) -> tuple[HourSpan, ...]:
        """Opening hours on a local date, in order; empty when closed."""
        for special in self.special_days:
            if special.date == day:
                return special.hours
        if any(day in closure for closure in self.closures):
            return ()
        if self.holidays and self.holidays.rule_on(day) in ("closed", "ask"):
            return ()
        return self.hours.get(WEEKDAYS[day.weekday()], ())

    def closed_by(self, day: date) -> tuple[DayRule, str] | None:
        """Why a date on which it would be open is closed: what it is, and its name, which may be empty; None when it
        is the week's."""
        if any(special.date == day for special in self.special_days) or self.hours_on(day):
            return None
        if not self.hours.get(WEEKDAYS[day.weekday()]):
            return None
        for closure in self.closures:
            if day in closure:
                return ("closed", closure.name)
        rule = self.holidays.rule_on(day) if self.holidays else None
        return (rule, self.holidays.name_of(day)) if rule and self.holidays else None

    def is_open(self, day: date, at: time) -> bool:
        """Whether it is open at that local date and time."""
        return any(span.start <= at < span.end for span in self.hours_on(day))


def _disagreements(workspace: Workspace) -> list[str]:
    """What in a manifest does not fit together, as messages."""
    services, tools = set(workspace.service_names), {tool.name for tool in workspace.tools}
    found = _repeated("services", workspace.service_names) + _repeated("staff", workspace.staff_names)
    found += _repeated("tools", [tool.name for tool in workspace.tools])
    found += person_problems(workspace.people, workspace.numbers)
    for member in workspace.staff:
        found += _repeated(f"staff {member.name}: services", member.service_names)
        found += [
            f"staff {member.name}: unknown service {name!r}" for name in member.service_names if name not in services
        ]
    found += _of_places(workspace)
    if workspace.limits.customer_writes_per_minute >= workspace.limits.writes_per_minute:
        most = workspace.limits.writes_per_minute
        found.append(f"policy.limits: customer_writes_per_minute must be below writes_per_minute, which is {most}")
    done = {name for member in workspace.staff for name in member.service_names}
    if workspace.staff:
        found += [f"service {name}: nobody does it" for name in workspace.service_names if name not in done]
    else:
        found += [
            f"service {one.name}: expected needs or a capacity, as there is no staff"
            for one in workspace.services
            if not one.needs and one.capacity == 1
        ]
    for tool in workspace.tools:
        if tool.after and tool.after not in tools:
            found.append(f"tool {tool.name}: comes after {tool.after!r}, which is not among the tools")
        if tool.owned_by and "owned_in" in tool.model_fields_set and tool.owned_in.partition(".")[0] not in tools:
            found.append(f"tool {tool.name}: owned_in {tool.owned_in!r}, which is not among the tools")
        if tool.server not in workspace.mcp:
            found.append(f"tool {tool.name}: unknown MCP server {tool.server!r}")
    return found


def _of_places(workspace: Workspace) -> list[str]:
    """What of resources, branches and classes does not fit together."""
    resources, branches = {one.name for one in workspace.resources}, {one.name for one in workspace.branches}
    found = _repeated("resources", [one.name for one in workspace.resources])
    classes = {one.name for one in workspace.services if one.starts is not None}
    found += [
        f"staff {member.name}: {own.name} has starts, and the service has none"
        for member in workspace.staff
        for own in member.services
        if own.starts is not None and own.name not in classes
    ]
    found += _repeated("branches", [one.name for one in workspace.branches])
    found += [
        f"service {service.name}: needs {name!r}, which is not among the resources"
        for service in workspace.services
        for name in service.needs
        if name not in resources
    ]
    found += [
        f"staff {member.name}: branch {member.branch!r}, which is not among the branches"
        for member in workspace.staff
        if member.branch not in branches | {""}
    ]
    if branches:
        found += [
            f"staff {member.name}: expected a branch, as there are several"
            for member in workspace.staff
            if not member.branch
        ]
    return found


def _repeated(what: str, names: tuple[str, ...] | list[str]) -> list[str]:
    return [f"{what}: {name!r} appears twice" for name, count in sorted(Counter(names).items()) if count > 1]
