"""Writes docs/reasons.md from the comments of the enum of reasons: `make reasons`."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "reasons.md"
_VALUE = re.compile(r"((?:  //[^\n]*\n)+)  REASON_(\w+) = [1-9]\d*;")


def page() -> str:
    """The whole page."""
    enum = (ROOT / "proto/pulpo/common/v1/reason.proto").read_text(encoding="utf-8")
    rows = []
    for comment, reason in _VALUE.findall(enum):
        said = " ".join(line.removeprefix("  //").strip() for line in comment.splitlines())
        codes, _, meaning = said.partition(". ")
        rows.append(f"| `{reason}` | {codes} | {meaning} |")
    return "\n".join(
        [
            "# Why a call fails",
            "",
            "What `reason` in the `google.rpc.ErrorInfo` of a status says, domain `pulpo.dev`. INVALID_ARGUMENT has a",
            "`google.rpc.BadRequest` that names each field; RESOURCE_EXHAUSTED and UNAVAILABLE have a",
            "`google.rpc.RetryInfo`. Made from `proto/pulpo/common/v1/reason.proto` by `make reasons`; a test holds",
            "both to what the code raises.",
            "",
            "| reason | code | what it means, and what to do |",
            "| --- | --- | --- |",
            *rows,
            "",
        ]
    )


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
