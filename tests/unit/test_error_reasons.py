"""The contracts' comments name every reason that a call of theirs can fail with, and no other, each with its code."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from runtime.errors import Kind
from tests.architecture import reasons

ROOT = Path(__file__).resolve().parents[2]
SERVICES = ("broker", "extractor", "gateway", "nlg", "planner")
ALSO = {"gateway": ("workspace",)}
"""Contracts that a service serves besides its own."""
SHARED = ("turn",)
"""Packages whose errors are those of the services that call them."""
START_UP = {"BAD_MANIFEST", "BAD_TEMPLATES", "CALLERS_FILE", "CALLER_RESERVED", "MANIFEST", "PULPO_TRACK_FILE"}
"""Reasons why a process does not start."""
COMMANDS = {"UNKNOWN_VERSION"}
"""Reasons of what only the command line does in a database."""
WEBHOOK = {"BAD_SIGNATURE", "MALFORMED_FIELD", "UNKNOWN_NUMBER"}
"""Reasons of the gateway's webhooks, which are no method."""
STREAMS = {"TOO_MANY_STREAMS"}
"""Reasons of health's and reflection's streams."""
GUARD = "turn/guard.py"
"""The module of a shared package that looks at each request from outside the mesh."""
EITHER = "DEPENDENCY_FAILED"
"""The one reason whose code is not written beside it: it depends on what the other service said."""
DATABASE = "DATABASE_UNAVAILABLE"
"""The reason that `runtime.data.database.translated` gives when it is told no other."""
Pair = tuple[str, str]


def raised_in(folder: Path) -> set[Pair]:
    """Code and reason of every error that the modules of a folder make."""
    return {pair for file in folder.rglob("*.py") for pair in made_in(ast.parse(file.read_text(encoding="utf-8")))}


def made_in(module: ast.Module) -> Iterator[Pair]:
    """Calls with a Kind and a text after it, and calls of functions of the module that pass a reason to such a call."""
    makers: dict[str, tuple[str, int]] = {}
    for function in (node for node in ast.walk(module) if isinstance(node, ast.FunctionDef)):
        names = [argument.arg for argument in function.args.args]
        for code, reason in _made(function):
            if isinstance(reason, ast.Name) and reason.id in names and function.name != "__init__":
                makers[function.name] = (code, names.index(reason.id))
    for code, reason in _made(module):
        if isinstance(reason, ast.Constant) and isinstance(reason.value, str):
            yield code, reason.value
    for call in (node for node in ast.walk(module) if isinstance(node, ast.Call)):
        if isinstance(call.func, ast.Name) and call.func.id == "translated":
            yield (
                "UNAVAILABLE",
                str(call.args[0].value) if call.args and isinstance(call.args[0], ast.Constant) else DATABASE,
            )
        if isinstance(call.func, ast.Name) and call.func.id in makers:
            code, index = makers[call.func.id]
            reason = call.args[index]
            if isinstance(reason, ast.Constant):
                yield code, str(reason.value)


def _made(tree: ast.AST) -> Iterator[tuple[str, ast.expr]]:
    """The codes that calls below a node name, each with the argument after it."""
    for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
        for kind, reason in zip(call.args, call.args[1:], strict=False):
            if isinstance(kind, ast.Attribute) and isinstance(kind.value, ast.Name) and kind.value.id == "Kind":
                yield kind.attr, reason


def comments_before(proto: str, what: str) -> list[str]:
    """The comments right before each line that begins with a word: a method's or a service's."""
    return re.findall(rf"((?:^ *//.*\n)+) *{what} ", proto, re.M)


def listed(comments: list[str]) -> set[Pair]:
    """Code and reason as comments list them: CODE (REASON, REASON: a remark)."""
    text = re.sub(r"\n *// ?", " ", "".join(comments))
    codes = "|".join(kind.value for kind in Kind)
    return {
        (code, reason)
        for code, inside in re.findall(rf"({codes}) \(([^)]*)\)", text)
        for reason in re.findall(r"[A-Z][A-Z_]+(?=[,:)]|$)", inside)
    }


def contract(service: str) -> str:
    """A service's contracts."""
    names = (service, *ALSO.get(service, ()))
    files = [file for name in names for file in sorted((ROOT / "proto" / "pulpo" / name / "v1").glob("*.proto"))]
    return "\n".join(file.read_text(encoding="utf-8") for file in files)


def of_every_method() -> set[Pair]:
    """What the server around each method raises."""
    guard = ast.parse((ROOT / "services" / GUARD).read_text(encoding="utf-8"))
    made = raised_in(ROOT / "services" / "runtime" / "rpc") | set(made_in(guard))
    elsewhere = {"PORT_IN_USE", "TLS_FILES"} | START_UP | STREAMS
    either = {(code, EITHER) for code in ("DEADLINE_EXCEEDED", "UNAVAILABLE")}
    return {pair for pair in made if pair[1] not in elsewhere} | either


@pytest.mark.parametrize("service", SERVICES)
def test_the_methods_of_a_service_list_what_its_code_raises(service: str) -> None:
    made = raised_in(ROOT / "services" / service)
    shared = set().union(*(raised_in(ROOT / "services" / name) for name in SHARED))
    raised = {pair for pair in made if pair[1] not in START_UP | WEBHOOK | COMMANDS} - of_every_method()
    methods = listed(comments_before(contract(service), "rpc"))
    assert raised <= methods, "not in a comment"
    assert methods <= raised | shared, "in a comment and not in the code"


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_lists_what_every_method_may_raise(service: str) -> None:
    assert listed(comments_before(contract(service), "service")) == of_every_method()


def test_every_method_lists_something() -> None:
    for service in SERVICES:
        for comment in comments_before(contract(service), "rpc"):
            assert listed([comment]), comment


def test_what_is_left_out_is_raised() -> None:
    """The lists above name nothing that is gone."""
    folders = [ROOT / "services" / name for name in (*SERVICES, "runtime/rpc")]
    reasons = {reason for folder in folders for _, reason in raised_in(folder)}
    assert reasons >= START_UP | WEBHOOK | STREAMS | COMMANDS


def test_the_list_of_reasons_is_that_of_the_comments_each_with_its_code() -> None:
    enum = (ROOT / "proto/pulpo/common/v1/reason.proto").read_text(encoding="utf-8")
    codes = "|".join(kind.value for kind in Kind)
    found = re.findall(rf"  // ({codes})[.,][^\n]*\n(?:  //[^\n]*\n)*  REASON_(\w+) = \d+;", enum)
    said = {pair for service in SERVICES for pair in listed(comments_of(service))}
    assert {reason for _, reason in found} == {reason for _, reason in said}
    assert {pair for pair in said if pair[1] != EITHER} == {pair for pair in found if pair[1] != EITHER}
    assert len(re.findall(r"= \d+;", enum)) == len(found) + 1, "a value without its code"


def comments_of(service: str) -> list[str]:
    """All comments of a service's contracts that list reasons."""
    return [*comments_before(contract(service), "rpc"), *comments_before(contract(service), "service")]


def test_the_page_of_reasons_is_the_enums() -> None:
    assert reasons.PAGE.read_text(encoding="utf-8") == reasons.page(), "run `make reasons`"
