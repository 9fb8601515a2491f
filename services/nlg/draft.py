"""A reply before it is written: which phrases, and what goes with them."""

from dataclasses import dataclass, replace

from nlg.render import Say
from nlg.turn import Offer, Stage, Tone


@dataclass(frozen=True)
class Draft:
    """Chosen phrases with their consequences."""

    parts: tuple[Say, ...]
    stage: Stage = Stage.INICIO
    tone: Tone = Tone.FRIENDLY
    quick_replies: tuple[str, ...] = ()
    requires_human: bool = False
    offers: tuple[Offer, ...] = ()

    def before(self, question: "Draft | None", line: bool = False) -> "Draft":
        """This draft, and then a question whose stage and answers count."""
        if question is None:
            return self
        first, *rest = question.parts
        return replace(
            question,
            parts=(*self.parts, replace(first, line=line or first.line), *rest),
            tone=self.tone,
            quick_replies=question.quick_replies or self.quick_replies,
            requires_human=self.requires_human,
        )
