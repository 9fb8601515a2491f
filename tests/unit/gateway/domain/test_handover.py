"""Why and how a person is told of a message."""

import pytest

from gateway.domain.handover import HandoverKind, handover_reason, kind_of, mask
from turn.vocabulary import HandoverReason


@pytest.mark.parametrize("reason", HandoverReason)
def test_only_who_is_late_or_there_waits_for_no_answer(reason: HandoverReason) -> None:
    notices = {HandoverReason.LATE, HandoverReason.ARRIVED}
    assert kind_of(reason) is (HandoverKind.NOTICE if reason in notices else HandoverKind.REQUEST)


@pytest.mark.parametrize(
    ("requires_human", "text", "reason"),
    [(True, "asked", "asked"), (True, "", "other"), (True, "new", "other"), (False, "late", "late"), (False, "", None)],
)
def test_a_person_is_told_whenever_the_reply_says_so(requires_human: bool, text: str, reason: str | None) -> None:
    assert handover_reason(requires_human, text) == reason


@pytest.mark.parametrize(
    ("address", "masked"),
    [
        ("whatsapp:+5491155551234", "whatsapp:…1234"),
        ("+5491155551234", "…1234"),
        ("whatsapp:AR.15025", "whatsapp:…5025"),
        ("web:ana", "web:…"),
        ("", "…"),
    ],
)
def test_a_list_names_nobody(address: str, masked: str) -> None:
    assert mask(address) == masked
