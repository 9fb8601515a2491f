"""Services, their prices and lengths: single, together, and as a package."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence

from nlg.situations.situation import rows_of, text_of
from nlg.situations.tasks.view import TaskSituation
from turn.meaning import SAME
from turn.tools import PACKAGES
from workspace.model import Service, Workspace

_BETWEEN = re.compile(r"\s*(?:\+|,|/|&|\by\b|\be\b|\band\b)\s*", re.IGNORECASE)
"""What stands between the services in a package's name."""


def services_of(names: Iterable[str], workspace: Workspace) -> list[Service]:
    """The services of some names, as often as each is named; unknown ones are left out."""
    return [service for name in names if (service := workspace.service(name)) is not None]


def asked_services(situation: TaskSituation) -> list[str]:
    """The services that a question is about: those it names; else those of the task in front; else that of what was
    just written, or of the customer's next appointment."""
    named = _known(situation, [item.service for item in situation.meaning.items])
    return named or concerned_services(situation)


def concerned_services(situation: TaskSituation) -> list[str]:
    """The services that the conversation is about."""
    front, done = situation.front, situation.dialogue.done
    if front and (found := _known(situation, [item.service for item in front.items])):
        return found
    if front and (found := _known(situation, [one.service for one in map(situation.own_of, front.targets) if one])):
        return found
    written = [each.after for each in done if each.after and each.at == done[-1].at]
    if found := _known(situation, [one.service for one in written]):
        return found
    return _known(situation, [one.service for one in situation.own[:1]])


def _known(situation: TaskSituation, names: Iterable[str]) -> list[str]:
    last = situation.dialogue.customer.last_service if situation.dialogue.customer else ""
    return [name for each in names if situation.workspace.service(name := last if each == SAME else each)]


def counted(names: Sequence[str]) -> list[tuple[str, int]]:
    """Each name once, with how often it is there."""
    return list(Counter(names).items())


def total_price(situation: TaskSituation, names: Sequence[str]) -> str:
    """The sum of the lowest prices to the sum of the highest; empty for less than two services."""
    found = services_of(names, situation.workspace)
    if len(found) < 2 or len(found) < len(names):
        return ""
    if any(one.price_form == "on_request" for one in found):
        return ""
    low = round(sum(one.lowest or 0 for one in found), 2)
    high = round(sum(one.highest or one.lowest or 0 for one in found), 2)
    return situation.money(low, high, "from" if any(one.price_form == "from" for one in found) else "")


def package_of(situation: TaskSituation, names: Sequence[str]) -> tuple[str, str] | None:
    """Name and price of the package that covers exactly some services."""
    if len(set(names)) < 2 or len(set(names)) < len(names):
        return None
    for name, price in _packages(situation):
        parts = [_service_named(part, situation.workspace) for part in _BETWEEN.split(name)]
        if price and sorted(filter(None, parts)) == sorted(names) and all(parts):
            return name, price
    return None


def _packages(situation: TaskSituation) -> list[tuple[str, str]]:
    """Names and prices of packages, as the tool told them or else as the manifest has them."""
    answer = situation.answer(PACKAGES)
    if answer is None:
        return [(one.name, situation.money(one.price, None)) for one in situation.workspace.packages]
    rows = rows_of(answer.get("packages"))
    return [(text_of(row.get("name")), situation.money(row.get("price"), None)) for row in rows]


def _service_named(text: str, workspace: Workspace) -> str:
    """The service of a name or alias, or whose name begins with it; empty for none."""
    wanted = text.casefold()
    exact = (one.name for one in workspace.services if wanted in (one.name.casefold(), *map(str.casefold, one.aliases)))
    begins = (one.name for one in workspace.services if wanted and one.name.casefold().startswith(wanted))
    return next(exact, "") or next(begins, "")
