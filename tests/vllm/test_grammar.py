"""The engine's grammars of our schemas: what they take is text, and keeps to the schema."""

import json
import os
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from extractor.slm.schema import narrowed as readings
from extractor.slm.short_form import short_schema
from nlg.slm.rephrasing import SCHEMA as WORDING
from tests.mesh.tools.harness import ROOT
from tests.unit.planner.builders import SALON
from tests.vllm.conftest import PROGRAM

pytestmark = [pytest.mark.timeout(600), pytest.mark.skipif(not os.environ.get(PROGRAM), reason="no engine")]
BYTES = """
import itertools, json, sys
import xgrammar
END = 256
vocabulary = xgrammar.TokenizerInfo([bytes([byte]) for byte in range(END)] + [b"<end>"], stop_token_ids=[END])
compiler = xgrammar.GrammarCompiler(vocabulary)
broken = {}
for pattern in json.load(sys.stdin):
    grammar = compiler.compile_json_schema({"type": "string", "pattern": pattern}, any_whitespace=False)
    for before, first, second, more in itertools.product((b"", b"a"), range(0x80, 0x100), range(0x100), range(3)):
        written = before + bytes([first, second]) + bytes([0x80]) * more
        matcher = xgrammar.GrammarMatcher(grammar)
        if all(matcher.accept_token(byte) for byte in b'"' + written + b'"'):
            try:
                written.decode()
            except UnicodeDecodeError:
                broken.setdefault(pattern, []).append(written.hex(" "))
json.dump(broken, sys.stdout)
"""
"""Prints the byte sequences that a pattern's grammar takes although they are not UTF-8. Each is a character of two to
four bytes, alone and after a letter: the first two bytes decide whether one can be UTF-8."""


def patterns(schema: Any) -> Iterator[str]:
    """The patterns of a schema's strings."""
    if isinstance(schema, Mapping):
        found = schema.get("pattern")
        yield from [found] if isinstance(found, str) else []
    inner = schema.values() if isinstance(schema, Mapping) else schema if isinstance(schema, list) else ()
    for each in inner:
        yield from patterns(each)


def test_no_pattern_of_our_schemas_lets_a_model_write_what_is_no_text() -> None:
    ours = sorted({each for schema in (readings(SALON), short_schema(SALON), WORDING) for each in patterns(schema)})
    assert len(ours) >= 6
    python = Path(os.environ[PROGRAM]).absolute().parent / "python"
    told = subprocess.run([python, "-c", BYTES], input=json.dumps(ours), cwd=ROOT, capture_output=True, text=True)
    assert told.returncode == 0, told.stderr
    assert json.loads(told.stdout) == {}
