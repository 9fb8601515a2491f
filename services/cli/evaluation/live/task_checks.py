"""What in a task disagrees with its business or with itself. Pure."""

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, time

from cli.evaluation.conversations import fold
from cli.evaluation.live.tasks import ASKED, REACTIONS, UNASKED, After, Messages, Task, Wording
from cli.evaluation.live.wants import Want
from workspace.model import Workspace

PLACEHOLDER = re.compile(r"\{(\w+)\}")
_WORD = re.compile(r"[^\s,.;:!?¡¿()]+")
_OF_OFFERS = ("day", "time", "staff", "number")


def disagreements(task: Task, workspace: Workspace) -> list[str]:
    """A line for each thing that is wrong."""
    return [
        *_of_rows(task, workspace),
        *_of_others(task, workspace),
        *_of_script(task),
        *_of_patience(task),
    ]


def _of_rows(task: Task, workspace: Workspace) -> Iterator[str]:
    refs = [each.ref for each in task.goal.existing if each.ref]
    for where, part in (
        ("goal", task.goal),
        *((f"script.after.{n}", each) for n, each in enumerate(task.script.after)),
    ):
        for number, want in enumerate(part.rows or ()):
            yield from (f"{where}.rows.{number}.{line}" for line in _of_want(want, refs, workspace))
    if task.goal.rows is None and task.goal.kind in ("ask", "none") and not task.goal.must_say:
        yield "goal.must_say: expected what the answer must say, since no row tells whether the goal was reached"


def _of_want(want: Want, refs: list[str], workspace: Workspace) -> Iterator[str]:
    if want.service is not None:
        yield from _known("service", want.service, workspace.service_names)
    for name in (*(want.staff or ()), *(want.not_staff or ())):
        yield from _known("staff", name, workspace.staff_names)
    if want.ref is not None and want.ref not in refs:
        yield f"ref: expected a ref of goal.existing, got {want.ref!r}"


def _of_others(task: Task, workspace: Workspace) -> Iterator[str]:
    for number, each in enumerate(task.goal.existing):
        where = f"goal.existing.{number}"
        yield from _made(where, workspace, each.service, each.staff, each.day, (each.time,))
    for number, busy in enumerate(task.busy):
        starts = busy.time or tuple(filter(None, (busy.start,)))
        yield from _made(f"busy.{number}", workspace, busy.service, busy.staff, busy.day, starts)


def _made(
    where: str, workspace: Workspace, service: str, staff: str | None, day: str, starts: Iterable[str]
) -> Iterator[str]:
    """What keeps an appointment from being made beforehand."""
    for line in _known("service", service, workspace.service_names):
        yield f"{where}.{line}"
    if staff is not None:
        for line in _known("staff", staff, workspace.staff_for(service) or workspace.staff_names):
            yield f"{where}.{line}"
    for start in starts:
        if not workspace.is_open(date.fromisoformat(day), time.fromisoformat(start)):
            yield f"{where}.time: expected opening hours, {day} {start} is not"


def _known(what: str, name: str, names: Iterable[str]) -> Iterator[str]:
    if fold(name) not in map(fold, names):
        yield f"{what}: expected one of {', '.join(names)}, got {name!r}"


def _of_script(task: Task) -> Iterator[str]:
    script = task.script
    yield from _of_words("", task.knows, script.answers, script.says)
    yield from _of_messages("script.opening", script.opening, task.knows)
    yield from _of_messages("script.before", script.before, task.knows)
    yield from _of_answers("script.answers", script.answers, task.knows)
    if script.closing:
        yield from _of_messages("script.closing", (script.closing,), task.knows)
    knows = dict(task.knows)
    for number, after in enumerate(script.after):
        yield from _of_after(f"script.after.{number}", after, knows)
        knows |= after.knows


def _of_after(where: str, after: After, knows: Mapping[str, Wording]) -> Iterator[str]:
    words = {**knows, **after.knows}
    yield from _of_words(f"{where}.", after.knows, after.answers, after.says)
    yield from _of_messages(f"{where}.say", after.say, words)
    yield from _of_answers(f"{where}.answers", after.answers, words)


def _of_words(
    where: str, knows: Mapping[str, Wording], answers: Mapping[str, Wording], says: Iterable[str]
) -> Iterator[str]:
    known = (*ASKED, *REACTIONS)
    inside = where or "script."
    for name in answers:
        if name not in known:
            yield f"{inside}answers: expected one of {', '.join(known)}, got {name!r}"
    for name in says:
        if name not in (*ASKED, *knows):
            yield f"{inside}says: expected one of {', '.join(ASKED)}, got {name!r}"
    for name in knows:
        if not PLACEHOLDER.fullmatch(f"{{{name}}}"):
            yield f"{where}knows: expected a name of letters, got {name!r}"


def _of_messages(
    where: str, messages: Messages, knows: Mapping[str, Wording], more: tuple[str, ...] = ()
) -> Iterator[str]:
    for number, wording in enumerate(messages):
        for name in sorted({name for text in wording for name in PLACEHOLDER.findall(text)} - {*knows, *more}):
            yield f"{where}.{number}: {{{name}}}: expected a field of knows"


def _of_answers(where: str, answers: Mapping[str, Wording], knows: Mapping[str, Wording]) -> Iterator[str]:
    for name, wording in answers.items():
        more = _OF_OFFERS if name == "offer" else ()
        yield from _of_messages(f"{where}.{name}", (wording,), knows, more)


def _of_patience(task: Task) -> Iterator[str]:
    needed = needs_of(task) + sum(needs_after(each) for each in task.script.after)
    if task.persona.patience < needed:
        yield f"persona.patience: expected at least the {needed} messages that the task needs"


def said_in(texts: Iterable[str], knows: Mapping[str, Wording]) -> set[str]:
    """The fields that texts say, by placeholders or by words that are known for them."""
    found = set()
    for text in texts:
        found |= set(PLACEHOLDER.findall(text))
        found |= {name for name, wording in knows.items() if any(_words(each) in _words(text) for each in wording)}
    return found


def _words(text: str) -> str:
    """A text as folded words with spaces around, so that whole words can be looked for in it."""
    return f" {' '.join(_WORD.findall(fold(text)))} "


def needs_of(task: Task) -> int:
    """Messages that a good receptionist needs up to the goal."""
    if task.goal.needs is not None:
        return task.goal.needs
    openings = len(task.script.opening)
    said = said_in((text for wording in task.script.opening for text in wording), task.knows) | set(task.script.says)
    later = [name for name in task.knows if name in ASKED and name not in (*said, *UNASKED)]
    return openings + (task.persona.reveals != "first") * len(later) + (task.goal.kind in ("cancel", "undo"))


def needs_after(after: After) -> int:
    """Messages that a good receptionist needs for a later part."""
    return after.needs or len(after.say) + (after.kind in ("cancel", "undo"))
