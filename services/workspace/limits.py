"""Limits of a business: calls of its tools, and appointments of one customer."""

from pydantic import BaseModel, ConfigDict, Field

_FACTOR = {"basic": 1, "pro": 10, "max": 100}
_OF_ONE_CUSTOMER = frozenset({"customer_writes_per_minute"})
"""Limits of one person, who writes no faster to a business that pays for a higher tier."""


class Limits(BaseModel):
    """How often tools may be called. Defaults are the basic tier's."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    reads_per_minute: int = Field(default=60, ge=1)
    """Calls a minute of one reading tool."""
    writes_per_minute: int = Field(default=10, ge=2)
    """Calls a minute of one writing tool; more than one customer's."""
    workspace_per_minute: int = Field(default=60, ge=1)
    """Calls a minute of the whole workspace."""
    workspace_per_second: int = Field(default=10, ge=1)
    """Calls a second of the whole workspace."""
    conversation_per_minute: int = Field(default=10, ge=1)
    """Turns a minute of one conversation that call any tool."""
    customer_writes_per_minute: int = Field(default=6, ge=1)
    """Calls a minute of all writing tools together by one customer; the same on every tier."""


class BookingLimits(BaseModel):
    """How many appointments one customer may have. Kept by the agenda."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    max_open_per_customer: int = Field(default=5, ge=1, le=1000)
    """Appointments that are booked and have not begun."""
    max_new_per_day: int = Field(default=3, ge=1, le=1000)
    """Requests for which appointments are booked on one calendar day where the business is, whatever became of them
    since. A request for several services is one."""
    max_group_size: int = Field(default=6, ge=1, le=100)
    """Services that one request may be about."""
    max_on_one_date: int = Field(default=3, ge=1, le=1000)
    """Appointments on one date that may take more than half of a person's day, while another still has room."""


class LanguageModel(BaseModel):
    """Whether, and how far, language models may be asked about this business's customers. On the slm track only."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    allowed: bool = True
    """Whether texts of its customers, and replies to them, may go to a model server. Without it code reads and
    writes."""
    most_ms: int | None = Field(default=None, ge=30, le=10_000)
    """Longest that each stage of a turn waits for a model, in milliseconds, where its setting allows more."""
    most_tokens: int | None = Field(default=None, ge=16, le=1024)
    """Most tokens that a model writes for each stage of a turn, where its setting allows more."""

    def most_s(self) -> float | None:
        """Longest wait in seconds."""
        return None if self.most_ms is None else self.most_ms / 1000

    def tokens(self, setting: int) -> int:
        """Most tokens, where a setting allows so many."""
        return setting if self.most_tokens is None else min(setting, self.most_tokens)


def limits_of(tier: str, own: Limits | None = None) -> Limits:
    """The limits of a tier: basic as written above, pro ten times, max a hundred times. What `own` sets is as it
    says; one customer's are the same on every tier."""
    factor = _FACTOR[tier]
    of_tier = {
        name: value if name in _OF_ONE_CUSTOMER else value * factor for name, value in Limits().model_dump().items()
    }
    return Limits(**of_tier | (own.model_dump(exclude_unset=True) if own else {}))
