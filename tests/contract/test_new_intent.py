"""A new intent in the contract is missed wherever it needs a rule, a gloss or a name: tests say so, one and all."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
OVER_THE_ENUM = {
    "tests/unit/turn/test_vocabulary.py::test_every_word_is_one_of_the_contract_in_lower_case": "the word itself",
    "tests/unit/turn/test_vocabulary.py::test_every_intent_is_in_one_group": "its group",
    "tests/unit/extractor/test_contract.py::test_the_schema_is_itself_valid_and_closed": "extractor_v1",
    "tests/unit/extractor/test_slm.py::test_both_prompts_say_every_intent": "its gloss for models",
    "tests/unit/planner/test_rules.py::test_every_intent_has_its_rule": "its rule",
    "tests/unit/nlg/test_templates.py::test_every_intent_has_a_name_in_every_language": "its name in each language",
}
"""Test -> what it finds missing."""


def generated(folder: Path) -> Path:
    """A folder with the code of a contract that has one intent more."""
    proto, out = folder / "proto", folder / "out"
    shutil.copytree(ROOT / "proto", proto)
    shutil.copytree(ROOT / "services" / "pulpo", out / "pulpo")
    file = proto / "pulpo" / "common" / "v1" / "turn.proto"
    text = file.read_text(encoding="utf-8")
    grown = text.replace("  INTENT_OTHER = 9;", "  INTENT_OTHER = 9;\n  // New.\n  INTENT_GIFT_CARD = 10;")
    assert grown != text
    file.write_text(grown, encoding="utf-8")
    subprocess.run(
        [sys.executable, "-m", "grpc_tools.protoc", f"-I{proto}", f"--python_out={out}", str(file)],
        check=True,
        timeout=60,
    )
    return out


def test_an_intent_that_only_the_contract_has_fails_every_test_over_the_enum(tmp_path: Path) -> None:
    paths = f"pythonpath={generated(tmp_path)} services ."
    command = [sys.executable, "-m", "pytest", "-q", "-rf", "-p", "no:cacheprovider", "-o", paths, *OVER_THE_ENUM]
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST", "PYTHONPATH"))}
    ran = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=150)
    failed = re.findall(r"^FAILED ([^\s\[]+)(\[\S+\])?", ran.stdout, re.MULTILINE)
    assert {name for name, _ in failed} == set(OVER_THE_ENUM), ran.stdout[-3000:]
    by_intent = {case for name, case in failed if "test_every_intent" in name or "say_every_intent" in name}
    assert all("gift_card" in case for case in by_intent), by_intent
