"""The parts of a manifest: what they read, and what they say of what they do not."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic import ValidationError

from workspace.catalogue import with_catalogue
from workspace.fields import parse_amount, parse_day_span, parse_minutes, parse_yearly
from workspace.model import Workspace
from workspace.parts.prices import Priced
from workspace.parts.rules import BookingRules, Question, rules_for

STUDIO = Path(__file__).parents[3] / "examples/workspaces/estudio-lavapies.yaml"


def studio(**more: Any) -> Workspace:
    """The example studio with some keys otherwise."""
    raw = yaml.load(STUDIO.read_text(encoding="utf-8"), yaml.SafeLoader)
    return Workspace.model_validate(with_catalogue({**raw, **more}))


@pytest.mark.parametrize(
    ("text", "minutes"), [("30 min", 30), ("2 h", 120), ("1 h 30 min", 90), ("3 d", 4320), (45, 45), ("90min", 90)]
)
def test_durations_are_read(text: object, minutes: int) -> None:
    assert parse_minutes(text) == minutes


@pytest.mark.parametrize("text", ["", "soon", "2 weeks", -1, True, 1.5, "400 d"])
def test_what_is_no_duration_is_refused(text: object) -> None:
    with pytest.raises(ValueError, match="expected a duration"):
        parse_minutes(text)


def test_dates_and_days_of_every_year_are_read() -> None:
    assert date(2026, 1, 10) in parse_day_span("2026-01-02..2026-01-16")
    assert date(2026, 1, 17) not in parse_day_span("2026-01-02..2026-01-16")
    over_new_year = parse_yearly("12-24..01-06")
    assert all(day in over_new_year for day in (date(2026, 12, 24), date(2027, 1, 6)))
    assert date(2026, 12, 23) not in over_new_year
    for wrong in ("13-01", "2-3", "02-30", 5):
        with pytest.raises(ValueError, match="expected a day of the year"):
            parse_yearly(wrong)


def test_amounts_have_two_decimals_at_most() -> None:
    assert (parse_amount(12.5), parse_amount(12.0), parse_amount(0)) == (12.5, 12, 0)
    for wrong in (-1, "12", True, 1.005):
        with pytest.raises(ValueError, match="expected"):
            parse_amount(wrong)


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ({"price": 12.5}, {"price_min": 12.5, "price_max": None}),
        ({"price_min": 10, "price_max": 20}, {"price_min": 10, "price_max": 20}),
        ({"price": {"from": 30}}, {"price_min": 30, "price_max": None, "price_form": "from"}),
        ({"price": "on_request"}, {"price_min": None, "price_max": None, "price_form": "on_request"}),
        ({"price": "free"}, {"price_min": 0, "price_max": None, "price_form": "free"}),
    ],
)
def test_prices_are_told_in_their_forms(written: dict[str, Any], told: dict[str, Any]) -> None:
    assert Priced.model_validate(written).told() == told
    if told["price_min"]:
        assert Priced.model_validate(written).told(3)["price_min"] == told["price_min"] * 3


def test_the_stricter_of_two_rules_holds() -> None:
    car = Question(key="car", ask="¿Qué auto es?")
    business = BookingRules(
        min_advance_booking=120, max_advance_booking=60 * 24 * 60, buffer_after=10, required=("name",)
    )
    service = BookingRules(min_advance_booking=30, max_advance_booking=30 * 24 * 60, buffer_after=20, required=(car,))
    both = rules_for(business, service)
    assert (both.notice, both.horizon, both.after, both.questions) == (120, 30 * 24 * 60, 20, (car,))


@pytest.mark.parametrize(
    ("more", "problem"),
    [
        ({"booking": {"required": ["email"]}}, "required: expected name among them"),
        ({"booking": {"required": ["name", "shoe size"]}}, "expected name, email, or a question"),
        (
            {"booking": {"required": ["name", {"key": "a", "ask": "¿A?", "type": "choice"}]}},
            "question a: expected choices",
        ),
        ({"closures": [{"name": "x"}]}, "expected days or yearly"),
        ({"holidays": {"country": "ZZ"}}, "country: expected one whose holidays are known"),
        ({"holidays": {"country": "ES", "region": "XX"}}, "region: expected one of"),
        ({"resources": []}, "needs 'Sala', which is not among the resources"),
        ({"branches": [{"name": "Centro"}]}, "expected a branch, as there are several"),
        ({"staff": []}, "service Yoga|expected needs or a capacity"),
    ],
)
def test_what_does_not_fit_together_is_said_precisely(more: dict[str, Any], problem: str) -> None:
    if more == {"staff": []}:
        assert studio(**more).staff_for("Yoga") == ("",), "classes and what has a resource need nobody"
        return
    with pytest.raises(ValidationError, match=problem):
        studio(**more)


def test_holidays_of_country_and_region_close_but_for_those_that_are_open() -> None:
    business = studio()
    assert business.closed_by(date(2026, 4, 3)) == ("closed", "Viernes Santo")
    assert business.hours_on(date(2026, 3, 19)), "it says that this one is open"
    asked = studio(holidays={"country": "ES", "region": "MD", "are": "ask"})
    assert asked.closed_by(date(2026, 4, 3)) == ("ask", "Viernes Santo")
    assert asked.hours_on(date(2026, 4, 3)) == ()


def test_a_business_that_asks_no_e_mail_needs_none_in_its_tools() -> None:
    book = studio().tool("book_appointment")
    assert book
    assert "client_email" not in book.required_slots
    assert "client_email" not in book.args["required"]
    assert not studio().needs_email
    assert studio(booking={"required": ["name", "email"]}).needs_email
