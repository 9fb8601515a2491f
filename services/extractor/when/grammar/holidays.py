"""Named days: when they are, by country. Fixed days, days moved to a Monday, days counted from Easter, and the nth
weekday of a month. Pure."""

from datetime import date, timedelta
from functools import lru_cache

FIXED = {
    "christmas": (12, 25), "christmas_eve": (12, 24), "new_year": (1, 1), "new_years_eve": (12, 31),
    "epiphany": (1, 6), "valentine": (2, 14), "womens_day": (3, 8), "labour_day": (5, 1), "halloween": (10, 31),
    "all_saints": (11, 1), "all_souls": (11, 2), "guadalupe": (12, 12), "immaculate": (12, 8),
    "may_revolution": (5, 25), "independence_ar": (7, 9), "saint_john": (6, 24), "assumption": (8, 15),
    "saint_patrick": (3, 17), "earth_day": (4, 22), "holy_innocents": (12, 28),
}  # fmt: skip
"""Month and day, the same everywhere."""
FROM_EASTER = {
    "carnival_saturday": -50, "carnival_monday": -48, "carnival_tuesday": -47, "carnival": -48, "ash_wednesday": -46,
    "palm_sunday": -7, "holy_thursday": -3, "good_friday": -2, "holy_saturday": -1, "easter_sunday": 0,
    "easter_monday": 1, "ascension": 39, "pentecost": 49, "whit_monday": 50, "trinity_sunday": 56, "corpus_christi": 60,
}  # fmt: skip
"""Days after Easter Sunday."""
BY_COUNTRY: dict[str, dict[str, tuple[int, int, int] | tuple[int, int]]] = {
    "mothers_day": {
        "AR": (10, 6, 3), "UY": (5, 6, 2), "CL": (5, 6, 2), "CO": (5, 6, 2), "MX": (5, 10), "ES": (5, 6, 1),
        "BR": (5, 6, 2), "US": (5, 6, 2), "PE": (5, 6, 2), "PY": (5, 15), "BO": (5, 27), "IT": (5, 6, 2),
        "": (5, 6, 2),
    },
    "fathers_day": {
        "AR": (6, 6, 3), "UY": (7, 6, 2), "CL": (6, 6, 3), "CO": (6, 6, 3), "MX": (6, 6, 3), "ES": (3, 19),
        "BR": (8, 6, 2), "US": (6, 6, 3), "PE": (6, 6, 3), "IT": (3, 19), "": (6, 6, 3),
    },
    "childrens_day": {
        "AR": (8, 6, 3), "UY": (8, 6, 2), "CL": (8, 6, 2), "CO": (4, 30), "MX": (4, 30), "BR": (10, 12),
        "ES": (4, 26), "": (8, 6, 3),
    },
    "independence": {
        "AR": (7, 9), "UY": (8, 25), "CL": (9, 18), "CO": (7, 20), "MX": (9, 16), "BR": (9, 7), "US": (7, 4),
        "PE": (7, 28),
    },
    "friends_day": {"AR": (7, 20), "UY": (7, 20), "BR": (7, 20), "": (7, 30)},
    "lovers_day": {"BR": (6, 12), "": (2, 14)},
    "teachers_day": {"AR": (9, 11), "BR": (10, 15), "MX": (5, 15), "CL": (10, 16)},
    "thanksgiving": {"US": (11, 3, 4), "": (11, 3, 4)},
    "martin_luther_king": {"": (1, 0, 3)},
    "presidents_day": {"": (2, 0, 3)},
    "remembrance": {"AR": (3, 24)}, "veterans": {"AR": (4, 2)}, "flag_day": {"AR": (6, 20), "MX": (2, 24)},
    "tiradentes": {"BR": (4, 21)}, "aparecida": {"BR": (10, 12)}, "republic_day": {"BR": (11, 15)},
    "black_consciousness": {"BR": (11, 20)}, "students_day": {"AR": (9, 21), "MX": (5, 23), "BR": (8, 11)},
    "spring_day": {"AR": (9, 21)}, "secretary_day": {"AR": (9, 4), "BR": (9, 30)},
}  # fmt: skip
"""By country: a fixed month and day, or month, weekday (0 is Monday) and which one; "" for any other country."""

MOVED: dict[str, dict[str, tuple[int, int]]] = {
    "guemes": {"AR": (6, 17)}, "san_martin": {"AR": (8, 17)}, "cultural_diversity": {"AR": (10, 12)},
    "sovereignty": {"AR": (11, 20)},
}  # fmt: skip
"""By country: a month and day that is kept on the Monday next to it, from Tuesday and Wednesday back, from Thursday and
Friday on (Argentina, law 27.399)."""
AFTER = {"black_friday": ("thanksgiving", 1)}
"""So many days after another named day."""


@lru_cache(maxsize=64)
def easter(year: int) -> date:
    """Easter Sunday of the Gregorian calendar. Anonymous Gregorian computus (Meeus, Astronomical Algorithms, ch. 8)."""
    a, (b, c) = year % 19, divmod(year, 100)
    d, e = divmod(b, 4)
    g = (8 * b + 13) // 25
    h = (19 * a + b - d - g + 15) % 30
    i, k = divmod(c, 4)
    l = (32 + 2 * e + 2 * i - h - k) % 7  # noqa: E741 - the letter of the source
    m = (a + 11 * h + 22 * l) // 451
    month, day = divmod(h + l - 7 * m + 114, 31)
    return date(year, month, day + 1)


def named_day(name: str, country: str, today: date, year: int | None = None) -> date | None:
    """The next coming of a named day, today included, or that of a year. None for a day that the country has not."""
    years = (year,) if year else (today.year, today.year + 1)
    for one in years:
        found = _in_year(name, country, one)
        if found and (year or found >= today):
            return found
    return None


def _in_year(name: str, country: str, year: int) -> date | None:
    if name in FIXED:
        return date(year, *FIXED[name])
    if name in FROM_EASTER:
        return easter(year) + timedelta(days=FROM_EASTER[name])
    if name in AFTER:
        base, days = AFTER[name]
        before = _in_year(base, country, year)
        return before + timedelta(days=days) if before else None
    if country in MOVED.get(name, {}):
        day = date(year, *MOVED[name][country])
        return day + timedelta(days={1: -1, 2: -2, 3: 4, 4: 3}.get(day.weekday(), 0))
    rules = BY_COUNTRY.get(name, {})
    rule = rules.get(country) or rules.get("")
    if rule is None:
        return None
    if len(rule) == 2:
        return date(year, *rule)
    month, weekday, place = rule
    begin = date(year, month, 1)
    return begin + timedelta(days=(weekday - begin.weekday()) % 7 + 7 * (place - 1))
