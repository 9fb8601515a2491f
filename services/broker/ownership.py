"""Whether a customer owns what an action would touch: their own appointments say."""

from collections.abc import Mapping
from typing import Any

from broker.arguments import CONTACT
from broker.calls import Call, ToolCaller
from broker.limits import wrong_ids
from broker.model import Status
from broker.order import Earlier
from broker.policy import Case
from broker.records import Records

LOOKUP = "find_appointment_by_phone"
"""The tool that lists a customer's own appointments."""
NOT_OWNER = "NOT_OWNER"
OWNERSHIP_UNKNOWN = "OWNERSHIP_UNKNOWN"


class Ownership:
    """Looks ownership up."""

    def __init__(self, tools: ToolCaller, records: Records) -> None:
        self._tools = tools
        self._records = records

    async def objection(
        self, case: Case, earlier: Mapping[str, Earlier], deadline: float, *, counts: bool
    ) -> tuple[str, str]:
        """Why the customer may not touch the thing named (empty when they may), and the reason why a
        look-up failed. Whoever names too many wrong things is refused without a look-up."""
        assert case.rule is not None
        name = case.rule.tool.owned_by
        window = wrong_ids(case.rules.workspace, case.request.customer)
        if await self._records.is_full(window):
            return "RATE_LIMITED", ""
        found, failure = await self._own(case, earlier, deadline)
        if found is None:
            return (OWNERSHIP_UNKNOWN, failure) if failure else (NOT_OWNER, "")
        if (case.args or {}).get(name) in _ids(found, name):
            return "", ""
        if counts:
            await self._records.add(window)
        return NOT_OWNER, ""

    async def _own(
        self, case: Case, earlier: Mapping[str, Earlier], deadline: float
    ) -> tuple[Mapping[str, Any] | None, str]:
        """The look-up's answer, from this request or by a call; or why there is none."""
        before = earlier.get(LOOKUP)
        if before is not None and before.status is Status.OK:
            return before.output, ""
        rule = case.rules.tools.get(LOOKUP)
        if rule is None:
            return None, ""
        request = case.request
        args = {CONTACT: request.customer.contact}
        call = Call(case.rules.workspace, rule.tool, args, request.turn, request.customer, purpose="ownership")
        answer = await self._tools.run(call, deadline)
        return answer.output, answer.reason


def _ids(output: Mapping[str, Any], name: str) -> list[str]:
    """The ids in a look-up's answer."""
    listed = output.get("appointments")
    if output.get("ok") is not True or not isinstance(listed, list):
        return []
    return [item[name] for item in listed if isinstance(item, Mapping) and isinstance(item.get(name), str)]
