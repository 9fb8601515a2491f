"""Does a write once for each idempotency key."""

import hashlib
import json
from collections.abc import Awaitable, Callable, Mapping

from agenda.caller import Caller
from agenda.ledger import Ledger
from agenda.reasons import Answer


async def once(
    ledger: Ledger,
    caller: Caller,
    tool: str,
    arguments: Mapping[str, str | None],
    work: Callable[[], Awaitable[Answer]],
) -> Answer:
    """The answer of `work`, or the one given before to the caller's key, in the same transaction.

    A no is kept as well. A caller without a key has the work done every time.
    """
    key, workspace_id = caller.idempotency_key, caller.workspace.id
    if key is None:
        return await work()
    mark = fingerprint(caller, tool, arguments)
    kept = await ledger.claim(workspace_id, key, mark, caller.now.isoformat())
    if kept is not None:
        answer: Answer = json.loads(kept)
        return answer
    answer = await work()
    await ledger.keep(workspace_id, key, json.dumps(answer, ensure_ascii=False))
    return answer


def fingerprint(caller: Caller, tool: str, arguments: Mapping[str, str | None]) -> str:
    """What makes two calls the same: tool, arguments and customer, as a SHA-256 in hex."""
    same = json.dumps([tool, dict(sorted(arguments.items())), caller.customer])
    return hashlib.sha256(same.encode()).hexdigest()
