"""What services that ask models share: strict parsing."""

import asyncio
import json
import re

import pytest

from runtime.models.backend import Ask, Backend, ModelError
from runtime.models.client import ChatModel, make_http_client
from runtime.models.strict import free_text, strict_json
from tests.model_stub import HANG, as_json, model_server


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


async def test_each_engine_is_told_the_form_of_an_answer_in_its_own_way() -> None:
    schema = {"type": "string", "pattern": "^a$"}
    question = Ask("you are", "hello", schema, "form", max_tokens=8, temperature=0.0)
    http = make_http_client()
    with model_server(lambda _: as_json("a")) as server:
        for engine in ("vllm", "llama.cpp"):
            backend = Backend("slm", server.url, "tiny", 5.0, engine=engine)
            assert (await ChatModel(backend, http).complete(question)).text == '"a"'
    await http.aclose()
    openai, llama = server.requests
    assert openai["response_format"]["json_schema"]["schema"] == schema
    assert "grammar" not in openai
    head, _, grammar = llama["grammar"].partition("\nstart: %json ")
    assert head == "%llguidance {}"
    assert json.loads(grammar) == {**schema, "x-guidance": {"whitespace_flexible": False}}
    assert "response_format" not in llama


async def test_one_question_more_than_a_server_may_have_is_not_asked() -> None:
    question = Ask("you are", "hello", {"type": "string"}, "form", max_tokens=8, temperature=0.0)
    with model_server(lambda _: HANG) as server:
        async with make_http_client() as http:
            model = ChatModel(Backend("slm", server.url, "tiny", 20.0, most_at_once=1), http)
            first = asyncio.create_task(model.complete(question))
            assert await asyncio.to_thread(server.hanging.wait, 20)
            with pytest.raises(ModelError, match="queue_full") as refused:
                await model.complete(question)
            assert not refused.value.is_down
            first.cancel()
            await asyncio.gather(first, return_exceptions=True)
            server.behave = lambda _: as_json("a")
            assert (await model.complete(question)).text == '"a"'
