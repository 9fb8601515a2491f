"""Whether a customer owns what an action would change, by a look-up of what is theirs."""

from collections.abc import Mapping
from typing import Any

from broker.calls.caller import ToolCall, ToolCaller
from broker.execution.ports import Records
from broker.policy.arguments import CONTACT
from broker.policy.limits import wrong_ids
from broker.policy.pipeline import Earlier, PreparedAction
from turn.vocabulary import Status
from workspace.model import Tool

NOT_OWNER = "NOT_OWNER"
OWNERSHIP_UNKNOWN = "OWNERSHIP_UNKNOWN"


class Ownership:
    """Looks up what a customer owns: in the list of the tool's answer that the action's row names."""

    def __init__(self, tools: ToolCaller, records: Records) -> None:
        self._tools = tools
        self._records = records

    async def objection(
        self, prepared: PreparedAction, earlier: Mapping[str, Earlier], deadline: float, *, counts: bool
    ) -> tuple[str, str]:
        """Why the customer may not change what the action names (empty when they may), and the reason why a
        look-up failed. A customer who named too many wrong ids is refused without a look-up."""
        assert prepared.compiled is not None
        named = _named(prepared.args or {}, prepared.compiled.tool.owned_by)
        window = wrong_ids(prepared.manifest.workspace, prepared.request.customer)
        if await self._records.is_full(window):
            return "RATE_LIMITED", ""
        found, failure = await self._own(prepared, earlier, deadline)
        if found is None:
            return (OWNERSHIP_UNKNOWN, failure) if failure else (NOT_OWNER, "")
        if named and _wanted(named) <= _ids(found, prepared.compiled.tool, several=isinstance(named, list)):
            return "", ""
        if counts:
            await self._records.add(window)
        return NOT_OWNER, ""

    async def _own(
        self, prepared: PreparedAction, earlier: Mapping[str, Earlier], deadline: float
    ) -> tuple[Mapping[str, Any] | None, str]:
        """The look-up's answer, from this request or by a call; or why there is none."""
        assert prepared.compiled is not None
        lookup = prepared.compiled.tool.owned_in.partition(".")[0]
        before = earlier.get(lookup)
        if before is not None and before.status is Status.OK:
            return before.output, ""
        compiled = prepared.manifest.tools.get(lookup)
        if compiled is None:
            return None, ""
        request = prepared.request
        args = {CONTACT: request.customer.contact} if CONTACT in compiled.properties else {}
        call = ToolCall(
            prepared.manifest.workspace, compiled.tool, args, request.turn, request.customer, purpose="ownership"
        )
        answer = await self._tools.run(call, deadline)
        return answer.output, answer.reason


def _named(args: Mapping[str, Any], owned_by: str) -> Any:
    """The id, or the ids, that an action's arguments hold."""
    name, _, inner = owned_by.partition(".")
    held = args.get(name)
    if not inner:
        return held
    return [each.get(inner) for each in held if isinstance(each, Mapping)] if isinstance(held, list) else None


def _wanted(named: Any) -> set[str]:
    """The ids that an argument holds."""
    return set(map(str, named)) if isinstance(named, list) else {str(named)}


def _ids(output: Mapping[str, Any], tool: Tool, *, several: bool) -> set[str]:
    """The ids in a look-up's answer. An argument for several is named by the plural, or has the id inside."""
    name = tool.owned_by.rpartition(".")[2] or tool.owned_by
    name = name.removesuffix("s") if several else name
    listed = output.get(tool.owned_in.partition(".")[2])
    if output.get("ok") is not True or not isinstance(listed, list):
        return set()
    return {item[name] for item in listed if isinstance(item, Mapping) and isinstance(item.get(name), str)}
