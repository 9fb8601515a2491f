"""How the items of one visit fit into a day: each with its hour and its member of staff. Pure.

The items of one person follow one another without a gap, in the order given where that fits, otherwise in another.
Several persons begin together, or, where staff does not allow it, each when somebody before them is done.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from agenda.booking.openings import DayAgenda, Need, Slot

MOST_ITEMS = 10
"""How many items a visit may have."""
STEPS_OF_VISIT, STEPS = 500, 10_000
"""How many placements of an item are tried for one visit, and for all of a search, so that none takes long. Ordinary
searches need a few hundred."""


@dataclass
class Allowance:
    """How much may still be searched."""

    left: int = STEPS
    of_visit: int = STEPS_OF_VISIT

    def next_visit(self) -> None:
        """Begins another visit."""
        self.of_visit = STEPS_OF_VISIT

    def take(self) -> bool:
        """Takes one step, if there is one."""
        if min(self.left, self.of_visit) <= 0:
            return False
        self.left, self.of_visit = self.left - 1, self.of_visit - 1
        return True


@dataclass(frozen=True)
class Item:
    """A service for a person."""

    service_type: str
    """Canonical name."""
    staff: tuple[str, ...]
    """Who may do it, in the order of preference between equally busy ones."""
    person: str = ""
    """Whose it is; empty for who writes."""
    places: int = 1
    """Places of a class."""

    @property
    def need(self) -> Need:
        """What it takes, whoever does it."""
        return Need(self.service_type, self.places)


@dataclass(frozen=True)
class Placed:
    """An item with its hour and its member of staff."""

    item: Item
    slot: Slot

    @property
    def start(self) -> int:
        """Minute of the day."""
        return self.slot.start

    @property
    def staff_name(self) -> str:
        """Who does it."""
        return self.slot.staff

    @property
    def end(self) -> int:
        """The minute at which it ends."""
        return self.slot.end


class DayPlan:
    """Places visits on one day."""

    def __init__(self, agenda: DayAgenda, may_begin: Callable[[Item, Slot], bool], allowance: Allowance) -> None:
        """`may_begin`: whether an item can be where it would go, as far as the customer's wishes and other appointments
        of theirs go. `allowance` is shared by the days of a search."""
        self._agenda = agenda
        self._load = {name: len(cells) for name, cells in agenda.taken.items()}
        self._may_begin = may_begin
        self._allowance = allowance
        self._orders: dict[tuple[tuple[str, ...], str], list[str]] = {}
        self._slots: dict[tuple[Need, str, int], Slot | None] = {}

    def visit(self, items: Sequence[Item], start: int, *, together: bool) -> tuple[Placed, ...] | None:
        """The items placed from a minute on, in the order given, or None when they do not fit. `together`: all persons
        begin then."""
        persons: dict[str, list[int]] = {}
        for index, item in enumerate(items):
            persons.setdefault(item.person, []).append(index)
        self._allowance.next_visit()
        found = self._place(items, list(persons.values()), start, {}, None, together=together)
        return None if found is None else tuple(found[index] for index in range(len(items)))

    def _place(
        self,
        items: Sequence[Item],
        waiting: list[list[int]],
        start: int,
        placed: dict[int, Placed],
        last: Placed | None,
        *,
        together: bool,
    ) -> dict[int, Placed] | None:
        """Places what is waiting: the first person's next item right after their last one, then the rest."""
        if not waiting:
            return placed
        (mine, *others) = waiting
        for begin in _next_begins(last) if last else self._begins(start, placed, together):
            for index in mine:
                for here in self._choices(items[index], begin, placed, last):
                    rest = [other for other in mine if other != index]
                    after = [rest, *others] if rest else others
                    now = {**placed, index: here}
                    found = self._place(items, after, start, now, here if rest else None, together=together)
                    if found is not None:
                        return found
        return None

    def _begins(self, start: int, placed: dict[int, Placed], together: bool) -> list[int]:
        """When the next person may begin: at the start, or when somebody is done."""
        return [start] if together else sorted({start, *(_next_cell(each) for each in placed.values())})

    def _choices(self, item: Item, start: int, placed: dict[int, Placed], last: Placed | None) -> Iterator[Placed]:
        """An item with each member of staff who is free: whoever did the same person's last one first, then the least
        busy."""
        used = [unit for each in placed.values() for unit in each.slot.units]
        for name in self._order(item.staff, last.staff_name if last else ""):
            slot = self._slot(item.need, name, start, used)
            if slot is None or not self._may_begin(item, slot):
                continue
            if any(each.staff_name == name and each.slot.mask & slot.mask for each in placed.values()):
                continue
            if not self._allowance.take():
                return
            yield Placed(item, slot)

    def _slot(self, need: Need, staff: str, start: int, used: Sequence[str]) -> Slot | None:
        if used:
            return self._agenda.slot(need, staff, start, used)
        key = (need, staff, start)
        if key not in self._slots:
            self._slots[key] = self._agenda.slot(need, staff, start)
        return self._slots[key]

    def _order(self, staff: tuple[str, ...], first: str) -> list[str]:
        """Staff in the order in which it is tried."""
        if (staff, first) not in self._orders:
            self._orders[staff, first] = sorted(staff, key=lambda name: (name != first, self._load.get(name, 0)))
        return self._orders[staff, first]


def _next_cell(placed: Placed) -> int:
    """The first minute after an item at which another can begin."""
    size = placed.slot.cell_minutes
    return -(-placed.end // size) * size


def _next_begins(placed: Placed) -> list[int]:
    """When the same person's next item may begin: at once, or, where that keeps somebody busy longer, after that."""
    size, slot = placed.slot.cell_minutes, placed.slot
    later = -(-(slot.end + slot.after + slot.before) // size) * size
    return sorted({_next_cell(placed), later})
