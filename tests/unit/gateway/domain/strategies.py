"""Random values of the gateway's types."""

from dataclasses import replace

from hypothesis import strategies as st

from gateway.domain.turn_types import Composed, Decided, Extraction, PlanResult
from tests.unit.turn import strategies as second_form
from turn.model import SLOT_NAMES, Action, BookingChoice, ConversationState, Decision, Observation, Offer, Slots
from turn.steps import STEPS
from turn.vocabulary import Intent, Outcome, PartOfDay, Polarity, Stage, Status, Topic

WRITES = frozenset({"book_appointment", "cancel_appointment", "reschedule_appointment"})
TOOLS = (*sorted(WRITES), "check_service_availability", "find_appointment_by_phone")
values = st.sampled_from(["a", "b", "2026-03-12", "10:00"])
slots = st.builds(Slots, **{name: st.none() | values for name in SLOT_NAMES})
names = st.lists(st.sampled_from(SLOT_NAMES), max_size=3, unique=True).map(tuple)
intents = st.sampled_from(Intent)
actions = st.builds(Action, st.sampled_from(TOOLS), st.dictionaries(st.sampled_from(SLOT_NAMES), values, max_size=2))
offers = st.lists(st.builds(Offer, values, values), max_size=3).map(tuple)
booking_choices = st.lists(st.builds(BookingChoice, values, values, values, values), max_size=3).map(tuple)
services = st.lists(values, max_size=2, unique=True).map(tuple)
states = st.builds(
    ConversationState,
    active_intent=st.sampled_from([Intent.UNSPECIFIED, Intent.BOOK, Intent.CANCEL, Intent.RESCHEDULE]),
    slots=slots,
    asked_slot=st.sampled_from(["", *SLOT_NAMES]),
    pending=st.lists(actions, max_size=2).map(tuple),
    offers=offers,
    part_of_day=st.sampled_from(PartOfDay),
    choices=st.sampled_from([(), (Intent.BOOK, Intent.CANCEL)]),
    booking_choices=booking_choices,
    last_booking_id=st.sampled_from(["", "PB-AAAAAA"]),
    stage=st.sampled_from(Stage),
    locale=st.sampled_from(["", "pt-BR", "en"]),
    misses=st.integers(0, 5),
    next_services=services,
    group_id=st.sampled_from(("", "PB-FIRST0")),
)
states_with_dialogue = st.builds(
    lambda state, dialogue: replace(state, dialogue=dialogue), states, second_form.dialogues
)
extractions = st.builds(
    Extraction,
    intent=intents,
    slots=slots,
    removed=names,
    polarity=st.sampled_from(Polarity),
    confidence=st.floats(0, 1),
    alternatives=st.lists(st.tuples(intents, st.floats(0, 1)), max_size=2).map(tuple),
    topic=st.sampled_from(Topic),
    part_of_day=st.sampled_from(PartOfDay),
    language=st.sampled_from(["", "es", "pt", "en"]),
    asked_day=st.sampled_from([None, "2026-03-14"]),
    more_services=services,
)
texts = st.sampled_from(["", "la primera", "el último", "2", "sí", "no, dejá", "hola"])
outputs: st.SearchStrategy[dict[str, object]] = st.just({}) | st.fixed_dictionaries(
    {"ok": st.booleans(), "booking_id": values}
)
decisions = st.builds(Decision, st.sampled_from(Outcome), st.just(""), names)
observations = st.builds(Observation, st.sampled_from(TOOLS), st.sampled_from(Status), outputs, decision=decisions)
plans = st.builds(
    PlanResult,
    st.lists(actions, max_size=3).map(tuple),
    st.booleans(),
    names,
    next_step=st.sampled_from(STEPS),
    offers=second_form.several_proposals,
)
known = st.builds(
    lambda read, meaning, customer: replace(read, meaning=meaning, customer=customer),
    extractions,
    st.none() | second_form.meanings,
    st.none() | second_form.customers,
)
decided = st.builds(Decided, extractions | known, st.lists(plans, min_size=1, max_size=3).map(tuple))
composed = st.builds(Composed, st.just("hola"), st.sampled_from(Stage), offers=offers)
