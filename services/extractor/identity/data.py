"""The customer's data in a message: e-mail, booking id, phone and name, found in this order."""

import re
from collections.abc import Callable

from extractor.identity import booking_ids, emails, names, phones
from extractor.identity.datum import Datum
from extractor.text.normalised import View, plain
from workspace.model import PhoneRules


def find_data(
    view: View,
    phone_rules: PhoneRules,
    known: Callable[[str], bool],
    asked: str | None,
    flow: bool,
    introduces: re.Pattern[str] | None = None,
) -> tuple[View, list[Datum]]:
    """A message's view with the data masked, and the data: at most one of each slot, in order of place.

    `known` tells words of the catalogue; `asked` is the slot that the assistant has just asked for; `flow` says that
    a task is under way; `introduces` finds further phrases that names come after (names.introducing).
    """
    folded = plain(view.raw)
    found: list[Datum] = []
    spans: list[tuple[int, int]] = []
    email = emails.find(folded, asked == "client_email")
    if email:
        found.append(email[0])
        spans += email[1]
        folded = _blank(folded, spans)
    booking = booking_ids.find(folded, view.raw, asked == "booking_id")
    if booking:
        found.append(Datum("booking_id", *booking, "typed", sure=True))
        spans.append((found[-1].start, found[-1].end))
        folded = _blank(folded, spans)
    phone = phones.find(folded, phone_rules, asked == "client_phone")
    if phone:
        found.append(phone[0])
        spans += phone[1]
    view = view.hide(spans)
    name = names.find(view, known, asked == "client_name", spans, flow, introduces)
    if name and name[0]:
        value, words, sure = name
        reason = "" if sure else "two ways"
        found.append(Datum("client_name", value, words[0].start, words[-1].end, "typed", sure, reason))
        others = names.beside(view, words, known) if asked == "client_name" else []
        view = view.mask([(token.at, token.at + len(token.text)) for token in (*words, *others)])
    return view, sorted(found, key=lambda one: one.start)


def _blank(text: str, spans: list[tuple[int, int]]) -> str:
    for start, end in spans:
        text = text[:start] + " " * (end - start) + text[end:]
    return text
