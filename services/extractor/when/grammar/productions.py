"""All functions that language packs may name; those here pass values on or make numbers. Pure."""

from extractor.when.grammar import day_productions, hour_productions, span_productions  # noqa: F401 - they register
from extractor.when.grammar.registry import production
from extractor.when.grammar.values import Day, Days, Hours, Setting, Span


@production
def day(setting: Setting, *, day: Day) -> Day:
    """The same day, under another category."""
    return day


@production
def span(setting: Setting, *, span: Span) -> Span:
    """The same span, under another category."""
    return span


@production
def number(setting: Setting, *, number: int) -> int:
    """The same number, under another category."""
    return number


@production
def dom(setting: Setting, *, number: int) -> int | None:
    """A number that can be a day of the month."""
    return number if 1 <= number <= 31 else None


@production
def late_dom(setting: Setting, *, number: int) -> int | None:
    """A number that can be a day of the month, and no hour of twelve."""
    return number if 13 <= number <= 31 else None


@production
def year_of_century(setting: Setting, *, ones: int) -> int | None:
    """A year of this century in words: "two thousand eighteen"."""
    return 2000 + ones if 0 < ones < 100 else None


@production
def year_ahead(setting: Setting, *, years: int) -> int:
    """This year, or one so many years on."""
    return setting.today.year + years


@production
def constraint(setting: Setting, *, days: Days) -> Days:
    """The same constraint, under another category."""
    return days


@production
def constraint_on_hours(setting: Setting, *, hours: Hours) -> Hours:
    """The same constraint, under another category."""
    return hours


@production
def plus(setting: Setting, *, tens: int, ones: int) -> int | None:
    """Tens and ones: "treinta y cinco", "twenty one", "vigésimo segundo"."""
    return tens + ones if tens in range(10, 100, 10) and 1 <= ones <= 9 else None
