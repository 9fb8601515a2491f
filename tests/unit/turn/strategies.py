"""Random values of the second form: readings, tasks and dialogues."""

from hypothesis import strategies as st

from turn.meaning import (
    ACTS,
    SUBJECTS,
    Act,
    Doubt,
    GivenDatum,
    Item,
    KnownAppointment,
    Meaning,
    People,
)
from turn.tasks import KINDS, Customer, Dialogue, Placed, Proposal, Task, Written
from turn.vocabulary import HowGiven

texts = st.text(st.characters(codec="utf-8"), max_size=8)
lists = st.lists(texts, max_size=3).map(tuple)
places = st.integers(0, 4096)
items = st.builds(Item, texts, lists, lists, texts, lists, lists)
doubts = st.lists(st.builds(Doubt, texts, texts, places, places, lists), max_size=2).map(tuple)
hows = st.sampled_from([how.value for how in HowGiven])
meanings = st.builds(
    Meaning,
    acts=st.lists(st.builds(Act, st.sampled_from(ACTS), places, places), max_size=3).map(tuple),
    days=lists,
    times=lists,
    items=st.lists(items, max_size=2).map(tuple),
    people=st.none() | st.builds(People, st.integers(1, 9), st.booleans()),
    refers_to=lists,
    subjects=st.lists(st.sampled_from(SUBJECTS), max_size=2).map(tuple),
    data=st.lists(st.builds(GivenDatum, texts, texts, hows), max_size=2).map(tuple),
    unread=st.lists(st.tuples(places, places), max_size=2).map(tuple),
    doubts=doubts,
)
appointments = st.builds(KnownAppointment, texts, texts, texts, texts, texts, texts)
proposals = st.lists(st.builds(Placed, texts, texts, texts, texts, texts), min_size=1, max_size=2).map(
    lambda placed: Proposal(tuple(placed))
)
several_appointments = st.lists(appointments, max_size=2).map(tuple)
several_proposals = st.lists(proposals, max_size=2).map(tuple)
plain_tasks = st.builds(
    Task,
    kind=st.sampled_from(KINDS),
    items=st.lists(items, max_size=2).map(tuple),
    days=lists,
    times=lists,
    targets=lists,
    name=texts,
    email=texts,
    offers=several_proposals,
    chosen=st.none() | proposals,
    rejected=lists,
    asked=texts,
    times_asked=st.integers(0, 9),
    refused=lists,
    inquires=st.booleans(),
    doubts=doubts,
    undoes=st.booleans(),
)
group_tasks = st.builds(Task, kind=st.sampled_from(KINDS), people=st.integers(1, 9), writer=st.booleans())
written = st.builds(Written, st.sampled_from(KINDS), texts, st.none() | appointments, st.none() | appointments)
customers = st.builds(Customer, texts, texts, texts, texts, several_appointments, several_appointments, texts)
dialogues = st.builds(
    Dialogue,
    tasks=st.lists(plain_tasks | group_tasks, max_size=2).map(tuple),
    done=st.lists(written, max_size=2).map(tuple),
    customer=st.none() | customers,
    name=texts,
    email=texts,
    phone=texts,
    spoken_of=texts,
    spoken_of_together=st.lists(texts, max_size=3).map(tuple),
)
