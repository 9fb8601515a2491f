"""What services that ask models share: the breaker, strict parsing, the rungs."""

import pytest

from runtime.models.backend import ModelError
from runtime.models.breaker import FAILURES, OPEN_S, Breaker
from runtime.models.strict import strict_json


class Clock:
    """A clock that stands still until told."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_the_breaker_opens_after_failures_in_a_row_and_probes_one_at_a_time() -> None:
    clock = Clock()
    breaker = Breaker(clock)
    for _ in range(FAILURES - 1):
        breaker.failed()
    breaker.succeeded()
    for _ in range(FAILURES - 1):
        breaker.failed()
    assert breaker.allows()
    breaker.failed()
    assert breaker.is_open
    assert not breaker.allows()
    clock.now += OPEN_S
    assert [breaker.allows(), breaker.allows()] == [True, False]
    clock.now += OPEN_S  # the probe said nothing: the next one may try
    assert breaker.allows()
    breaker.failed()
    assert not breaker.allows()
    clock.now += OPEN_S
    assert breaker.allows()
    breaker.succeeded()
    assert [breaker.allows(), breaker.allows()] == [True, True]


@pytest.mark.parametrize("text", ['{"a":1,"a":2}', '{"a":NaN}', '{"a":1e999}', '{"a":1} {}', "[" * 100_000, "no", ""])
def test_what_is_not_one_plain_json_document_is_refused(text: str) -> None:
    with pytest.raises(ModelError, match="bad_json"):
        strict_json(text)


def test_one_plain_json_document_is_read() -> None:
    assert strict_json(' {"a": [1, 0.5, "ñ"]} ') == {"a": [1, 0.5, "ñ"]}
