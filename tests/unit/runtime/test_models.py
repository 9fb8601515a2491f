"""What services that ask models share: strict parsing."""

import json
import re

import pytest

from runtime.models.backend import ModelError
from runtime.models.strict import free_text, strict_json


@pytest.mark.parametrize("text", ['{"a":1,"a":2}', '{"a":NaN}', '{"a":1e999}', '{"a":1} {}', "[" * 100_000, "no", ""])
def test_what_is_not_one_plain_json_document_is_refused(text: str) -> None:
    with pytest.raises(ModelError, match="bad_json"):
        strict_json(text)


def test_one_plain_json_document_is_read() -> None:
    assert strict_json(' {"a": [1, 0.5, "ñ"]} ') == {"a": [1, 0.5, "ñ"]}


@pytest.mark.parametrize("text", ["", "ñandú", "a" * 5, "¡1😀—ﬀ", "\U0010ffff", "[a-z]^"])
def test_a_free_text_is_any_that_is_short_enough_and_needs_no_escapes(text: str) -> None:
    assert re.search(free_text(0, 6), text)
    assert not re.search(free_text(len(text) + 1, 9), text)
    assert not re.search(free_text(0, len(text) - 1) if text else free_text(1, 1), text)
    assert json.dumps(text, ensure_ascii=False) == f'"{text}"'


@pytest.mark.parametrize("sign", ['"', "\\", "\n", "\x00", "\x1f", "\x7f", "\x85", "\ud800"])
def test_a_free_text_has_no_sign_that_needs_an_escape(sign: str) -> None:
    assert not re.search(free_text(0, 6), f"a{sign}b")
