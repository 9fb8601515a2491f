"""Whom a gateway lets choose the track: callers that show a token of its settings. Pure."""

import hmac
from collections.abc import Iterable, Mapping, Sequence

from gateway.track import TRACKS

TOKEN_HEADER = "x-pulpo-caller-token"  # noqa: S105 - a header's name
"""Header or metadata key of a caller's token, lower case."""
TRACK_HEADER = "x-pulpo-track"
"""Header or metadata key of the track that a caller asks for, lower case."""
LEAST_CHARS = 16
"""A shorter token is refused at start-up."""


class Callers:
    """Knows the trusted callers. What others ask for is not heard."""

    def __init__(self, tokens: Sequence[str]) -> None:
        """Several `tokens` so that one can be replaced by the next; none, and nobody is trusted."""
        self._tokens = [token.encode() for token in tokens]

    def wish(self, headers: Mapping[str, str]) -> str:
        """The track that a trusted caller asks for; nothing of anybody else, or for no track."""
        shown = headers.get(TOKEN_HEADER, "").encode()
        trusted = [hmac.compare_digest(shown, token) for token in self._tokens]
        track = headers.get(TRACK_HEADER, "")
        return track if any(trusted) and track in TRACKS else ""


def metadata_of(pairs: Iterable[tuple[str, str | bytes]] | None) -> dict[str, str]:
    """gRPC metadata as headers: the text values, the last one of each key."""
    return {key: value for key, value in pairs or () if isinstance(value, str)}


def tokens_in(text: str) -> tuple[str, ...]:
    """Tokens separated by commas. Raises ValueError for one that is too short or no header can carry."""
    tokens = tuple(token.strip() for token in text.split(",") if token.strip())
    if any(len(token) < LEAST_CHARS or not token.isascii() or not token.isprintable() for token in tokens):
        raise ValueError(f"expected tokens of at least {LEAST_CHARS} ASCII characters, separated by commas")
    return tokens
