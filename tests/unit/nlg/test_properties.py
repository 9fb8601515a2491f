"""What holds for every reply, whatever comes in and in every language."""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from nlg.compose import compose
from nlg.schema_validation import check
from nlg.turn import ReplyTurn
from nlg.writing.render import MAX_CHARS
from tests.unit.nlg.builders import HAIRCUT, NOW, PHRASES, SALON, SHAVE, VET
from tests.unit.nlg.test_templates import DONE_WORDS
from turn.model import SLOT_NAMES, Action, ConversationState, Decision, Observation, Slots
from turn.tools import BOOK, BOOK_ALL, CANCEL, CANCEL_ALL, CHANGE, RESCHEDULE, RESTORE
from turn.vocabulary import INTENTS, Intent, Outcome, PartOfDay, Status, Topic
from workspace.model import Service, Workspace
from workspace.parts.people import StaffMember

WRITES = (BOOK, RESCHEDULE, CANCEL)
ALL_WRITES = (*WRITES, BOOK_ALL, CHANGE, CANCEL_ALL, RESTORE)
TOOLS = (*(tool.name for tool in SALON.tools), "send_invoice")


def long_winded() -> Workspace:
    """A business whose every name is as long as the manifest lets it be."""
    services = tuple(
        Service(name=f"{n} {'Tratamiento ' * 5}"[:59] + "x", minutes=45, price_min=10**9 - 1, price_max=10**10 - 1)
        for n in range(9)
    )
    staff = tuple(
        StaffMember(name=f"{n} {'Wolfeschlegel ' * 3}"[:39] + "x", services=tuple(one.name for one in services))
        for n in range(9)
    )
    changes: dict[str, Any] = {
        "services": services,
        "staff": staff,
        "name": "N" * 40,
        "address": "A" * 120,
        "payment": "P" * 120,
        "human_contact": "C" * 80,
    }
    return SALON.model_copy(update=changes)


WORKSPACES = (SALON, VET, long_winded())
NAMES = st.one_of(
    st.sampled_from([name for one in WORKSPACES for name in (*one.service_names[:3], *one.staff_names[:3])]),
    st.text(max_size=400),
    st.just("{service} {0} {"),
)
DATES = st.sampled_from(("2026-03-12", "2026-03-15", "2026-03-09", "2026-09-18", "2029-01-01", "mañana", ""))
TIMES = st.sampled_from(("15:00", "09:30", "22:00", "12:45", "tarde", ""))
TEXTS = st.one_of(NAMES, DATES, TIMES, st.just("PB-AAAAAA"))
ANYTHING = st.one_of(TEXTS, st.none(), st.booleans(), st.floats(), st.lists(TEXTS, max_size=3))
OF_SLOT = {"preferred_date": DATES, "preferred_time": TIMES, "booking_id": st.just("PB-AAAAAA")}
SLOTS = st.fixed_dictionaries({}, optional={name: OF_SLOT.get(name, NAMES) for name in SLOT_NAMES})
ROWS = st.lists(
    st.one_of(
        st.sampled_from((HAIRCUT, SHAVE)),
        st.fixed_dictionaries(
            {},
            optional={
                "booking_id": ANYTHING,
                "service_type": NAMES,
                "name": NAMES,
                "description": NAMES,
                "date": DATES,
                "time": TIMES,
                "staff_name": ANYTHING,
                "minutes": ANYTHING,
                "price": ANYTHING,
                "price_min": st.integers(0, 10**12),
                "price_max": ANYTHING,
                "staff": ANYTHING,
                "day": st.sampled_from(("mon", "sat", "x")),
                "hours": st.lists(st.sampled_from(("09:00-13:00", "14:00-24:00", "x")), max_size=3),
                "times": st.lists(TIMES, max_size=5),
            },
        ),
    ),
    max_size=6,
)
OUTPUTS = st.fixed_dictionaries(
    {"ok": st.booleans()},
    optional={
        **dict.fromkeys(
            ("services", "appointments", "days", "special", "promotions", "packages", "next"), st.one_of(ROWS, ANYTHING)
        ),
        "times": st.one_of(st.lists(TIMES, max_size=40), ANYTHING),
        "reason": st.sampled_from(
            ("TAKEN", "CLOSED", "PAST", "NOT_FOUND", "NOT_OFFERED", "STAFF_DOES_NOT_DO", "TOO_MANY_OPEN")
        ),
        "date": DATES,
        "time": TIMES,
        "service_type": NAMES,
        "staff_name": ANYTHING,
        "client_name": NAMES,
        "booking_id": ANYTHING,
    },
)
ACTIONS = st.builds(
    Action, st.sampled_from(TOOLS), st.fixed_dictionaries({}, optional=dict.fromkeys(SLOT_NAMES, TEXTS))
)
OBSERVATIONS = st.builds(
    Observation,
    tool=st.sampled_from(TOOLS),
    status=st.sampled_from((Status.OK, Status.OK, Status.OK, *Status)),
    output=OUTPUTS,
    args=SLOTS,
    decision=st.builds(
        Decision,
        st.sampled_from(Outcome),
        st.sampled_from(("", "RATE_LIMITED", "NOT_OWNER")),
        st.lists(st.sampled_from(SLOT_NAMES), max_size=2).map(tuple),
    ),
)
STATES = st.builds(
    ConversationState,
    active_intent=st.sampled_from(Intent),
    slots=SLOTS.map(lambda said: Slots(**said)),
    pending=st.lists(ACTIONS, max_size=1).map(tuple),
    part_of_day=st.sampled_from(PartOfDay),
    misses=st.integers(0, 3),
)
TURNS = st.builds(
    ReplyTurn,
    intent=st.sampled_from(INTENTS),
    now=st.just(NOW),
    topic=st.sampled_from((*[Topic.UNSPECIFIED] * 3, *Topic)),
    actions=st.lists(ACTIONS, max_size=2).map(tuple),
    needs_confirmation=st.booleans(),
    missing_slots=st.lists(st.sampled_from((*SLOT_NAMES, "shoe_size")), max_size=4, unique=True).map(tuple),
    observations=st.lists(OBSERVATIONS, max_size=3).map(tuple),
    state=STATES,
    choices=st.sampled_from(((), (Intent.BOOK, Intent.CANCEL), (Intent.OTHER,))),
    said=SLOTS,
)
BUSINESSES = st.integers(0, len(WORKSPACES) - 1)
LOCALES = st.sampled_from(sorted(PHRASES))


@given(TURNS, BUSINESSES, LOCALES)
@settings(max_examples=300)
def test_every_reply_keeps_the_promises(what: ReplyTurn, business: int, locale: str) -> None:
    workspace = WORKSPACES[business]
    reply = compose(what, workspace, PHRASES[locale])
    check(reply)
    assert 0 < len(reply.message) <= MAX_CHARS
    assert reply.message.strip()
    confirming = what.needs_confirmation and any(
        action.tool in (*ALL_WRITES, "send_invoice") for action in what.actions
    )
    assert reply.message.count("?") <= (2 if confirming else 1)
    done = [seen for seen in what.observations if seen.status is Status.OK and seen.output.get("ok") is True]
    if not any(seen.tool in ALL_WRITES for seen in done):
        assert not DONE_WORDS.search(reply.message)
    assert reply == compose(what, workspace, PHRASES[locale])


@given(TURNS, BUSINESSES)
@settings(max_examples=200)
def test_every_offer_was_seen_and_is_in_the_message(what: ReplyTurn, business: int) -> None:
    reply = compose(what, WORKSPACES[business], PHRASES["es-AR"])
    seen = {text for one in what.observations if one.status is Status.OK for text in _texts(one.output)}
    for offer in reply.offers:
        assert offer.time in seen
        assert offer.time in reply.message


def _texts(value: object) -> list[str]:
    if isinstance(value, str):
        return [value]
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list | tuple) else ()
    return [text for item in inner for text in _texts(item)]


@given(st.sampled_from(WRITES), st.sampled_from([status for status in Status if status is not Status.OK]), OUTPUTS)
@settings(max_examples=60)
def test_a_write_without_a_good_end_is_never_told_as_done(tool: str, status: Status, output: dict[str, Any]) -> None:
    seen = Observation(tool, status, {**output, "ok": True})
    for intent in (Intent.BOOK, Intent.RESCHEDULE, Intent.CANCEL):
        message = compose(ReplyTurn(intent, NOW, observations=(seen,)), SALON, PHRASES["es-AR"]).message
        assert not DONE_WORDS.search(message)
