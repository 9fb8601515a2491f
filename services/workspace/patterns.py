"""Patterns of manifests, matched in time that grows with the text alone: RE2 never goes back over it.

RE2 knows words of ASCII letters only. Here `\\b`, `\\w`, `\\d` and `\\s` mean those of Unicode, as in Python: a text is
matched with a mark at each end of a word, which `\\b` stands for and every other part of a pattern passes over.
"""

import re
from dataclasses import dataclass, field
from typing import Protocol

import re2

MOST = 50
"""Most patterns of one manifest."""
MOST_CHARACTERS = 200
"""Longest pattern."""
MEMORY_BYTES = 2 << 20
"""Most memory that one compiled pattern may take; repetitions of repetitions need more, and are refused."""
_MARK = "\U0010ffff"
"""Put where words begin and end; no character of any text."""
_WORD, _DIGIT, _SPACE = r"\p{L}\p{N}_", r"\p{Nd}", r"\s\v\x1c-\x1f\x{85}\p{Z}"
_CLASSES = {"\\w": _WORD, "\\d": _DIGIT, "\\s": _SPACE}
"""What RE2 means in ASCII, as the inside of a class."""
_NEGATED = ("\\W", "\\D", "\\S", "\\P", "\\p{^", "[:^")
_TOKEN = re.compile(
    r"""\\Q.*?(?:\\E|$)                                       # literal text
    | \\[pP](?:\{[^}]*\}|.) | \\x\{[^}]*\} | \\x.. | \\[0-7]{1,3} | \\.
    | \[\^?\]?(?:\[:[^:]*:\] | \\[pP]\{[^}]*\} | \\. | [^]\\])*\]    # a class
    | \(\?P?<[^>]*> | \(\?[a-zA-Z-]*[:)] | [()|]
    | (?:[*+?]|\{\d+(?:,\d*)?\})\??                           # repetition
    | .""",
    re.VERBOSE | re.DOTALL,
)
_IN_CLASS = re.compile(r"\[:[^:]*:\]|\\[pP]\{[^}]*\}|\\.|.", re.DOTALL)
_INSTEAD: tuple[tuple[tuple[str, ...], str], ...] = (
    (
        ("(?=", "(?!", "(?<"),
        "look-around, (?=…) (?!…) (?<=…) (?<!…), is not supported: forbid the words themselves, in several patterns",
    ),
    (
        ("(?P", "\\k", "\\g", *(f"\\{number}" for number in range(1, 10))),
        "a reference to a group, \\1 or (?P=name), is not supported: write the alternatives out, a.*a|b.*b",
    ),
    (("(?>", "++", "*+", "?+"), "atomic groups and possessive repetition are not supported: write + or *"),
    (("(?(", "(?x", "(?#"), "conditions, verbose patterns and comments are not supported: write alternatives, a|b"),
    (("\\u", "\\U", "\\N"), "write the character itself, or \\x{00E9}"),
    (("\\Z",), "write \\z for the end of the text"),
    (("pattern too large",), "its repetitions need too much memory: repeat less, or write * or +"),
)
"""What RE2 complains about, by its beginning, and what to write instead."""


class _Compiled(Protocol):
    def search(self, text: bytes) -> object | None:
        """The first match."""


@dataclass(frozen=True)
class Pattern:
    """A pattern that is ready to be looked for; one equals another that is written the same."""

    text: str
    """How the manifest writes it."""
    _compiled: _Compiled = field(compare=False, repr=False)

    def is_in(self, text: str) -> bool:
        """Whether some part of a text matches."""
        marked = re.sub(r"\b", _MARK, text.replace(_MARK, "\ufffd"))
        return self._compiled.search(marked.encode("utf-8", "replace")) is not None


def compile_pattern(text: str) -> Pattern:
    """Compiles a pattern of RE2's syntax. Raises ValueError that says what to write instead."""
    if len(text) > MOST_CHARACTERS:
        raise ValueError(f"expected at most {MOST_CHARACTERS} characters in a pattern, got {len(text)}: {text[:40]!r}…")
    options = re2.Options()
    options.log_errors = False
    options.max_mem = MEMORY_BYTES
    try:
        re2.compile(text.encode("utf-8"), options)  # complains of what is written
        return Pattern(text, re2.compile(_for_marked(text).encode("utf-8"), options))
    except (re2.error, UnicodeEncodeError) as error:
        raise ValueError(f"{text!r} cannot be used: {_reason(error)}") from None
    except _UnusableError as error:
        raise ValueError(f"{text!r} cannot be used: {error}") from None


class _UnusableError(Exception):
    """RE2 can do it, but not on marked texts."""


def _for_marked(pattern: str) -> str:
    """A pattern of plain texts as one of marked texts."""
    tokens: list[str] = _TOKEN.findall(pattern)
    line_end = "" if any(re.match(r"\(\?[imU]*s", part) for part in tokens) else r"\n"
    return "".join(
        _token_for_marked(part, line_end)
        for before, part in zip(("", *tokens), tokens, strict=False)
        if not before == part == r"\b"
    )


def _token_for_marked(part: str, line_end: str) -> str:
    """`line_end` is what a dot does not match."""
    if part == r"\b":
        made = _MARK
    elif part == r"\B":
        raise _UnusableError(r"\B is not supported: write the letters that may be beside, \w")
    elif part.startswith(r"\Q"):
        made = "".join(_passing(re.escape(each)) for each in part[2:].removesuffix(r"\E"))
    elif part in ("^", r"\A"):
        made = f"{part}{_MARK}?"
    elif part in ("$", r"\z"):
        made = f"{_MARK}?{part}"
    elif part == ".":
        made = _passing(f"[^{line_end}{_MARK}]")
    elif part[0] in "()|*+?_" or re.match(r"\{\d", part) or part.isalnum():
        made = part  # no word begins or ends within letters
    else:
        made = _passing(_set(part))
    return made


def _set(part: str) -> str:
    """A class, or an escape outside of one."""
    if part.lower() in _CLASSES:
        return f"[{'^' + _MARK if part[1].isupper() else ''}{_CLASSES[part.lower()]}]"
    if part.startswith("\\P"):
        return f"[^{_MARK}\\p{part[2:]}]"
    if part.startswith("\\p{^"):
        return f"[^{_MARK}\\p{{{part[4:]}]"
    if not part.startswith("["):
        return re.escape(part) if len(part) == 1 else part
    start = 2 if part.startswith("[^") else 1
    members = _IN_CLASS.findall(part[start:-1])
    if any(member.startswith(_NEGATED) for member in members):
        raise _UnusableError("negated classes within a class are not supported: write alternatives, (?:x|\\W)")
    inside = "".join(_CLASSES.get(member, member) for member in members)
    return f"[^{inside}{_MARK}]" if start == 2 else f"[{inside}]"


def _passing(one: str) -> str:
    """What matches one character, and the marks beside it."""
    return f"(?:{_MARK}?{one}{_MARK}?)"


def _reason(error: Exception) -> str:
    """What is wrong, from RE2's complaint, which ends with the part that it cannot take."""
    said = error.args[0] if isinstance(error.args[0], bytes) else b"expected Unicode"
    told = said.decode("utf-8", "replace")
    part = told.rpartition(": ")[2]
    return next((instead for signs, instead in _INSTEAD if part.startswith(signs)), told)
