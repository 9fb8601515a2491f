"""Who a caller is taken for, and what it may call."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtime.errors import PulpoError
from runtime.rpc.identity import (
    CALLER_KEY,
    NOBODY,
    TOKEN_KEY,
    UNNAMED,
    Door,
    caller_token,
    certificate_name,
    is_loopback,
    listed_in,
    service_key,
    tokens_in,
)
from tests.identity import SECRET, credential

TOKEN = "0123456789abcdef"
SERVICES = ("gateway", "broker", "extractor", "planner", "nlg", "agenda")
KEY = service_key(SECRET, "broker")
OLD_KEY = service_key("old" * 20, "broker")


PADDED = "6Zq3n1b0Yc8Rk2vXw9LmTg=="


def door(
    listed: str = "", free: tuple[str, ...] = (), keys: tuple[str, ...] = (KEY,), *, reports: bool = False
) -> Door:
    callers = {"Execute": ("gateway",), "Evaluate": ("gateway", "nlg"), "track": ()}
    return Door(keys, callers, listed_in(listed), free, reports=reports)


def reason(call: object) -> str:
    with pytest.raises(PulpoError) as refused:
        call()  # type: ignore[operator]
    return refused.value.reason


@pytest.mark.parametrize("caller", SERVICES)
def test_a_service_is_known_by_its_own_token_at_the_service_it_is_for(caller: str) -> None:
    shown = credential(caller, "broker")
    found = door().identify(dict(shown.headers))
    assert (found.name, "Execute" in found.may) == (caller, caller == "gateway")
    for other in SERVICES:
        if other != caller:
            stolen = {CALLER_KEY: other, TOKEN_KEY: shown.token}
            assert reason(lambda stolen=stolen: door().identify(stolen)) == "CALLER_UNKNOWN"
    elsewhere = credential(caller, "agenda")
    assert reason(lambda: door().identify(dict(elsewhere.headers))) == "CALLER_UNKNOWN"


def test_what_one_service_has_makes_no_token_of_another() -> None:
    has = {credential("broker", "agenda").token, service_key(SECRET, "broker")}
    for callee in SERVICES:
        for caller in SERVICES:
            wanted = credential(caller, callee).token
            if callee != "broker" and (caller, callee) != ("broker", "agenda"):
                assert wanted not in has | {caller_token(known, caller) for known in has}


def test_while_a_key_is_replaced_both_prove() -> None:
    for secret in (SECRET, "old" * 20):
        assert (
            door(keys=(KEY, OLD_KEY)).identify(dict(credential("gateway", "broker", secret).headers)).name == "gateway"
        )
    assert (
        reason(lambda: door().identify(dict(credential("gateway", "broker", "old" * 20).headers))) == "CALLER_UNKNOWN"
    )


def test_a_name_that_was_proven_has_to_be_proven_again_and_again() -> None:
    watched, shown = door(f"bot:Evaluate={TOKEN}", keys=(KEY, OLD_KEY)), credential("gateway", "broker")
    assert watched.identify(dict(shown.headers)) == watched.identify(dict(shown.headers))
    assert watched.identify({CALLER_KEY: "bot", TOKEN_KEY: TOKEN}).may == {"Evaluate"}
    for name, token in (("gateway", TOKEN), ("gateway", shown.token + "0"), ("bot", shown.token), ("bot", "")):
        if token:
            assert reason(lambda n=name, t=token: watched.identify({CALLER_KEY: n, TOKEN_KEY: t})) == "CALLER_UNKNOWN"
        else:
            assert not watched.identify({CALLER_KEY: name}).name
    assert watched.identify({CALLER_KEY: "gateway", TOKEN_KEY: caller_token(OLD_KEY, "gateway")}).name == "gateway"


def test_a_token_decides_before_a_certificate_and_a_wrong_one_is_refused_whatever_that_says() -> None:
    shown = dict(credential("nlg", "broker").headers)
    assert door().identify(shown, "gateway").name == "nlg"
    assert door().identify({}, "gateway").may == {"Execute", "Evaluate"}
    assert door().identify({CALLER_KEY: "gateway"}) == NOBODY
    assert reason(lambda: door().identify({**shown, TOKEN_KEY: "ñ"}, "gateway")) == "CALLER_UNKNOWN"
    assert reason(lambda: Door((), {}).identify({CALLER_KEY: "gateway", TOKEN_KEY: "x"})) == "CALLER_UNKNOWN"


def test_who_is_let_in() -> None:
    one = door(free=("Evaluate",))
    gateway, agenda = (one.identify({}, name) for name in ("gateway", "agenda"))
    here = one.identify({}, is_local=True)
    one.admit("Execute", gateway)
    one.admit("Evaluate", here)
    assert reason(lambda: one.admit("Evaluate", NOBODY)) == "CALLER_UNKNOWN"
    assert reason(lambda: one.admit("Execute", here)) == "CALLER_UNKNOWN"
    assert reason(lambda: one.admit("Execute", agenda)) == "CALLER_NOT_ALLOWED"
    assert reason(lambda: one.admit("Reflect", gateway)) == "CALLER_NOT_ALLOWED"


def test_who_shows_nothing_is_let_in_to_be_reported_and_may_what_some_service_may() -> None:
    one = door("crm:track=" + TOKEN, reports=True)
    nobody = one.identify({CALLER_KEY: "crm"}, is_local=True)
    assert (nobody.name, set(nobody.may)) == ("", {"Execute", "Evaluate"})
    assert not one.admit("Execute", nobody)
    assert not one.admit("SendMessage", nobody)
    assert one.admit("Execute", one.identify({}, "gateway"))
    assert door(free=("Evaluate",), reports=True).admit("Evaluate", nobody), "that needs no name anyway"
    assert reason(lambda: one.identify({CALLER_KEY: "gateway", TOKEN_KEY: TOKEN})) == "CALLER_UNKNOWN"
    assert reason(lambda: one.admit("Execute", one.identify({}, "agenda"))) == "CALLER_NOT_ALLOWED"


def test_listed_callers_may_what_is_written() -> None:
    text = f" crm={TOKEN} ,lab:Plan+Compose={TOKEN[::-1]},{PADDED},"
    found = {each.name: (each.token, set(each.grants)) for each in listed_in(text)}
    assert found == {
        "crm": (TOKEN, {"SendMessage", "track"}),
        "lab": (TOKEN[::-1], {"Plan", "Compose"}),
        UNNAMED: (PADDED, {"SendMessage", "track"}),
    }
    one = door(f"desk:Execute={TOKEN},desk:Execute={TOKEN[::-1]}")
    for token in (TOKEN, TOKEN[::-1]):
        one.admit("Execute", one.identify({CALLER_KEY: "desk", TOKEN_KEY: token}))
    one.admit("Execute", one.identify({}, "desk"))
    assert reason(lambda: one.identify({TOKEN_KEY: TOKEN})) == "CALLER_UNKNOWN"
    assert door("c" * 20).identify({TOKEN_KEY: "c" * 20}).name == UNNAMED


@pytest.mark.parametrize(
    "wrong", ["short", f"{TOKEN},short", "crm=short", "crm:Plan=fifteen-letters", "crm=" + "ñ" * 16]
)
def test_a_listed_token_is_long_and_plain(wrong: str) -> None:
    with pytest.raises(ValueError, match="16 ASCII"):
        listed_in(wrong)


@pytest.mark.parametrize(
    "wrong",
    [
        f"desk:book_appointment={TOKEN}", f"Desk={TOKEN}", f"my_crm={TOKEN}", f"desk:={TOKEN}",
        f"desk:Execute+={TOKEN}",
        "crm-of-the-whole-clinic=", "desk:Execute+Evaluate=", f"crm=={TOKEN}", f"{'n' * 32}={TOKEN}",
    ],
)  # fmt: skip
def test_an_entry_that_is_no_entry_is_no_token_either(wrong: str) -> None:
    with pytest.raises(ValueError, match=r"^entry 2: expected name=token or name:Grant\+Grant=token.*agenda cannot be"):
        listed_in(f"crm={TOKEN},{wrong}")


def test_nobody_is_listed_under_a_services_name() -> None:
    assert reason(lambda: door(f"gateway={TOKEN}")) == "CALLER_RESERVED"


def test_tokens_to_show_have_their_service() -> None:
    assert tokens_in(f"agenda={TOKEN}, nlg={TOKEN}") == {"agenda": TOKEN, "nlg": TOKEN}
    for wrong in ("agenda", "agenda=short", f"={TOKEN}"):
        with pytest.raises(ValueError, match="service=token"):
            tokens_in(wrong)


@pytest.mark.parametrize(
    ("names", "name"),
    [
        (("broker",), "broker"),
        (("Broker", "localhost", "127.0.0.1"), "broker"),
        (("broker.pulpo.svc", "broker.pulpo", "broker"), "broker"),
        (("a whole organisation", "broker", "spiffe://pulpo/sa/gateway", "::1"), "broker"),
        (("broker", "gateway.pulpo"), ""),
        (("*.pulpo.svc", "broker.pulpo.svc"), ""),
        (("localhost", "127.0.0.1"), ""),
        ((), ""),
    ],
)
def test_a_certificate_names_one_service_or_none(names: tuple[str, ...], name: str) -> None:
    assert certificate_name(names) == name


@pytest.mark.parametrize(
    ("peer", "is_here"),
    [
        ("ipv4:127.0.0.1:5", True), ("ipv6:%5B::1%5D:5", True), ("ipv6:[::1]:5", True), ("unix:", True),
        ("127.0.0.1", True), ("::1", True), ("ipv4:10.0.0.1:5", False), ("ipv6:[fe80::1]:5", False), ("", False),
        ("localhost.evil", False), ("ipv4:127.0.0.1.evil:5", False),
    ],
)  # fmt: skip
def test_only_this_machine_is_here(peer: str, is_here: bool) -> None:
    assert is_loopback(peer) is is_here


@given(st.dictionaries(st.sampled_from([CALLER_KEY, TOKEN_KEY]), st.text(max_size=40)), st.text(max_size=40))
def test_whatever_is_shown_makes_nobody_a_service(headers: dict[str, str], certificate: str) -> None:
    named = certificate_name([certificate])
    if headers.get(TOKEN_KEY):
        assert reason(lambda: door().identify(headers, named)) == "CALLER_UNKNOWN"
    else:
        assert door().identify(headers, named).name == named
        assert named in ("", certificate.lower().partition(".")[0])
