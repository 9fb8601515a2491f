"""Starts the mesh's processes, keeps them running and stops them."""

import asyncio
import contextlib
import os
import signal
from collections.abc import Callable, Mapping
from pathlib import Path

from cli.local.credentials import mesh_secret
from cli.local.probes import is_up
from cli.local.processes import PROGRAMS, Program, environment_for, environment_of
from cli.support.errors import SetUpError
from cli.support.folder import FolderLock, in_use
from runtime.errors import PulpoError
from runtime.private import make_folder, open_file, write_file

START_TIMEOUT_S = 60.0
"""Seconds that a service may take to become ready; where many start at once, START_EACH_S for each of them."""
START_EACH_S = 8.0
STOP_TIMEOUT_S = 12.0
"""Seconds that a service may take to stop before it is killed."""
MAX_PAUSE_S = 10.0
"""Longest pause before a service that keeps ending is started again."""
QUICK_END_S = 5.0
"""A process that lived shorter than this counts as failing to start."""
Say = Callable[[str], None]


class StartError(Exception):
    """The mesh could not be started; the text is for the person at the terminal."""


class Supervisor:
    """One mesh. `start`, then `stop`; in between dead services are started again."""

    def __init__(self, environment: Mapping[str, str], logs: Path, say: Say, *, restart: bool = True) -> None:
        """`logs` is the folder for each service's output, NAME.log, and process id, NAME.pid."""
        self._environment = environment_for(environment)
        self._logs = logs
        self._say = say
        self._restart = restart
        self._secret = ""
        self._lock = FolderLock(logs)
        self._programs: tuple[Program, ...] = ()
        self._running: dict[str, asyncio.subprocess.Process] = {}
        self._log_began: dict[str, int] = {}
        self._keepers: list[asyncio.Task[None]] = []

    async def start(self, programs: tuple[Program, ...] = PROGRAMS) -> None:
        """Starts all and waits until all are ready, but for those that are late: these are started then.

        Raises StartError, with everything stopped again.
        """
        try:
            make_folder(self._logs.parent)
            make_folder(self._logs)
        except PulpoError as error:
            raise StartError(error.message) from None
        if not self._lock.take():
            raise StartError(in_use(self._logs))
        self._programs = programs
        try:
            self._secret = mesh_secret(self._environment)
            early = [program for program in programs if not program.late]
            for program in early:
                await self._spawn(program)
            await asyncio.gather(*(self._until_ready(program) for program in early))
            for program in programs:
                if program.late:
                    await self._spawn(program)
        except BaseException as error:
            await self.stop()
            if isinstance(error, SetUpError):
                raise StartError(str(error)) from error
            raise
        self._keepers = [asyncio.create_task(self._keep(program)) for program in programs]
        self._keepers += [asyncio.create_task(self._announce(program)) for program in programs if program.late]

    async def stop(self) -> None:
        """Stops all, who calls others first and what is not ours last, each by SIGTERM and after a while by SIGKILL."""
        for keeper in self._keepers:
            keeper.cancel()
        await asyncio.gather(*self._keepers, return_exceptions=True)
        callers = [program for program in self._programs if program.needs]
        foreign = [program for program in self._programs if program.argv]
        rest = [program for program in self._programs if not program.needs and not program.argv]
        for together in (callers, rest, foreign):
            await asyncio.gather(*(self._end(program) for program in together))
        self._lock.release()

    def log_of(self, name: str) -> Path:
        """The file that a service's output goes to."""
        return self._logs / f"{name}.log"

    async def _spawn(self, program: Program) -> None:
        with open_file(self.log_of(program.name), "ab") as log:
            self._log_began[program.name] = log.tell()
            self._running[program.name] = await asyncio.create_subprocess_exec(
                *program.command(),
                env=self._environment_of(program),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                pass_fds=self._lock.files,
            )
        self._note_pid(program.name, self._running[program.name].pid)

    def _note_pid(self, name: str, pid: int) -> None:
        """Writes a pid file that is whole whenever it is read."""
        fresh = self._logs / f"{name}.pid.new"
        write_file(fresh, f"{pid}\n")
        fresh.replace(self._logs / f"{name}.pid")

    async def _end(self, program: Program) -> None:
        process = self._running.pop(program.name, None)
        if process is not None:
            await _end(process)
            self._logs.joinpath(f"{program.name}.pid").unlink(missing_ok=True)

    async def _until_ready(self, program: Program) -> None:
        process = self._running[program.name]
        patience = max(START_TIMEOUT_S, START_EACH_S * len(self._programs))
        deadline = asyncio.get_running_loop().time() + patience
        while not await is_up(program, self._environment_of(program)):
            if process.returncode is not None:
                raise StartError(f"{program.name} did not start:\n{self._last_lines(program.name)}")
            if asyncio.get_running_loop().time() > deadline:
                raise StartError(
                    f"{program.name} was not ready after {patience:.0f} s; see {self.log_of(program.name)}"
                )
            await asyncio.sleep(0.1)

    async def _announce(self, program: Program) -> None:
        """Says when a program is up that nobody waited for."""
        while True:
            if await is_up(program, self._environment_of(program)):
                self._say(f"{program.name} is up")
                return
            await asyncio.sleep(0.5)

    def _environment_of(self, program: Program) -> dict[str, str]:
        return environment_of(program, self._environment, self._secret)

    def _last_lines(self, name: str, count: int = 5) -> str:
        """The end of what a service wrote since it was started; its log holds earlier runs too."""
        said = self.log_of(name).read_bytes()[self._log_began[name] :]
        return "\n".join(f"  {line}" for line in said.decode(errors="replace").splitlines()[-count:])

    async def _keep(self, program: Program) -> None:
        """Starts a service again whenever it ends, after a pause that grows while it keeps failing."""
        loop = asyncio.get_running_loop()
        pause = 0.2
        while True:
            began = loop.time()
            code = await self._running[program.name].wait()
            if not self._restart:
                self._say(f"{program.name} ended ({_ending(code)})")
                return
            pause = 0.2 if loop.time() - began > QUICK_END_S else min(pause * 2, MAX_PAUSE_S)
            self._say(f"{program.name} ended ({_ending(code)}); starting it again, see {self.log_of(program.name)}")
            if program.argv:  # its own children would hold its memory and ports
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(self._running[program.name].pid, signal.SIGKILL)
            await asyncio.sleep(pause)
            await self._spawn(program)
            if program.late:
                self._keepers.append(asyncio.create_task(self._announce(program)))


async def _end(process: asyncio.subprocess.Process) -> None:
    if process.returncode is not None:
        return
    with contextlib.suppress(ProcessLookupError):
        process.terminate()
    try:
        await asyncio.wait_for(process.wait(), STOP_TIMEOUT_S)
    except TimeoutError:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        await process.wait()


def _ending(code: int) -> str:
    return f"killed by {signal.Signals(-code).name}" if code < 0 else f"exit status {code}"
