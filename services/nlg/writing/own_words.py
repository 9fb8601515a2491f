"""The phrases of one business: those of its language, with its own wordings and questions."""

import re
from collections.abc import Mapping
from dataclasses import replace

from nlg.writing.keys import PHRASES
from nlg.writing.phrases import MAX_VARIANT, Phrases, phrase_problems
from workspace.model import Workspace

_EMOJI = re.compile(r" ?[\U0001f300-\U0001faff\u2600-\u27bf\ufe0f]+")


def own_question_key(key: str) -> str:
    """The phrase that asks a question of the business's own."""
    return f"question:{key}"


def own_phrases(phrases: Phrases, workspace: Workspace) -> Phrases:
    """A language's phrases as a business words them. What it words itself is in its own language, and is used in that
    alone; what cannot be used is left out (`wording_problems` says it)."""
    asked = {own_question_key(one.key): (_escaped(one.ask),) for name in workspace.service_names
             for one in workspace.rules(name).questions}  # fmt: skip
    own = _wordings(workspace) if _language(phrases.locale) == _language(workspace.locale) else {}
    usable = {name: texts for name, texts in own.items() if name in PHRASES and not phrase_problems(name, texts)}
    if workspace.tone.greeting and _language(phrases.locale) == _language(workspace.locale):
        usable["greeting"] = (_escaped(workspace.tone.greeting), *phrases.variants["greeting"][-1:])
    if not asked and not usable and workspace.tone.emoji:
        return phrases
    worded = {**phrases.variants, **usable, **asked}
    if not workspace.tone.emoji:
        worded = {name: tuple(_EMOJI.sub("", text).strip() for text in texts) for name, texts in worded.items()}
    return replace(phrases, variants=worded)


def wording_problems(workspace: Workspace) -> list[str]:
    """What of a business's own wording cannot be used, and why."""
    problems = []
    for name, texts in _wordings(workspace).items():
        if name not in PHRASES:
            problems.append(f"wording.{name}: unknown phrase")
        else:
            problems += [f"wording.{name}: {problem}" for problem in phrase_problems(name, texts)]
    return problems


def _wordings(workspace: Workspace) -> Mapping[str, tuple[str, ...]]:
    return {name: (said,) if isinstance(said, str) else tuple(said) for name, said in workspace.wording.items()}


def _escaped(text: str) -> str:
    """A text without placeholders, as a wording."""
    return text[:MAX_VARIANT].replace("{", "{{").replace("}", "}}")


def _language(locale: str) -> str:
    return locale.partition("-")[0].lower()
