"""Reads `text/event-stream`: what servers of MCP may answer by instead of JSON."""

import re
from collections.abc import AsyncIterator

_LINE_END = re.compile(r"\r\n|\n|\r")


async def messages_in(chunks: AsyncIterator[bytes]) -> AsyncIterator[str]:
    """The data of each event that is a message, as it comes. Raises ValueError for what is no UTF-8."""
    kind, data = "", list[str]()
    async for line in _lines(chunks):
        if not line:
            if data and kind in ("", "message"):
                yield "\n".join(data)
            kind, data = "", []
            continue
        field, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if field == "event":
            kind = value
        elif field == "data":
            data.append(value)


async def _lines(chunks: AsyncIterator[bytes]) -> AsyncIterator[str]:
    """Whole lines without their ends; what comes after the last end is no line."""
    pieces, encoding = list[bytes](), "utf-8-sig"
    async for chunk in chunks:
        pieces.append(chunk)
        if b"\n" not in chunk and b"\r" not in chunk:
            continue
        held = b"".join(pieces)
        end = max(held.rfind(b"\n"), held.rfind(b"\r", 0, -1)) + 1  # a last \r may be half of an end
        pieces = [held[end:]]
        for line in _LINE_END.split(held[:end].decode(encoding))[:-1]:
            yield line
        encoding = "utf-8"
