"""Every phrase that the templates must have, and the values that it may be filled with.

`keys(required, optional)`: a phrase's last variant may use only what is required, because the
optional values are not always known.
"""

from typing import NamedTuple

from turn.vocabulary import HOURS_OF_PART, INTENTS


class Values(NamedTuple):
    """The placeholders of a phrase."""

    required: frozenset[str]
    optional: frozenset[str]


def _values(required: str = "", optional: str = "") -> Values:
    return Values(frozenset(required.split()), frozenset(optional.split()))


PHRASES: dict[str, Values] = {
    # tools that failed or were refused
    "failed_agenda": _values(),
    "failed_write": _values(),
    "failed_info": _values(),
    "unknown_write": _values(),
    "rate_limited": _values(),
    "refused": _values(),
    "cannot_here": _values(),
    "limit_open": _values("", "contact"),
    "limit_today": _values("", "contact"),
    "limit_day": _values("", "contact"),
    # writes that succeeded
    "booked": _values("", "name service date time staff booking_id"),
    "moved": _values("", "service date time staff booking_id"),
    "cancelled": _values("", "service date time"),
    "write_done": _values(),
    "write_not_found": _values(),
    # writes that wait for a yes
    "confirm_cancel": _values("", "service date time staff booking_id"),
    "confirm_move": _values("", "service date time new_date new_time"),
    "confirm_move_same_day": _values("new_time", "service date time"),
    "confirm_book": _values("", "service date time staff"),
    "confirm_other": _values(),
    "confirm_again_cancel": _values(),
    "confirm_again_move": _values(),
    "confirm_again": _values(),
    # what cannot be
    "not_offered": _values(),
    "services_few": _values("services"),
    "staff_does_not": _values("staff service"),
    "staff_who_do": _values("names"),
    "staff_one_does": _values("names"),
    "staff_does": _values("staff service"),
    "staff_unknown": _values(),
    "date_past": _values("date"),
    "date_closed_weekly": _values("weekday"),
    "date_closed": _values("date"),
    "date_too_far": _values(),
    "date_invalid": _values(),
    "open_days": _values("days"),
    "open_day": _values("date"),
    "day_full": _values("date", "staff"),
    "nearest_day": _values("date times"),
    "time_past": _values("time"),
    "time_early": _values("time open", "date"),
    "time_late": _values("time", "date"),
    "time_break": _values("time open", "date"),
    "time_no_room": _values("time", "date"),
    "time_no_room_break": _values("time", "date"),
    "time_invalid": _values(),
    "time_taken": _values("time", "date staff"),
    "others_then": _values("time names"),
    "part_full": _values("part"),
    "free_times": _values("times", "date staff"),
    "email_needed": _values(),
    "email_invalid": _values(),
    "booking_unknown": _values(),
    "code_unknown": _values(),
    "nothing_found": _values(),
    # questions
    "ask_service": _values(),
    "ask_date": _values("", "service"),
    "ask_date_other": _values(),
    "ask_next": _values("service"),
    "one_by_one": _values("service services"),
    "ask_date_move": _values("", "service date time"),
    "ask_time": _values("", "date"),
    "ask_time_which": _values(),
    "ask_time_other": _values(),
    "ask_staff": _values(),
    "ask_staff_one": _values("names"),
    "there_is_room": _values("date time", "service staff"),
    "ask_name": _values(),
    "ask_email": _values(),
    "ask_phone": _values(),
    "ask_booking_cancel": _values(),
    "ask_booking_move": _values(),
    "booking_line": _values("number service date time"),
    # information
    "price_line": _values("service price"),
    "price_more": _values("services"),
    "duration_line": _values("service length"),
    "services_list": _values("services"),
    "service_detail": _values("service length price", "names"),
    "staff_of_service": _values("service names"),
    "staff_list": _values("names"),
    "staff_services": _values("staff services"),
    "hours_line": _values("days hours"),
    "hours_closed": _values("days"),
    "day_open": _values("date hours"),
    "day_closed": _values("date"),
    "offer_line": _values("item", "description price"),
    "no_promotions": _values(),
    "no_packages": _values(),
    "hint_book": _values(),
    # the rest
    "greeting": _values("", "business abilities"),
    "greeting_short": _values(),
    "ability_info": _values(),
    "ability_book": _values(),
    "ability_move": _values(),
    "ability_cancel": _values(),
    "thanks": _values(),
    "goodbye": _values(),
    "chitchat": _values(),
    "complaint": _values(),
    "human": _values("", "contact"),
    "address": _values("address"),
    "address_human": _values(),
    "payment": _values("payment"),
    "payment_human": _values(),
    "late": _values(),
    "media": _values(),
    "abandon": _values(),
    "my_appointment": _values("service date time", "staff booking_id"),
    "my_appointments": _values(),
    "all_right": _values("", "abilities"),
    "cannot_help": _values("", "abilities"),
    "not_understood": _values("", "abilities"),
    "not_understood_short": _values(),
    "not_understood_again": _values(),
    "choose": _values("first second"),
    # answers to tap
    "yes": _values(),
    "no": _values(),
    "talk_to_person": _values(),
}

INTENT_LABELS = tuple(f"intent_{name}" for name in INTENTS)
"""What each intent is called in "¿Querés … o …?"."""
PHRASES.update({name: _values() for name in INTENT_LABELS})
PHRASES.update({f"part_{name}": _values() for name in HOURS_OF_PART})

WORDS: dict[str, int] = {"and": 0, "or": 0, "more": 0, "range": 0, "weekdays": 7, "weekdays_short": 7, "every": 7}
"""Small words that sentences are joined from: 0 for one text, n for a list of n."""
