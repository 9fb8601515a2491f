"""Messages that must never be trained on, kept as digests so that their text need not be here.

`python -m training.reserve FILE.jsonl …` adds the digests of labelled files and of the check messages.
"""

import hashlib
import json
import sys
import unicodedata
from pathlib import Path

RESERVED = Path(__file__).parent / "data" / "reserved.sha256"
CHECK = Path(__file__).parent / "data" / "check.tsv"


def folded(text: str) -> str:
    """A message without case, accents, punctuation or spacing differences."""
    flat = unicodedata.normalize("NFKD", text.casefold())
    kept = "".join(char if char.isalnum() else " " for char in flat if not unicodedata.combining(char))
    return " ".join(kept.split()) or text.strip()


def digest(text: str) -> str:
    """What stands for a folded message in the list."""
    return hashlib.sha256(folded(text).encode("utf-8")).hexdigest()[:32]


def reserved(file: Path = RESERVED) -> frozenset[str]:
    """The digests that the corpus must leave out."""
    return frozenset(file.read_text(encoding="ascii").split())


def main() -> None:
    """Adds to the list from JSON-lines files with a `text` in each line."""
    lines = [line for file in sys.argv[1:] for line in Path(file).read_text(encoding="utf-8").splitlines()]
    texts = [json.loads(line)["text"] for line in lines if line.strip()]
    texts += [line.split("\t")[3] for line in CHECK.read_text(encoding="utf-8").splitlines() if line]
    digests = sorted(reserved() | {digest(text) for text in texts})
    RESERVED.write_text("\n".join(digests) + "\n", encoding="ascii")
    print(f"{len(digests)} messages reserved in {RESERVED.name}")


if __name__ == "__main__":
    main()
