"""Plays the tasks of a file against ephemeral meshes."""

import asyncio
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import groupby
from pathlib import Path

import httpx2

from cli.evaluation.live.customer import State, View, begin, react, wishes_of
from cli.evaluation.live.delivery import Delivered, Fault, deliver, fault_of, settle
from cli.evaluation.live.model_customer import ModelCustomer
from cli.evaluation.live.replies import Heard, heard
from cli.evaluation.live.report import Result
from cli.evaluation.live.score import Run, Turn, judge, lacks, view_wants
from cli.evaluation.live.stage import Stage, StageError, copy_manifests
from cli.evaluation.live.task_checks import said_in
from cli.evaluation.live.task_file import Business, Loaded
from cli.evaluation.live.tasks import Task
from cli.evaluation.live.wants import Row
from cli.evaluation.live.wording import chosen
from cli.local.ephemeral_mesh import EphemeralMesh, ephemeral_mesh
from cli.support.webhook import WebhookError
from workspace.model import Workspace

NO_FAULT = Fault()


@dataclass(frozen=True)
class Order:
    """How tasks are played."""

    times: int = 1
    """With how many seeds each."""
    faults: bool = False
    """Whether messages are doubled and services killed."""
    model: ModelCustomer | None = None
    """Who plays the customers; the script when None."""
    played: Callable[[int], None] = lambda _count: None
    """Told the number of runs so far."""


async def play_all(tasks: Loaded, order: Order) -> list[Result]:
    """Plays every task, in the order of the file. Raises StartError when a mesh does not start, StageError for an
    appointment that cannot be made, ModelError."""
    ordered = sorted(tasks, key=lambda each: _instant(each[0]))
    played: dict[str, Result] = {}
    count = 0
    for _, same in groupby(ordered, key=lambda each: _instant(each[0])):
        group = list(same)
        with tempfile.TemporaryDirectory(prefix="pulpo-live-") as folder:
            manifests = Path(folder) / "workspaces"
            copy_manifests([business for _, business in group], manifests)
            clock = group[0][0].reference_time
            async with (
                ephemeral_mesh(Path(folder) / "data", clock, manifests, restart=order.faults) as mesh,
                httpx2.AsyncClient() as client,
            ):
                for task, business in group:
                    runs = []
                    for number in range(order.times):
                        run = await _Play(mesh, client, task, business, task.seed + number, order).run()
                        runs.append((run, judge(run)))
                        count += 1
                        order.played(count)
                    played[task.id] = (task, runs)
    return [played[task.id] for task, _ in tasks]


def _instant(task: Task) -> datetime:
    return datetime.fromisoformat(task.reference_time).astimezone(UTC)


class _Play:
    """One task played once."""

    def __init__(
        self,
        mesh: EphemeralMesh,
        client: httpx2.AsyncClient,
        task: Task,
        business: Business,
        seed: int,
        order: Order,
    ) -> None:
        self._mesh, self._client, self._order = mesh, client, order
        self._task, self._seed = task, seed
        self._workspace: Workspace = business.workspace
        self._sender = mesh.sender(business.workspace.id, task.customer)
        self._wishes = wishes_of(task)
        self._run = Run(task, seed)

    async def run(self) -> Run:
        """Sets the stage and talks until the customer is through."""
        run, task = self._run, self._task
        self._mesh.forget_everything()
        try:
            run.codes = await Stage(self._mesh).set_up(task, self._workspace)
        except StageError as error:
            raise StageError(f"{task.id}: {error}") from error
        run.bases.append(self._rows())
        try:
            for number, wording in enumerate(task.script.before):
                text = chosen(wording, f"{self._seed}/{task.id}/before/{number}", 0)
                run.before.append((text, await self._sender.send(self._client, text)))
            run.over = await self._talk()
            if run.over == "done" and task.script.closing:
                await self._close(chosen(task.script.closing, f"{self._seed}/{task.id}/closing", 0))
        except WebhookError as error:
            run.over = f"broken off: {error}"
        return run

    async def _talk(self) -> str:
        """Why the conversation ended."""
        state = begin(self._task, self._seed)
        if self._order.model:
            state = await self._in_own_words(state, state) or replace(state, over="patience")
        while not state.over:
            turn, hears = await self._exchange(state)
            following = await self._next(state, hears, turn)
            if following.part != state.part:
                self._run.bases.append(turn.after)
            state = following
        return state.over

    async def _exchange(self, state: State) -> tuple[Turn, Heard]:
        """Sends the customer's message and notes what came of it."""
        run = self._run
        fault = fault_of(self._seed, self._task.id, len(run.turns)) if self._order.faults else NO_FAULT
        before = self._rows()
        came: Delivered = await deliver(self._mesh, self._client, self._sender, state.last, fault)
        run.unequal = run.unequal or not came.equal
        hears = heard(came.reply, run.today)
        broken = self._order.faults and (hears.failed or hears.unsure)
        turn = Turn(state.part, state.last, came.reply, before, self._rows(), state.said, broken, fault.text)
        run.turns.append(turn)
        return turn, hears

    async def _next(self, state: State, hears: Heard, turn: Turn) -> State:
        """What the customer does after a reply."""
        following = react(self._task, self._seed, state, hears, self._view(state, turn.after))
        if turn.excused:
            await settle(self._mesh, state.repeats)
            return replace(following, sent=state.sent)  # what was broken costs no patience
        if self._order.model and not following.over and following.part == state.part:
            return await self._in_own_words(state, following) or replace(state, over="patience")
        return following

    async def _in_own_words(self, state: State, scripted: State) -> State | None:
        """The scripted state with the model's words instead; None when the model says that it is over."""
        model, wish = self._order.model, self._wishes[scripted.part]
        text = await model.say(self._client, self._run, wish, self._seed) if model else None
        if text is None:
            return None
        return replace(scripted, last=text, said=state.said | said_in([text], wish.knows))

    def _view(self, state: State, rows: tuple[Row, ...]) -> View:
        run, wish, base = self._run, self._wishes[state.part], self._run.bases[state.part]
        told = "\n".join(turn.reply for turn in run.turns if turn.part == state.part)
        missing, misfits = view_wants(wish, base, rows, run.codes)
        satisfied = not lacks(wish.part, base, rows, run.codes, told)
        return View(satisfied, missing, misfits, self._workspace.staff_names)

    async def _close(self, text: str) -> None:
        before = self._rows()
        reply = await self._sender.send(self._client, text)
        part = len(self._wishes) - 1
        self._run.turns.append(Turn(part, text, reply, before, self._rows(), excused=True))

    def _rows(self) -> tuple[Row, ...]:
        return tuple(self._mesh.appointments(self._task.customer))


def play(tasks: Loaded, order: Order) -> list[Result]:
    """Plays every task; see `play_all`."""
    return asyncio.run(play_all(tasks, order))
