"""Rate limits of a workspace. Counts are calls per window; a tier above basic multiplies them."""

from pydantic import BaseModel, ConfigDict, Field

_FACTOR = {"basic": 1, "pro": 10, "max": 100}


class Limits(BaseModel):
    """How often tools may be called."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    reads_per_minute: int = Field(default=60, ge=1)
    """Calls a minute of one reading tool."""
    writes_per_minute: int = Field(default=10, ge=1)
    """Calls a minute of one writing tool."""
    workspace_per_minute: int = Field(default=60, ge=1)
    """Calls a minute of the whole workspace."""
    workspace_per_second: int = Field(default=10, ge=1)
    """Calls a second of the whole workspace."""
    conversation_per_minute: int = Field(default=10, ge=1)
    """Turns a minute of one conversation that call any tool."""


def limits_of(tier: str) -> Limits:
    """The limits of a tier: basic as written above, pro ten times, max a hundred times."""
    basic, factor = Limits(), _FACTOR[tier]
    return Limits(**{name: value * factor for name, value in basic.model_dump().items()})
