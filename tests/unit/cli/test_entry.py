"""The first steps of the `pulpo` command."""

import signal
import sys
from collections.abc import Callable
from types import ModuleType

import pytest
from typer import Typer
from typer.testing import CliRunner

from cli.__main__ import main
from cli.support.lazy import Lazy, group_with


class _Loading(ModuleType):
    """Stands for `cli.main`; notes what Ctrl-C would do while it is loaded and while it runs."""

    def __init__(self) -> None:
        super().__init__("cli.main")
        self.handlers: list[object] = []

    @property
    def app(self) -> Callable[[], None]:
        self.handlers.append(signal.getsignal(signal.SIGINT))
        return lambda: self.handlers.append(signal.getsignal(signal.SIGINT))


def test_ctrl_c_while_loading_ends_quietly_and_while_running_as_usual(monkeypatch: pytest.MonkeyPatch) -> None:
    loading, usual = _Loading(), signal.getsignal(signal.SIGINT)
    monkeypatch.setitem(sys.modules, "cli.main", loading)
    main()
    assert loading.handlers == [signal.SIG_DFL, usual]


def test_ctrl_c_while_a_command_is_loading_ends_quietly_too(monkeypatch: pytest.MonkeyPatch) -> None:
    loading, usual = _Loading(), signal.getsignal(signal.SIGINT)
    monkeypatch.setitem(sys.modules, "cli.main", loading)
    pulpo = Typer(cls=group_with([Lazy("slow", "cli.main:app", "Takes long to load.")]), add_completion=False)
    pulpo.callback()(lambda: None)
    assert CliRunner().invoke(pulpo, ["slow"]).exit_code == 0
    assert loading.handlers == [signal.SIG_DFL, usual]
