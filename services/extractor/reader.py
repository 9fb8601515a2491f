"""Reads a customer's message: intent, slots and what goes with them. Deterministic and local."""

from dataclasses import replace
from datetime import date

from extractor import booking_ids, choice, emails, intents, language, names, phones, polarity, several, topics
from extractor.calendar_words import mentions_of_time
from extractor.catalogue import Catalogue
from extractor.intents import Findings
from extractor.message import Mention, Message, Reading
from extractor.parts_of_day import part_of_day, shifts
from extractor.statistical import Statistical, topic_of
from extractor.text import View, cut, plain, view
from workspace.calendar import parse_date, parse_time
from workspace.model import Workspace

MODEL = "rules-1"
"""Name and version of the rules."""
_NOTHING_MORE = frozenset({"info_services", "info_prices", "info_hours", "cancel", "reschedule"})
_UNTIMED = frozenset({"info_hours", "greeting", "chitchat", "other"})


class Reader:
    """Reads the messages of one workspace's customers. Safe to share between threads."""

    def __init__(self, workspace: Workspace, *, rules_only: bool = False) -> None:
        self._workspace = workspace
        self._statistical = None if rules_only else Statistical(workspace)
        self._catalogue = Catalogue(workspace)
        phones.normalise("+5491155551234", workspace.phone)

    def read(self, message: Message) -> Reading:
        """What a message says. Never raises on any text."""
        return self._reading(message, None)

    def read_as(self, message: Message, intent: str) -> Reading:
        """What a message says when somebody else, a language model, has decided its intent."""
        return self._reading(message, intent)

    def _reading(self, message: Message, decided: str | None) -> Reading:
        seen, data, findings = self.look(message)
        guess = self._statistical.predict(replace(message, text=cut(message.text))) if self._statistical else None
        intent, probs = intents.decide(findings, message, guess.intents if guess else None)
        intent = decided or intent
        mentions, gives_up = findings.mentions, findings.abandons
        slots, removed = choice.choose(mentions, seen.line, intent == "reschedule", intent == "cancel")
        if "staff_name" in message.known_slots and "staff_name" not in slots and choice.anyone(seen.line):
            removed.add("staff_name")
        at = parse_time(message.known_slots.get("preferred_time", ""))
        if at and shifts(seen.line):
            removed.add("preferred_time")
        more = several.more(mentions, seen.line, slots, message.known_slots) if intent not in _NOTHING_MORE else ()
        asked_day = slots.get("preferred_date") if intent == "info_hours" else None
        if intent in _UNTIMED:
            slots = {slot: value for slot, value in slots.items() if slot not in ("preferred_date", "preferred_time")}
        not_offered = any(one.slot == "service_type" and not one.value for one in mentions)
        topic = topics.find(findings.cues, seen.line, message.text, intent, gives_up, not_offered)
        return Reading(
            intent=intent,
            slots=slots | data,
            removed_slots=tuple(sorted(removed)),
            polarity=findings.polarity,
            confidence=round(probs[intent], 4),
            alternatives=tuple(intents.top(probs, intent)),
            source="cpu" if guess else "rules",
            model=f"{MODEL}+{self._statistical.version}" if self._statistical else MODEL,
            reasoning=intents.names(findings.cues),
            topic=topic or (topic_of(guess, intent) if guess else None),
            part_of_day=None if "preferred_time" in slots else part_of_day(seen.line, at),
            language=language.read(seen),
            asked_day=asked_day,
            more_services=more,
        )

    def look(self, message: Message) -> tuple[View, dict[str, str], Findings]:
        """A message's text without data, the data in it, and what the intent is decided on."""
        seen, data = self._data(view(message.text), message)
        mentions = self._mentions(seen, message)
        said = polarity.read(seen.line, seen.raw)
        gives_up = said == "deny" and polarity.abandons(seen.line)
        cues, scores = intents.scan(seen.line)
        old = choice.existing(mentions, seen.line)
        return seen, data, Findings(seen.line, cues, scores, tuple(mentions), frozenset(data), said, gives_up, old)

    def _data(self, seen: View, message: Message) -> tuple[View, dict[str, str]]:
        """Ids, e-mail, phone and name, and the view without them."""
        folded = plain(seen.raw)
        found: dict[str, str] = {}
        spans: list[tuple[int, int]] = []
        asked = message.asked_slot
        email = emails.find(folded)
        if email:
            found["client_email"] = email[0]
            spans.append(email[1:])
            folded = _blank(folded, email[1:])
        booking = booking_ids.find(folded, seen.raw, asked == "booking_id")
        if booking:
            found["booking_id"] = booking[0]
            spans.append(booking[1:])
            folded = _blank(folded, booking[1:])
        phone = phones.find(folded, self._workspace.phone)
        if phone:
            found["client_phone"] = phone[0]
            spans.append(phone[1:])
        seen = seen.hide(spans)
        flow = message.active_intent is not None
        name = names.find(seen, self._catalogue.knows, asked == "client_name", spans, flow)
        if name and name[0]:
            found["client_name"] = name[0]
            seen = seen.mask([(token.at, token.at + len(token.text)) for token in name[1]])
        return seen, found

    def _mentions(self, seen: View, message: Message) -> list[Mention]:
        today = message.reference.astimezone(self._workspace.zone).date()
        timed = mentions_of_time(seen.line, today, message, self._workspace, _known_day(message))
        masked = seen.mask([(one.start, one.end) for one in timed])
        return sorted(timed + self._catalogue.find(masked, message.asked_slot), key=lambda one: one.start)


def _known_day(message: Message) -> date | None:
    return parse_date(message.known_slots.get("preferred_date", ""))


def _blank(text: str, span: tuple[int, int]) -> str:
    return text[: span[0]] + " " * (span[1] - span[0]) + text[span[1] :]
