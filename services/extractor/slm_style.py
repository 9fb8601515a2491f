"""The two ways in which a model is asked: with examples, for any instruct model, or the short way that a
model was trained on."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from extractor import slm_prompt, slm_tuned
from extractor.message import Message
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
    turn: Callable[[Message, Workspace], str]
    """What comes last: the day, the turn and the message."""


def style_of(name: StyleName) -> Style:
    """The style of that name."""
    if name == "tuned":
        return Style(slm_tuned.version(), slm_tuned.instructions(), slm_tuned.business_told, slm_tuned.day_and_turn)
    fixed = slm_prompt.fixed_prompt()
    return Style(fixed.version, fixed.system, slm_prompt.business_part, slm_prompt.turn_part)
