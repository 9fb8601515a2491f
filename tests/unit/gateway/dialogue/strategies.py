"""Random messages, as far as they mean anything to the engine."""

from hypothesis import strategies as st

from gateway.domain.turn_types import Extraction
from tests.unit.gateway.dialogue.builders import BEARD, CUT, FRIDAY, NAILS, OTHER, OWN, THURSDAY, meaning
from turn.meaning import ACTS, Doubt, GivenDatum, Item, Meaning, People
from turn.model import Slots
from turn.vocabulary import INTENTS, Intent, Polarity, Topic

NEW_IDS = tuple(f"PB-N{number:05}" for number in range(1, 4))
"""Ids of what is booked in the conversation."""
USUAL = ("book", "availability", "change", "cancel", "undo", "confirm", "deny", "choose", "give", "refuse", "ask")
DAYS = (
    THURSDAY, FRIDAY, f"{THURSDAY}|{FRIDAY}", f"!{THURSDAY}", "2026-03-14..2026-03-18", ">=2026-03-16", "earliest",
    "any", "weekly:fri", f"{FRIDAY}T10:00", "2026-03-10", "2026-12-24",
)  # fmt: skip
TIMES = ("10:00", "11:00", "16:00", "10:00|12:00", ">=15:00", "!10:00", "morning", "evening", "any", "latest", "23:00")
ITEMS = (
    CUT, BEARD, NAILS, Item("", ("Carlos",)), Item("", ("any",)), Item("", (), ("Sofía",)), Item("Barba", who="hija"),
    Item("Barba", who="Leo"), Item("Corte de Cabello", ("Sofía",), (), "writer"), Item("same", ("same",)),
    Item("", who="hija"), Item("Barba", times=("11:00",)), Item("Manicura", ("Carlos",), days=(FRIDAY,)),
)  # fmt: skip
REFERENCES = (
    "offer:1", "offer:2", "offer:9", "any", "none", "another", "all", "both", "appointment:PB-ZZZZZZ",
    *(f"{kind}:{id_}" for kind in ("appointment", "done") for id_ in (OWN.id, OTHER.id, *NEW_IDS)),
)  # fmt: skip
DATA = (
    GivenDatum("client_name", "Ana Paz"),
    GivenDatum("client_name", "Leo"),
    GivenDatum("client_email", "leo@test.com"),
    GivenDatum("client_phone", "+5491155551234"),
)
DOUBTS = (
    Doubt("days", "conflict", 0, 0, (THURSDAY, FRIDAY)),
    Doubt("days", "no_such_day"),
    Doubt("times", "unread"),
    Doubt("items", "ambiguous"),
    Doubt("data", "doubted", 0, 0, ("leo@test.com",)),
    Doubt("refers_to", "conflict", 0, 0, ("offer:1", "offer:2")),
    Doubt("refers_to", "conflict", 0, 0, (f"appointment:{OWN.id}", f"appointment:{OTHER.id}")),
    Doubt("text", "over_budget"),
)


def some(values: tuple[object, ...], most: int = 1) -> st.SearchStrategy[tuple[object, ...]]:
    """Often nothing, otherwise a few."""
    return st.just(()) | st.lists(st.sampled_from(values), min_size=1, max_size=most, unique=True).map(tuple)


meanings: st.SearchStrategy[Meaning] = st.builds(
    lambda acts, **more: meaning(*acts, **more),
    st.lists(st.sampled_from(USUAL) | st.sampled_from(ACTS), min_size=1, max_size=3),
    days=some(DAYS),
    times=some(TIMES),
    items=some(ITEMS, 3),
    people=st.sampled_from([None, None, None, People(2, True), People(3, False)]),
    refers_to=some(REFERENCES, 2),
    subjects=some(("price", "hours", "own_appointments", "health")),
    data=some(DATA, 2),
    doubts=st.sampled_from([(), (), (), *((doubt,) for doubt in DOUBTS)]),
)
slots = st.builds(
    Slots,
    service_type=st.sampled_from([None, None, "Barba"]),
    preferred_date=st.sampled_from([None, None, FRIDAY]),
    preferred_time=st.sampled_from([None, None, "16:00"]),
    staff_name=st.sampled_from([None, None, None, "Sofía"]),
)
noise = st.builds(
    Extraction,
    st.sampled_from([Intent.OTHER, Intent.BOOK, *INTENTS]),
    slots=slots,
    polarity=st.sampled_from([Polarity.UNSPECIFIED, *Polarity]),
    topic=st.sampled_from([*[Topic.UNSPECIFIED] * 6, *Topic]),
    language=st.sampled_from(["", "es", "pt"]),
    more_services=some(("Barba", "Manicura")),
    meaning=meanings,
)


def plain(**more: st.SearchStrategy[object]) -> st.SearchStrategy[Extraction]:
    """A message as an ordinary customer means it."""
    acts = more.pop("acts")
    means = st.builds(lambda act, **values: meaning(act, **values), acts, **more)
    return st.builds(Extraction, st.just(Intent.OTHER), meaning=means)


one_service = st.sampled_from([(CUT,), (BEARD,), (NAILS,), (CUT, BEARD)])
day = st.sampled_from([(THURSDAY,), (FRIDAY,), (f"{THURSDAY}|{FRIDAY}",), ("earliest",)])
hour = st.sampled_from([("10:00",), ("11:00",), ("16:00",), ("morning",)])
whole = st.just((DATA[0], DATA[2]))
own_ids = st.sampled_from([(f"appointment:{id_}",) for id_ in (OWN.id, OTHER.id, *NEW_IDS)])
usual = st.one_of(
    plain(acts=st.just("book"), items=one_service, days=day, times=hour, data=whole),
    plain(acts=st.sampled_from(["book", "availability"]), items=one_service, days=day, times=hour),
    plain(acts=st.just("book"), items=one_service),
    plain(acts=st.sampled_from(["give", "change"]), days=day),
    plain(acts=st.sampled_from(["give", "change"]), times=hour),
    plain(acts=st.sampled_from(["give", "change"]), days=day, times=hour),
    plain(acts=st.just("give"), data=whole),
    plain(acts=st.sampled_from(["change", "cancel"]), refers_to=own_ids),
    plain(acts=st.just("change"), refers_to=own_ids, times=hour),
    plain(acts=st.just("choose"), refers_to=st.sampled_from([("offer:1",), ("offer:2",), ("any",), ("none",)])),
    plain(acts=st.sampled_from(["cancel", "undo", "deny", "refuse", "defer"])),
    plain(acts=st.just("cancel"), refers_to=st.sampled_from([("all",), ("both",)])),
    plain(acts=st.just("confirm")),
    plain(acts=st.just("confirm")),
    plain(acts=st.just("undo")),
)
readings = usual | usual | noise
"""Half sense, half noise."""
