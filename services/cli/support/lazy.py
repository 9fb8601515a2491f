"""Commands whose modules are imported only when they run, so that each command starts without what the others need."""

from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup

from cli.support.interrupts import ctrl_c_ends_quietly


@dataclass(frozen=True)
class Lazy:
    """A command that is not imported yet."""

    name: str
    """What it is called on the command line."""
    target: str
    """`module:attribute` of its function or Typer app."""
    help: str
    """What the list of commands says about it."""


class _LazyCommand(TyperCommand):
    """Stands in a group for a command; its context is the real command's, which then parses and runs."""

    def __init__(self, lazy: Lazy) -> None:
        super().__init__(lazy.name, help=lazy.help)
        self._target = lazy.target

    def make_context(self, info_name: str | None, args: list[str], parent: Any = None, **extra: Any) -> Any:
        return typer.main.get_command(_load(self._target)).make_context(info_name, args, parent, **extra)


def group_with(commands: Sequence[Lazy]) -> type[TyperGroup]:
    """The class of a Typer app that has these commands besides its own, after them."""

    class LazyGroup(TyperGroup):
        def __init__(self, **attributes: Any) -> None:
            super().__init__(**attributes)
            for each in commands:
                self.add_command(_LazyCommand(each))

    return LazyGroup


def _load(target: str) -> typer.Typer:
    module, _, attribute = target.partition(":")
    with ctrl_c_ends_quietly():
        found = getattr(import_module(module), attribute)
    if isinstance(found, typer.Typer):
        return found
    app = typer.Typer(add_completion=False)
    app.command()(found)
    return app
