"""The ways in which a model is asked: with examples, for any instruct model and either form of an answer, or the short
way that a model was trained on."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from extractor.reading.message import MessageInContext
from extractor.slm import prompt, tuned
from workspace.model import Workspace

StyleName = Literal["examples", "tuned"]


@dataclass(frozen=True)
class Style:
    """How a model is asked."""

    version: str
    """Part of the model's name in readings."""
    system: str
    """The same for every message of every business."""
    business: Callable[[Workspace], str]
    """What comes next, the same for all messages of a business."""
    turn: Callable[[MessageInContext, Workspace], str]
    """What comes last: the day, the turn and the message."""


def style_of(name: StyleName) -> Style:
    """The style of that name."""
    if name == "tuned":
        return Style(tuned.version(), tuned.instructions(), tuned.business_told, tuned.day_and_turn)
    fixed = prompt.fixed_prompt()
    return Style(fixed.version, fixed.system, prompt.business_part, prompt.turn_part)


def short_form() -> Style:
    """How a model is asked that answers in the short form."""
    fixed = prompt.fixed_prompt(prompt.SHORT)
    return Style(fixed.version, fixed.system, prompt.business_by_number, prompt.turn_part_short)


def second_form() -> Style:
    """How a model is asked that answers in the second form."""
    fixed = prompt.fixed_prompt(prompt.SECOND)
    return Style(fixed.version, fixed.system, prompt.business_part, prompt.turn_part_with_lists)
