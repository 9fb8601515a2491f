"""How a roll-out under load is judged."""

from tests.mesh.tools.rollout_report import judge, wilson
from tests.mesh.tools.traffic import Sent, Turn


def run(*tracks: str, percents: tuple[int, ...] = (0, 50, 0)) -> int:
    """The moved conversations of one that took these tracks, a phase each."""
    sent = [Sent(1, f"SM{phase}", phase, True, "", 1.0) for phase in range(len(tracks))]
    turns = {f"SM{phase}": Turn(track, "ok", 0) for phase, track in enumerate(tracks)}
    return judge(percents, sent, turns, ()).moved


def test_only_changes_that_the_share_explains_are_allowed() -> None:
    assert run("legacy", "slm", "legacy") == 0
    assert run("legacy", "legacy", "slm") == 1
    assert run("slm", "legacy", "legacy") == 1
    assert run("legacy", "slm", "slm", percents=(0, 10, 50)) == 0
    assert run("legacy", "slm", "legacy", percents=(0, 10, 50)) == 1


def test_a_change_within_a_phase_is_never_allowed() -> None:
    sent = [Sent(1, sid, 0, True, "", 1.0) for sid in ("SMa", "SMb")]
    turns = {"SMa": Turn("legacy", "ok", 0), "SMb": Turn("slm", "ok", 0)}
    assert judge((50,), sent, turns, ()).moved == 1


def test_a_message_fails_without_a_reply_without_a_turn_and_with_a_degraded_one() -> None:
    sent = [
        Sent(number, f"SM{number}", 0, True, problem, 1.0) for number, problem in enumerate(("", "", "", "HTTP 503"))
    ]
    turns = {"SM0": Turn("legacy", "ok", 0), "SM1": Turn("legacy", "degraded", 0), "SM3": Turn("legacy", "ok", 0)}
    result = judge((0,), sent, turns, ())
    assert result.failed == {"turn degraded": 1, "no turn": 1, "HTTP 503": 1}
    assert not result.kept


def test_the_interval_is_wilsons() -> None:
    low, high = wilson(50, 100)
    assert (round(low, 3), round(high, 3)) == (0.375, 0.625)
    assert wilson(0, 10)[0] == 0.0
    assert wilson(0, 0) == (0.0, 1.0)
