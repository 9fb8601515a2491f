"""Days on which a business is closed, besides those of its week."""

from collections.abc import Mapping
from datetime import date
from functools import lru_cache
from typing import Any, Literal

from pydantic import Field, model_validator

from workspace.fields import Days, Frozen, Yearly, parse_yearly

DayRule = Literal["open", "closed", "ask"]
"""What a holiday is: a day like any other, a closed one, or one on which a person has to be asked."""


class Closure(Frozen):
    """Days on which it is closed."""

    days: Days | None = None
    """A date, or dates from one to another."""
    yearly: Yearly | None = None
    """A day of every year, or days, as month-day."""
    name: str = Field(default="", max_length=40)
    """Why, as customers read it."""

    @model_validator(mode="after")
    def _says_when(self) -> "Closure":
        if (self.days is None) == (self.yearly is None):
            raise ValueError("expected days or yearly")
        return self

    def __contains__(self, day: date) -> bool:
        return day in (self.days or self.yearly or ())


class Holidays(Frozen):
    """National holidays, by the library `holidays`."""

    country: str = Field(pattern=r"^[A-Z]{2}$")
    """ISO 3166 country."""
    region: str = Field(default="", max_length=10)
    """ISO 3166-2 code of the region without the country, where it has holidays of its own."""
    are: DayRule = "closed"
    """What holidays are."""
    days: Mapping[str, DayRule] = Field(default_factory=dict)
    """Those that are otherwise: month-day -> open, closed or ask."""

    @model_validator(mode="after")
    def _are_known(self) -> "Holidays":
        problem = unknown_calendar(self.country, self.region)
        if problem:
            raise ValueError(problem)
        for day in self.days:
            parse_yearly(day)
        return self

    def rule_on(self, day: date) -> DayRule | None:
        """What a date is, if it is a holiday."""
        if not holiday_name(self.country, self.region, day):
            return None
        return self.days.get(f"{day:%m-%d}", self.are)

    def name_of(self, day: date) -> str:
        """The holiday's name in the country's language; empty for none."""
        return holiday_name(self.country, self.region, day)


@lru_cache(maxsize=256)
def _of_year(country: str, region: str, year: int) -> Mapping[date, str]:
    import holidays  # here: slow to import, and only for who has the key

    own: Any = holidays.country_holidays(country).default_language
    found: Any = holidays.country_holidays(country, subdiv=region or None, years=year, language=own)
    return {day: str(name).split("; ")[0] for day, name in found.items()}


def holiday_name(country: str, region: str, day: date) -> str:
    """The name of a country's holiday on a date; empty for none."""
    return _of_year(country, region, day.year).get(day, "")


@lru_cache(maxsize=64)
def unknown_calendar(country: str, region: str) -> str:
    """Why there are no holidays of a country and region; empty when there are."""
    import holidays

    known: Mapping[str, Any] = holidays.list_supported_countries(include_aliases=False)
    if country not in known:
        return f"country: expected one whose holidays are known, got {country!r}"
    if region and region not in known[country]:
        return f"region: expected one of {', '.join(known[country]) or 'none'}, got {region!r}"
    return ""
