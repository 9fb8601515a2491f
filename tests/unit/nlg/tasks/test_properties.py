"""What holds for every reply of the second form, whatever comes in and in every language."""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from nlg.compose import compose
from nlg.schema_validation import check
from nlg.turn import ReplyTurn
from nlg.writing.render import LIST_CHARS, MAX_CHARS
from tests.unit.nlg.builders import NOW, PHRASES
from tests.unit.nlg.builders import VET as FIRST_VET
from tests.unit.nlg.tasks.build import OF_THE_FORM, SALON
from tests.unit.nlg.test_properties import DATES, NAMES, OUTPUTS, TIMES, long_winded
from tests.unit.nlg.test_templates import DONE_WORDS
from turn import steps
from turn.meaning import ACTS, SUBJECTS, Act, Doubt, Item, KnownAppointment, Meaning, People
from turn.model import Action, ConversationState, Decision, Observation
from turn.tasks import KINDS, Customer, Dialogue, Placed, Proposal, Task, Written
from turn.vocabulary import INTENTS, Outcome, Stage, Status, Topic

LONG = long_winded()
WORKSPACES = (
    SALON,
    FIRST_VET.model_copy(update={"tools": (*FIRST_VET.tools, *OF_THE_FORM)}),
    LONG.model_copy(update={"tools": SALON.tools}),
)
WRITES = tuple(tool.name for tool in OF_THE_FORM if tool.effect == "write")
SERVICES = st.sampled_from((*SALON.service_names[:3], *LONG.service_names[:2], "same", "", "Masaje {x}?"))
STAFF = st.sampled_from((*SALON.staff_names, *LONG.staff_names[:2], "any", ""))
IDS = st.sampled_from(("PB-AAAAAA", "PB-BBBBBB", "PB-CCCCCC", ""))
DAYS = st.sampled_from(("2026-03-12", "2026-03-15", "2026-03-12|2026-03-13", "<2026-03-20", "any", "2026-03-13T10:00"))
HOURS = st.sampled_from(("10:00", "18:45", ">=17:00", "morning", "any", "latest", "10:00..12:00", "!10:00"))
KNOWN = st.builds(KnownAppointment, IDS, SERVICES, DATES, TIMES, STAFF, NAMES)
PLACED = st.builds(
    Placed, SERVICES, st.sampled_from(("2026-03-12", "2026-03-13")), st.sampled_from(("10:00", "11:30")), STAFF, NAMES
)
PROPOSALS = st.lists(PLACED, min_size=1, max_size=4).map(lambda items: Proposal(tuple(items)))
ITEMS = st.builds(
    Item,
    SERVICES,
    st.lists(STAFF, max_size=2).map(tuple),
    st.just(()),
    NAMES,
    st.lists(DAYS, max_size=1).map(tuple),
    st.lists(HOURS, max_size=1).map(tuple),
)
DOUBTS = st.builds(
    Doubt,
    st.sampled_from(("days", "times", "items", "refers_to", "data", "text")),
    st.sampled_from(("conflict", "contradiction", "no_such_day", "unread", "ambiguous", "too short")),
    st.just(0),
    st.just(0),
    st.lists(
        st.one_of(DATES, TIMES, NAMES, st.sampled_from(("offer:1", "offer:9", "appointment:PB-AAAAAA"))), max_size=3
    ).map(tuple),
)  # fmt: skip
TASKS = st.builds(
    Task,
    kind=st.sampled_from(KINDS),
    items=st.lists(ITEMS, max_size=6).map(tuple),
    days=st.lists(DAYS, max_size=2).map(tuple),
    times=st.lists(HOURS, max_size=2).map(tuple),
    people=st.integers(0, 7),
    targets=st.lists(IDS, max_size=3).map(tuple),
    email=st.sampled_from(("", "ana@example.com")),
    offers=st.lists(PROPOSALS, max_size=4).map(tuple),
    chosen=st.one_of(st.none(), PROPOSALS),
    times_asked=st.integers(0, 6),
    doubts=st.lists(DOUBTS, max_size=2).map(tuple),
)
CUSTOMERS = st.builds(
    Customer,
    name=NAMES,
    masked_email=st.sampled_from(("", "a***z@example.com")),
    last_service=SERVICES,
    appointments=st.lists(KNOWN, max_size=8).map(tuple),
    cancelled=st.lists(KNOWN, max_size=2).map(tuple),
)
WRITTEN = st.builds(
    Written,
    st.sampled_from(KINDS),
    st.just("2026-03-11T12:00:00Z"),
    st.one_of(st.none(), KNOWN),
    st.one_of(st.none(), KNOWN),
)
DIALOGUES = st.builds(
    Dialogue,
    tasks=st.lists(TASKS, max_size=2).map(tuple),
    done=st.lists(WRITTEN, max_size=2).map(tuple),
    customer=st.one_of(st.none(), CUSTOMERS),
    name=NAMES,
    email=st.sampled_from(("", "ana@example.com")),
)
MEANINGS = st.builds(
    Meaning,
    acts=st.lists(st.sampled_from(ACTS).map(lambda kind: Act(kind, 0, 1)), max_size=3).map(tuple),
    days=st.lists(DAYS, max_size=2).map(tuple),
    times=st.lists(HOURS, max_size=2).map(tuple),
    items=st.lists(ITEMS, max_size=4).map(tuple),
    people=st.one_of(st.none(), st.builds(People, st.integers(1, 9), st.booleans())),
    subjects=st.lists(st.sampled_from(SUBJECTS), max_size=3, unique=True).map(tuple),
)
APPOINTMENTS = st.fixed_dictionaries(
    {},
    optional={
        "booking_id": IDS,
        "service_type": SERVICES,
        "date": DATES,
        "time": TIMES,
        "staff_name": STAFF,
        "client_name": NAMES,
        "masked_email": st.sampled_from(("a***z@example.com", None)),
        "price_min": st.one_of(st.none(), st.floats(0, 10**9)),
        "price_max": st.one_of(st.none(), st.floats(0, 10**12)),
    },
)
REASONS = st.sampled_from(
    ("NO_FREE_TIMES", "TAKEN", "CLOSED", "PAST", "TOO_FAR", "OUTSIDE_HOURS", "OWN_APPOINTMENT", "NO_OTHER_STAFF",
     "STAFF_DOES_NOT_DO", "EMAIL_REQUIRED", "TOO_MANY_ITEMS", "TOO_MANY_OPEN", "NOT_FOUND", "TOO_LATE", "NEW_REASON")
)  # fmt: skip
ANSWERS = st.fixed_dictionaries(
    {"ok": st.booleans()},
    optional={
        "reason": REASONS,
        "because": REASONS,
        "item": st.one_of(st.floats(allow_nan=False, allow_infinity=False), st.just("x")),
        "most": st.one_of(st.just(6.0), st.none()),
        "already": st.booleans(),
        "appointments": st.lists(APPOINTMENTS, max_size=6),
        "appointment": st.one_of(APPOINTMENTS, st.none()),
        "before": st.one_of(APPOINTMENTS, st.none()),
        "after": st.one_of(APPOINTMENTS, st.none()),
        "changed": st.lists(
            st.sampled_from(("date", "time", "service_type", "staff_name", "client_name", "client_email")), max_size=6
        ),
        "proposals": st.lists(st.fixed_dictionaries({"items": st.lists(APPOINTMENTS, max_size=2)}), max_size=2),
        "staff": st.lists(STAFF, max_size=3),
        **{name: st.one_of(TIMES, SERVICES) for name in ("time", "service_type", "booking_id")},
    },
)
ARGS = st.fixed_dictionaries(
    {},
    optional={
        "items": st.lists(APPOINTMENTS, max_size=3),
        "days": st.lists(DAYS, max_size=2),
        "times": st.lists(HOURS, max_size=2),
        "booking_id": IDS,
        "booking_ids": st.lists(IDS, max_size=3),
        "preferred_date": DATES,
        "preferred_time": TIMES,
        "staff_name": STAFF,
    },
)
TOOLS = st.sampled_from(tuple(tool.name for tool in SALON.tools))
OBSERVATIONS = st.builds(
    Observation,
    tool=TOOLS,
    status=st.sampled_from((Status.OK, Status.OK, Status.OK, Status.OK, *Status)),
    output=st.one_of(ANSWERS, OUTPUTS),
    args=ARGS,
    decision=st.builds(Decision, st.sampled_from(Outcome), st.sampled_from(("", "RATE_LIMITED", "NOT_OWNER"))),
)
TURNS = st.builds(
    ReplyTurn,
    intent=st.sampled_from(INTENTS),
    now=st.just(NOW),
    topic=st.sampled_from((*[Topic.UNSPECIFIED] * 3, *Topic)),
    actions=st.lists(st.builds(Action, TOOLS, ARGS), max_size=2).map(tuple),
    needs_confirmation=st.booleans(),
    observations=st.lists(OBSERVATIONS, max_size=3).map(tuple),
    state=st.builds(
        ConversationState, dialogue=DIALOGUES, misses=st.integers(0, 4), stage=st.sampled_from(tuple(Stage))
    ),
    meaning=MEANINGS,
    next_step=st.sampled_from(steps.STEPS),
    notes=st.lists(st.sampled_from(steps.NOTES), max_size=3, unique=True).map(tuple),
)
LOCALES = st.sampled_from(sorted(PHRASES))
DENIES = {steps.KEPT, steps.DEFERRED}
"""Notes of which it is said that nothing was booked or cancelled."""


@given(TURNS, st.integers(0, len(WORKSPACES) - 1), LOCALES)
@settings(max_examples=120)
def test_every_reply_keeps_the_promises(what: ReplyTurn, business: int, locale: str) -> None:
    workspace = WORKSPACES[business]
    reply = compose(what, workspace, PHRASES[locale])
    check(reply)
    assert 0 < len(reply.message) <= (LIST_CHARS if reply.lists > 1 else MAX_CHARS)
    assert reply.message.count("?") <= 1
    if reply.requires_human:
        assert reply.handover_reason
    done = [seen for seen in what.observations if seen.status is Status.OK and seen.output.get("ok") is True]
    writes = any(not (tool := workspace.tool(seen.tool)) or tool.effect == "write" for seen in done)
    if not writes and not DENIES & set(what.notes):
        assert not DONE_WORDS.search(reply.message)
    assert reply == compose(what, workspace, PHRASES[locale])


@given(TURNS, LOCALES)
@settings(max_examples=40)
def test_whatever_is_offered_is_in_the_message(what: ReplyTurn, locale: str) -> None:
    reply = compose(what, SALON, PHRASES[locale])
    for offer in reply.offers:
        assert offer.time in reply.message or not reply.message.endswith("…")


@given(st.sampled_from(WRITES), st.sampled_from([status for status in Status if status is not Status.OK]), ANSWERS)
@settings(max_examples=60)
def test_a_write_without_a_good_end_is_never_told_as_done(tool: str, status: Status, output: dict[str, Any]) -> None:
    seen = Observation(tool, status, {**output, "ok": True})
    what = ReplyTurn(INTENTS[0], NOW, observations=(seen,), meaning=Meaning())
    assert not DONE_WORDS.search(compose(what, SALON, PHRASES["es-AR"]).message)
