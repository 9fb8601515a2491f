"""What a service costs, in the forms in which businesses say it."""

from typing import Any, Literal

from pydantic import Field, model_validator

from workspace.fields import Amount, Frozen

PriceForm = Literal["exact", "range", "from", "on_request", "free"]
"""How a price is told: one amount, two, the lowest, on request, or that it costs nothing."""


class PriceFrom(Frozen):
    """A lowest price."""

    at_least: Amount = Field(alias="from")
    """The lowest price; how much it will be is told on the spot."""


class Priced(Frozen):
    """Whatever has a price: `price` in one of its forms, or `price_min` and `price_max`."""

    price: Amount | PriceFrom | Literal["on_request", "free"] | None = None
    """One amount, `{from: 30}`, `on_request` or `free`; instead of `price_min`."""
    price_min: Amount | None = None
    """Lowest price, or the only one."""
    price_max: Amount | None = None
    """Highest price; none when there is just one price."""

    @model_validator(mode="after")
    def _one_price(self) -> "Priced":
        if self.price is not None and (self.price_min is not None or self.price_max is not None):
            raise ValueError("expected price, or price_min and price_max, not both")
        if self.price_max is not None and self.price_min is None:
            raise ValueError("expected price_min where there is a price_max")
        if self.price_max is not None and self.price_min is not None and self.price_max < self.price_min:
            raise ValueError("price_max must not be below price_min")
        return self

    @property
    def has_price(self) -> bool:
        """Whether anything is said of it."""
        return self.price is not None or self.price_min is not None

    @property
    def price_form(self) -> PriceForm:
        """How the price is told."""
        if isinstance(self.price, PriceFrom):
            return "from"
        if isinstance(self.price, str):
            return self.price
        if self.price is not None or self.price_max in (None, self.price_min):
            return "exact" if self.has_price else "on_request"
        return "range"

    @property
    def lowest(self) -> int | float | None:
        """The lowest price; None when it is told on request."""
        if isinstance(self.price, PriceFrom):
            return self.price.at_least
        if isinstance(self.price, str):
            return 0 if self.price == "free" else None
        return self.price if self.price is not None else self.price_min

    @property
    def highest(self) -> int | float | None:
        """The highest price; None where there is only the lowest, or none."""
        return self.price_max

    def told(self, places: int = 1) -> dict[str, Any]:
        """The price as tools answer it, of so many places."""
        low, high, form = self.lowest, self.highest, self.price_form
        amounts = {
            "price_min": None if low is None else round(low * places, 2),
            "price_max": None if high is None else round(high * places, 2),
        }
        return amounts if form in ("exact", "range") else {**amounts, "price_form": form}
