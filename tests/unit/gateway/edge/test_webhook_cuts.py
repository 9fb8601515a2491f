"""What one signature is over can be read in one way only, however it is cut: the property that webhook_form is for."""

import random
import re
from collections.abc import Iterator

from hypothesis import example, given, settings
from hypothesis import strategies as st

from gateway.edge.webhook_form import Pairs, Webhook
from tests.unit.gateway.edge.test_webhook_form import JUDGE, OTHER, OUTBOX, VICTIM, WHOLE, refuses
from tests.unit.gateway.edge.twilio_requests import ACCOUNT, ANA, CALLBACKS, REQUESTS, SALON, SID, TEXT

MOST = 400
"""Most re-cuts of one text that are tried."""
_BOTH = ("AccountSid", "ApiVersion", "From", "To", "MessageSid", "SmsSid", "SmsStatus")
READ = {
    Webhook.INBOUND: (*_BOTH, "SmsMessageSid", "MessageType", "NumMedia", "Body", "ProfileName"),
    Webhook.STATUS: (*_BOTH, "MessageStatus", "ErrorCode"),
}
"""Fields that anything is done with, or that others are judged by."""
NAMES = sorted(
    {name for form in (*REQUESTS.values(), *CALLBACKS.values()) for name in form}
    | {"ErrorCode", "ExternalUserIdentifier", "MediaUrl1", "MediaUrl10", "ReferralMediaUrl", "SmsMessageSid"}
)
ANCHORS = {
    Webhook.INBOUND: ["AccountSid", "ApiVersion", "From", "MessageSid", "SmsMessageSid", "SmsSid", "To"],
    Webhook.STATUS: ["AccountSid", "ApiVersion", "From", "MessageSid", "MessageStatus", "SmsSid", "To"],
}
SHAPES = {
    "AccountSid": r"AC[0-9a-f]{32}",
    "ApiVersion": r"[\d-]{10}",
    "From": r"whatsapp:[+A-Z][\w.]{4,60}",
    "MessageSid": r"(SM|MM)[0-9a-f]{32}",
    "SmsMessageSid": r"(SM|MM)[0-9a-f]{32}",
    "SmsSid": r"(SM|MM)[0-9a-f]{32}",
    "To": r"whatsapp:[+A-Z][\w.]{4,60}",
    "MessageStatus": r"\w+",
}


def joined(pairs: Pairs) -> str:
    """What is signed of a form."""
    return "".join(name + value for name, value in sorted(pairs))


class Cuts:
    """Forms whose signed text is this one: known names wherever they stand, others at some capital letters, in order;
    only those whose mandatory fields are there and look like themselves."""

    def __init__(self, chance: random.Random, webhook: Webhook, text: str) -> None:
        self._chance, self._anchors, self._text, self._left = chance, ANCHORS[webhook], text, MOST
        at_capitals = [found.start() for found in re.finditer("[A-Z]", text)]
        self._known = {at: [name for name in NAMES if text.startswith(name, at)] for at in at_capitals}
        self._ends = [at for at in at_capitals if self._known[at] or text[at - 1].isdigit() or chance.random() < 0.5]
        self._ends.append(len(text))

    def __iter__(self) -> Iterator[list[tuple[str, str]]]:
        return self._from(0, "", [])

    def _from(self, at: int, last: str, pairs: list[tuple[str, str]]) -> Iterator[list[tuple[str, str]]]:
        self._left -= 1
        if at == len(self._text) and {name for name, _ in pairs} >= set(self._anchors):
            yield list(pairs)
        for name in self._names_at(at):
            skips = any(last < anchor < name for anchor in self._anchors)
            if name <= last or skips or self._left < 0:
                continue
            begin = at + len(name)
            for end in self._ends_from(name, begin):
                yield from self._from(end, name, [*pairs, (name, self._text[begin:end])])

    def _names_at(self, at: int) -> list[str]:
        made = re.match(r"[A-Z][A-Za-z]{1,40}\d{0,3}", self._text[at:])
        guesses = [made[0][: self._chance.randint(2, len(made[0]))], made[0]] if made else []
        return [*self._known.get(at, []), *guesses]

    def _ends_from(self, name: str, begin: int) -> list[int]:
        shape = SHAPES.get(name, "(?s).*")
        possible = [end for end in self._ends if end >= begin and re.fullmatch(shape, self._text[begin:end])]
        few = len(possible) < 6
        return possible if few else [*possible[:2], possible[-1], *self._chance.sample(possible[2:-1], 2)]


HOSTILE = st.lists(
    st.sampled_from([
        *NAMES, "From" + VICTIM, "To" + SALON, "MessageSid" + SID, "MessageSid" + OTHER, "SmsSid" + SID, WHOLE,
        "SmsMessageSid" + SID, "AccountSid" + ACCOUNT, "ApiVersion2010-04-01", "Zz", "Carlos", "hola", " ", "true",
        "MessageTypebutton", "MessageTypetext", 'ChannelMetadata{"a":"b"}', "{}", "}", "received", "ChannelStyle", "0",
        "SmsStatusreceived", "NumMedia1", "Latitude-3", "WaId549", "Mess", "age", "Sid", "ErrorCode6", "Bo", "dy",
        "FlowYoga", "EventTypeREAD", "Er", "Re", "ReferralNumMedia0",
    ]),
    max_size=7,
).map("".join)  # fmt: skip
FREE = ("Body", "ProfileName", "ButtonText", "ButtonPayload", "ListTitle", "Address", "Label", "ReferralBody")


def new_names(form: dict[str, str]) -> list[str]:
    """Names that nobody knows, but for those right after what may hold capitals: who holds such a request, refused as
    it is, can have the text go on with the field."""
    names = ["NumFiles", "NewName", "ToCity", "Aware"]
    names += ["ChannelStyle", "EventType"] if "ChannelMetadata" in form else []
    return names + (["FromCity", "InCity"] if form["From"] == ANA else [])


@st.composite
def requests(draw: st.DrawFn) -> tuple[Webhook, dict[str, str], str]:
    """A request of Twilio's, hostile wherever somebody else than Twilio writes."""
    if draw(st.integers(0, 4)) == 0:
        form = dict(draw(st.sampled_from(list(CALLBACKS.values()))))
        if draw(st.booleans()):
            form["ErrorMessage"] = draw(HOSTILE)
        return Webhook.STATUS, form, draw(st.sampled_from(["", OUTBOX]))
    form = dict(draw(st.sampled_from(list(REQUESTS.values()))))
    for name in FREE:
        if name in form and draw(st.booleans()):
            form[name] = draw(HOSTILE)
    if draw(st.integers(0, 3)) == 0:
        form[draw(st.sampled_from(new_names(form)))] = draw(HOSTILE)
    return Webhook.INBOUND, form, ""


def understood(webhook: Webhook, pairs: Pairs) -> dict[str, str]:
    """All that is read of a form."""
    fields = dict(pairs)
    return {name: fields.get(name, "") for name in READ[webhook]}


def is_cut_at_a_field(whole: str, part: str) -> bool:
    """Whether a text is the beginning of another that goes on with the name of a field."""
    rest = whole.removeprefix(part)
    return whole.startswith(part) and bool(re.match(f"{'|'.join(NAMES)}|[A-Z][a-z]+[A-Z][a-z]", rest))


@settings(max_examples=120, deadline=None)
@given(requests(), st.randoms(use_true_random=False))
@example((Webhook.INBOUND, {**TEXT, "Body": WHOLE}, ""), random.Random(1))
@example((Webhook.INBOUND, {**TEXT, "Body": "hola Carlos, From ahora"}, ""), random.Random(1))
@example((Webhook.INBOUND, {**TEXT, "Body": "hola Carlos, From ahora"}, ""), random.Random(2))
@example((Webhook.INBOUND, {**TEXT, "Body": "hola Carlos, From ahora"}, ""), random.Random(3))
@example((Webhook.INBOUND, {**TEXT, "Body": "no ExternalUserIdAR.1"}, ""), random.Random(1))
@example((Webhook.INBOUND, {**REQUESTS["user name"], "ToCity": "Rosario"}, ""), random.Random(1))
@example((Webhook.STATUS, {**CALLBACKS["read"], "ErrorMessage": "ErrorCode6"}, ""), random.Random(1))
@example(
    (Webhook.STATUS, {**CALLBACKS["undelivered"], "ErrorMessage": "ErrorCode6EventTypeREAD"}, ""), random.Random(1)
)
@example((Webhook.INBOUND, {**TEXT, "ProfileName": "AnaReferralBodyReferralNumMedia0"}, ""), random.Random(1))
def test_a_signature_says_one_thing_however_it_is_cut(
    request_: tuple[Webhook, dict[str, str], str], chance: random.Random
) -> None:
    webhook, form, query = request_
    own = refuses(form, webhook, query) is None
    taken = [list(form.items())] if own else []
    cut = Cuts(chance, webhook, joined(list(form.items())))
    taken += [pairs for pairs in cut if JUDGE.refuses(webhook, pairs, query) is None]
    # whatever Twilio sent: of all forms that a signature holds for, those that are taken are one and the same message,
    # and differ at most in fields that nobody reads
    read = [understood(webhook, each) for each in taken]
    assert all(each == read[0] for each in read)
    # and it is the message that was sent, of whom and to whom it was sent; who writes the name of a field into a text
    # of their own may see that text end there
    sent = understood(webhook, list(form.items()))
    for each in read:
        for name in READ[webhook]:
            same = each[name] == sent[name]
            assert same or (not own and name in FREE and is_cut_at_a_field(sent[name], each[name]))


@settings(max_examples=40, deadline=None)
@given(requests(), st.integers(0, 80))
def test_a_query_takes_nothing_from_the_form_and_gives_it_nothing(
    request_: tuple[Webhook, dict[str, str], str], moved: int
) -> None:
    webhook, form, query = request_
    text = (f"?{query}" if query else "") + joined(list(form.items()))
    for queried in (text[1:moved] if text.startswith("?") else "", OUTBOX, ""):
        signed = f"?{queried}" if queried else ""
        if queried == query or not text.startswith(signed):
            continue
        for pairs in Cuts(random.Random(moved), webhook, text[len(signed) :]):
            assert JUDGE.refuses(webhook, pairs, queried) is not None
        rest = text[len(signed) :]
        for where in range(1, 50):
            assert JUDGE.refuses(webhook, [(rest[:where], rest[where:])], queried) is not None


def test_the_attack_would_be_found() -> None:
    """The search for re-cuts finds the one that a form without a judge falls for."""
    pairs = list({**TEXT, "Body": WHOLE}.items())
    found = [dict(each) for each in Cuts(random.Random(3), Webhook.INBOUND, joined(pairs))]
    assert any(each["From"] == VICTIM for each in found)
    assert ANA not in {each["From"] for each in found if JUDGE.refuses(Webhook.INBOUND, list(each.items()), "") is None}
