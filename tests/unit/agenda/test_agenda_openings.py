"""The one calculation of free times, with all rules, compared with a slow and simple reading."""

import os

import pytest

from agenda.booking.openings import Calendar, Need, Slot, cell_minutes
from tests.unit.agenda.random_agendas import ByHand, Case, random_case

AGENDAS = int(os.environ.get("AGENDAS", "12"))


def starts(case: Case, need: Need, staff: str) -> list[int]:
    """What the calculation says."""
    return Calendar(case.workspace, case.absences, case.now).day(case.day, case.taken).starts(need, staff)


@pytest.mark.parametrize("group", range(5))
def test_the_free_times_of_random_agendas_are_those_found_by_hand(group: int) -> None:
    some = 0
    for seed in range(group * AGENDAS, (group + 1) * AGENDAS):
        case = random_case(seed, cell_minutes)
        by_hand = ByHand(case)
        for service in case.workspace.services:
            for staff in case.workspace.staff_for(service.name):
                for places in (1, 2) if service.capacity > 1 else (1,):
                    found = starts(case, Need(service.name, places), staff)
                    assert found == by_hand.starts(Need(service.name, places), staff), (seed, service.name, staff)
                    some += bool(found)
    assert some > AGENDAS / 4, "most agendas have free times"


def test_what_a_slot_takes_is_free_and_nobody_else_can_have_it() -> None:
    for seed in range(AGENDAS):
        case = random_case(seed, cell_minutes)
        calendar = Calendar(case.workspace, case.absences, case.now)
        agenda = calendar.day(case.day, case.taken)
        for service in case.workspace.services:
            need = Need(service.name)
            for staff in case.workspace.staff_for(service.name):
                for start in agenda.starts(need, staff)[:2]:
                    slot = agenda.slot(need, staff, start)
                    assert isinstance(slot, Slot)
                    assert not any(unit in case.taken and _overlaps(case, unit, slot) for unit in slot.units), seed
                    assert len(set(slot.units)) == len(slot.units)


def _overlaps(case: Case, unit: str, slot: Slot) -> bool:
    return any(
        unit in one.units and one.start < slot.end + slot.after and slot.start - slot.before < one.end
        for one in case.booked
    )
