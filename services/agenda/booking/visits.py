"""How the items of one visit fit into a day: each with its hour and its member of staff. Pure.

The items of one person follow one another without a gap, in the order given where that fits, otherwise in another.
Several persons begin together, or, where staff does not allow it, each when somebody before them is done.
"""

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass

from agenda.booking.free_times import QUARTER, Taken, cells_of

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
    minutes: int
    """How long it takes."""
    staff: tuple[str, ...]
    """Who may do it, in the order of preference between equally busy ones."""
    person: str = ""
    """Whose it is; empty for who writes."""


@dataclass(frozen=True)
class Placed:
    """An item with its hour and its member of staff."""

    item: Item
    start: int
    """Minute of the day."""
    staff_name: str

    @property
    def end(self) -> int:
        """The minute at which it ends."""
        return self.start + self.item.minutes

    @property
    def cells(self) -> range:
        """The quarter hours of the day that it takes."""
        return cells_of(self.start, self.item.minutes)


class DayPlan:
    """Places visits on one day."""

    def __init__(self, taken: Taken, may_begin: Callable[[Item, int], bool], allowance: Allowance) -> None:
        """`taken`: who is busy when. `may_begin`: whether an item can begin at a minute, as far as opening hours, the
        customer's wishes and other appointments of theirs go. `allowance` is shared by the days of a search."""
        self._busy = {name: _mask(cells) for name, cells in taken.items()}
        self._load = {name: len(cells) for name, cells in taken.items()}
        self._may_begin = may_begin
        self._allowance = allowance
        self._orders: dict[tuple[tuple[str, ...], str], list[str]] = {}

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
        for begin in [_next_cell(last)] if last else self._begins(start, placed, together):
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
        if not self._may_begin(item, start):
            return
        wanted = _mask(cells_of(start, item.minutes))
        elsewhere = {each.staff_name for each in placed.values() if _mask(each.cells) & wanted}
        for name in self._order(item.staff, last.staff_name if last else ""):
            if name in elsewhere or self._busy.get(name, 0) & wanted:
                continue
            if not self._allowance.take():
                return
            yield Placed(item, start, name)

    def _order(self, staff: tuple[str, ...], first: str) -> list[str]:
        """Staff in the order in which it is tried."""
        if (staff, first) not in self._orders:
            self._orders[staff, first] = sorted(staff, key=lambda name: (name != first, self._load.get(name, 0)))
        return self._orders[staff, first]


def _mask(cells: Collection[int]) -> int:
    """Cells of a day as the bits of a number."""
    if isinstance(cells, range):
        return ((1 << len(cells)) - 1) << cells.start
    return sum(1 << cell for cell in set(cells))


def _next_cell(placed: Placed) -> int:
    """The first minute after an item at which another can begin."""
    return placed.cells.stop * QUARTER
