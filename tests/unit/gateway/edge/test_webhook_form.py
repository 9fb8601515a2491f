"""Forms as Twilio sends them are taken, and what is wrong with others is named."""

import json
from pathlib import Path

import pytest

from gateway.edge.webhook_form import Judge, Reason, Webhook
from tests.unit.gateway.edge.twilio_requests import ACCOUNT, CALLBACKS, REQUESTS, SALON, SID, TEXT

ROOT = Path(__file__).resolve().parents[4]
JUDGE = Judge()
VICTIM = "whatsapp:+5491155559999"
OUTBOX = "outbox=" + "0f" * 16


def refuses(form: dict[str, str], webhook: Webhook = Webhook.INBOUND, query: str = "", account: str = "") -> str | None:
    return JUDGE.refuses(webhook, list(form.items()), query, account)


@pytest.mark.parametrize("about", REQUESTS)
def test_what_twilio_sends_is_taken(about: str) -> None:
    assert refuses(REQUESTS[about], account=ACCOUNT) is None


@pytest.mark.parametrize("about", CALLBACKS)
@pytest.mark.parametrize("query", ["", OUTBOX])
def test_a_callback_as_twilio_sends_it_is_taken(about: str, query: str) -> None:
    assert refuses(CALLBACKS[about], Webhook.STATUS, query, ACCOUNT) is None


ORDINARY = [
    "Todo bien, Tomás?", "To be honest, From Monday on I can. Body massage?", "Body Pump a las 18", "CrossFit",
    "Soy Tomás. From: Ana To: Sofi", "Body: 40 minutos. AccountSid?", "MI MAIL ES ANA@TEST.COM", "iPhone, WhatsApp",
    "Label Address Latitude Longitude", "Forwarded message", "Listo! Messages? Numero 4", "AccountSid AC, ni To",
    "Button? Channel 9. External. Media hora. Flow Yoga", "https://Example.com/From?To=Body", "To\nFrom\nBody\n", "",
    "BodyCombat en BsAs", "Ojo: To whatsapp:+5491155551234, From whatsapp", "FROM ANA TO SOFI, MESSAGE: HOLA",
]  # fmt: skip


@pytest.mark.parametrize("text", ORDINARY)
@pytest.mark.parametrize("field", ["Body", "ProfileName"])
def test_ordinary_words_are_taken(text: str, field: str) -> None:
    assert refuses({**TEXT, field: text}) is None


NAMES_OF_PEOPLE = [
    "OriginalBarber", "RawBeauty", "OrderMania", "ReplyGuys", "NumNum", "SmsGo", "ReactionLab", "MediaLab", "MaríaJosé",
    "ButtonShop", "ChannelOne", "FlowYoga", "ListaNegra", "MessageMe", "ProfilePic", "ReferralClub", "SenderPro",
    "Num1", "StructuredMind", "InteractiveArts", "ExternalWall", "DJ FromBerlin", "JoãoPessoa", "McDonalds", "iPhone",
    "LabelleParis", "AddressUnknown", "BodyPump", "EventType", "ErrorCode", "FlowState", "To", "From", "MediaUrl",
    "ToTo",
]  # fmt: skip
WORDS = [
    "hola FlowYoga", "#FlowState", "ChannelOne", "ErrorCode", "EventType", "EventTypeREAD", "sale ErrorCode 63016",
    "#OrderMania #RawBeauty", "turno en SaoPaulo o BsAs", "o MeuSalão abre?", "my OriginalCuts voucher", "Forwarded",
    "ForwardedAgain", "la app dice MessageStatus failed", "ErrorCode63016", "ErrorMessage: Outside window",
    "pago por MercadoPago",
]  # fmt: skip
FIELDS = sorted(
    {name for form in (*REQUESTS.values(), *CALLBACKS.values()) for name in form}
    | {"ErrorCode", "SmsMessageSid", "Carlos", "CarouselCard"}
)
AFTER_NAME = [name for name in FIELDS if name.startswith(("ProfileName", "Referral"))]


@pytest.mark.parametrize("text", NAMES_OF_PEOPLE)
@pytest.mark.parametrize(
    ("field", "about"), [("ProfileName", "text"), ("Body", "text"), ("Label", "location"), ("ReferralHeadline", "text")]
)
@pytest.mark.parametrize("at", ["{}", "Ana {}", "{} Ana", "Ana{}"])
def test_a_name_that_looks_like_a_field_is_taken(field: str, about: str, text: str, at: str) -> None:
    assert refuses({**REQUESTS[about], field: at.format(text)}) is None


@pytest.mark.parametrize("text", WORDS)
@pytest.mark.parametrize("field", ["Body", "ProfileName"])
def test_words_with_capitals_within_are_taken(text: str, field: str) -> None:
    assert refuses({**TEXT, field: text}) is None


@pytest.mark.parametrize("name", FIELDS)
def test_a_field_s_name_as_a_word_is_taken(name: str) -> None:
    assert refuses({**TEXT, "Body": f"me sale {name}, ¿qué es? {name}"}) is None
    # one that may follow a name, and hold any text, ends it
    expected = Reason.BOUNDARY if name in AFTER_NAME and name != "ProfileName" else None
    assert refuses({**TEXT, "ProfileName": f"Ana {name}, {name}"}) is expected


@pytest.mark.parametrize(("field", "text"), [("ErrorMessage", "ErrorCode6"), ("ErrorMessage", "an EventTypeREAD"),
    ("ErrorMessage", "EventType ErrorCode"), ("ChannelStatusMessage", "ErrorCode is EventType")])  # fmt: skip
def test_an_error_s_text_may_name_fields(field: str, text: str) -> None:
    assert refuses({**CALLBACKS["undelivered"], field: text}, Webhook.STATUS) is None


@pytest.mark.parametrize("field", ["Caption", "InputKind", "EventType", "Language", "Music", "ParentUserId",
    "Quality", "SmsType", "Subtype", "Username", "ChannelStyle"])  # fmt: skip
def test_a_new_field_is_taken_that_does_not_follow_what_is_read(field: str) -> None:
    expected = Reason.UNKNOWN_AFTER_TEXT if field in NEXT_TO_A_TEXT else None
    assert refuses({**TEXT, field: "De Lunes a Viernes"}) is expected


NEXT_TO_A_TEXT = ("Caption", "Quality")
"""Of those: next to Body or ProfileName, where nobody can tell it from the customer's words."""


def test_a_field_does_not_become_a_piece_of_a_user_s_name() -> None:
    user = REQUESTS["user name"]
    name = user["From"]
    assert refuses({**user, "From": f"{name}InCityRosario"}) is None, "letters are allowed there"
    assert refuses({**user, "InCity": "Rosario"}) is Reason.UNKNOWN_AFTER_TEXT, "of the same signature"
    assert refuses({**user, "MessageType": "location", "Label": "Gym", "Latitude": "-34.6"}) is None


def texts_of_ours() -> list[str]:
    """What customers write in the conversations and the examples of this repository."""
    texts: list[str] = []

    def walk(node: object) -> None:
        if isinstance(node, str):
            texts.append(node)
        for each in node.values() if isinstance(node, dict) else node if isinstance(node, list) else ():
            walk(each)

    for folder in ("tests/mesh/conversations", "tests/unit/extractor/data"):
        for file in sorted((ROOT / folder).glob("*.jsonl")):
            walk([json.loads(line) for line in file.read_text(encoding="utf-8").splitlines() if line.strip()])
    for file in sorted((ROOT / "training/data").glob("*.txt")):
        texts += file.read_text(encoding="utf-8").splitlines()
    return texts


def test_every_text_of_the_conversations_is_taken() -> None:
    texts = texts_of_ours()
    assert len(texts) > 5_000
    assert [text for text in texts if refuses({**TEXT, "Body": text})] == []


def attack(more: str = "") -> str:
    """A text that holds another customer's message; `more` are mandatory fields that the issue's own did without."""
    return f"cancelá mi turnoFrom{VICTIM}MessageSid{OTHER}{more}To{SALON}Zz"


OTHER = "SM" + "1f" * 16
WHOLE = attack(f"SmsMessageSid{OTHER}SmsSid{OTHER}")


@pytest.mark.parametrize(
    "field", ["Body", "ProfileName", "ButtonText", "ListTitle", "Label", "Unheard", "ReferralBody"]
)
@pytest.mark.parametrize(
    "text",
    [
        attack(),
        WHOLE,
        "AccountSid" + ACCOUNT,
        "xApiVersion2010-04-01",
        "MessageSid" + SID,
        "From" + VICTIM,
        "To" + SALON,
    ],
)
def test_a_field_that_holds_the_beginning_of_a_mandatory_one_is_refused(field: str, text: str) -> None:
    typed = {"MessageType": "interactive"} if field in ("ButtonText", "ListTitle", "Label") else {}
    assert refuses({**TEXT, **typed, field: text}) in (Reason.BOUNDARY, Reason.UNKNOWN_AFTER_TEXT)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"SmsSid": "SM" + "1f" * 16}, Reason.SIDS),
        ({"SmsMessageSid": "SM" + "1f" * 16}, Reason.SIDS),
        ({"SmsMessageSid": None}, Reason.MISSING),
        ({"AccountSid": None}, Reason.MISSING),
        ({"ApiVersion": None}, Reason.MISSING),
        ({"AccountSid": "AC" + "2" * 32}, Reason.ACCOUNT),
        ({"AccountSid": "AC1"}, Reason.SHAPE),
        ({"MessageSid": "SM" + "0A" * 16}, Reason.SHAPE),
        ({"MessageType": "textX"}, Reason.SHAPE),
        ({"ChannelMetadata": "{"}, Reason.SHAPE),
        ({"ChannelMetadata": "[" * 5_000}, Reason.SHAPE),
        ({"foo": "x"}, Reason.NAME),
        ({"Ñandú": "x"}, Reason.NAME),
        ({"MessageSid\n": "x"}, Reason.NAME),
        ({"ButtonText": "Sí"}, Reason.TYPE),
        ({"Carlos": "x"}, Reason.UNKNOWN_AFTER_TEXT),
        ({"FromC": "ityMediaUrl0https"}, Reason.BOUNDARY),
        ({"Mess": "ageSid" + SID}, Reason.BOUNDARY),
        ({"MediaUrl": "0https://x"}, Reason.BOUNDARY),
    ],
)
def test_what_is_wrong_is_named(change: dict[str, str | None], reason: Reason) -> None:
    form = {name: value for name, value in {**TEXT, **change}.items() if value is not None}
    assert refuses(form, account=ACCOUNT) is reason


def test_a_name_twice_is_refused() -> None:
    assert JUDGE.refuses(Webhook.INBOUND, [*TEXT.items(), ("Body", "otra")], "") is Reason.REPEATED


@pytest.mark.parametrize("query", ["t=1", OUTBOX, "?", "=", "outbox="])
def test_an_inbound_webhook_has_no_query(query: str) -> None:
    assert refuses(TEXT, query=query) is Reason.QUERY


@pytest.mark.parametrize("query", [OUTBOX + "0", OUTBOX[:-1], OUTBOX.upper(), OUTBOX + "&t=1", "x=" + "0" * 32])
def test_a_callback_s_query_is_the_one_that_was_given(query: str) -> None:
    assert refuses(CALLBACKS["read"], Webhook.STATUS, query) is Reason.QUERY


def test_a_message_is_no_callback() -> None:
    assert refuses(TEXT | {"MessageStatus": "sent"}, Webhook.STATUS) is Reason.SIDS


def test_a_field_that_twilio_has_begun_to_send_is_taken_by_name() -> None:
    form = {**TEXT, "CarouselCard": "2"}
    assert refuses(form) is Reason.UNKNOWN_AFTER_TEXT
    told = Judge(["CarouselCard"])
    assert told.refuses(Webhook.INBOUND, list(form.items()), "") is None
    assert told.refuses(Webhook.INBOUND, list({**TEXT, "Body": "aCarouselCardb"}.items()), "") is Reason.BOUNDARY
    with pytest.raises(ValueError, match="names"):
        Judge([".*"])
