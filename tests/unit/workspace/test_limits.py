"""What docs/manifest.md says of limits is what they are."""

import re
from pathlib import Path

import pytest
from pydantic.fields import FieldInfo

from workspace.limits import BookingLimits, LanguageModel, Limits, limits_of
from workspace.model import TIERS

TEXT = Path(__file__).parents[3].joinpath("docs/manifest.md").read_text(encoding="utf-8")
ROWS = {match[1]: match[2].split(" | ")[1:] for match in re.finditer(r"^\| `(\w+)` \| (.+) \|$", TEXT, re.MULTILINE)}


def test_every_limit_and_no_other_has_its_row() -> None:
    of_all = (one.model_fields.keys() for one in (Limits, BookingLimits, LanguageModel))
    assert ROWS.keys() == {name for names in of_all for name in names}


@pytest.mark.parametrize("name", Limits.model_fields)
def test_the_limits_of_each_tier_are_as_documented(name: str) -> None:
    assert [int(number) for number in ROWS[name]] == [getattr(limits_of(tier), name) for tier in TIERS]


@pytest.mark.parametrize(("name", "field"), LanguageModel.model_fields.items())
def test_what_models_may_be_asked_is_as_documented(name: str, field: FieldInfo) -> None:
    assert ROWS[name][-1] == str(field.default).lower()  # None is said as none


@pytest.mark.parametrize(("name", "field"), BookingLimits.model_fields.items())
def test_the_limits_of_the_agenda_are_as_documented(name: str, field: FieldInfo) -> None:
    default, most = (int(number) for number in ROWS[name])
    assert default == field.default
    assert BookingLimits.model_validate({name: most})
    with pytest.raises(ValueError, match=name):
        BookingLimits.model_validate({name: most + 1})
