from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.tracks.share_file import TrackSwitch
from gateway.tracks.track import (
    LEGACY,
    SLM,
    Row,
    Split,
    choose_track,
    effective_split,
    explain,
    is_shadowed,
    parse_enabled,
    parse_percent,
)

ids = st.text(min_size=1, max_size=20)


@pytest.mark.parametrize(
    ("enabled", "percent", "share"),
    [("false", "", 0), ("false", "50", 0), ("true", "", 100), ("true", "0", 100), ("TRUE", "7", 7), ("1", "100", 100)],
)
def test_the_two_settings_make_a_share(enabled: str, percent: str, share: int) -> None:
    assert effective_split(parse_enabled(enabled), parse_percent(percent)) == Split(share)


@pytest.mark.parametrize("text", ["yes", "", "on", "tru", "2"])
def test_anything_but_true_and_false_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="true or false"):
        parse_enabled(text)


@pytest.mark.parametrize("text", ["101", "-1", "5%", "1.5", "x", "٣", "1000", "+5"])
def test_anything_but_a_whole_percentage_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="0 to 100"):
        parse_percent(text)


@given(ids, ids)
def test_nobody_is_on_slm_at_nothing_and_everybody_at_a_hundred(workspace: str, conversation: str) -> None:
    assert choose_track(Split(0), workspace, conversation) == LEGACY
    assert choose_track(Split(100), workspace, conversation) == SLM


@given(ids, ids, st.integers(0, 100), st.integers(0, 100))
def test_a_growing_share_only_adds_conversations(workspace: str, conversation: str, one: int, other: int) -> None:
    small, large = Split(min(one, other)), Split(max(one, other))
    if choose_track(small, workspace, conversation) == SLM:
        assert choose_track(large, workspace, conversation) == SLM


def test_a_share_is_about_what_it_says() -> None:
    on_slm = sum(choose_track(Split(20), "salon", str(number)) == SLM for number in range(5000))
    assert 850 < on_slm < 1150


@given(ids, ids, st.integers(0, 100))
def test_a_trusted_caller_chooses(workspace: str, conversation: str, percent: int) -> None:
    assert choose_track(Split(percent), workspace, conversation, "slm") == SLM
    assert choose_track(Split(percent), workspace, conversation, "legacy") == LEGACY


def test_an_unknown_wish_is_no_wish() -> None:
    assert choose_track(Split(0), "w", "c", "gpt") == LEGACY


@given(ids, ids, st.booleans(), st.integers(0, 100), st.sampled_from(["", "slm", "legacy", "gpt"]))
def test_an_explanation_tells_the_track_that_is_taken(
    workspace: str, conversation: str, enabled: bool, percent: int, forced: str
) -> None:
    told = explain(enabled, percent, workspace, conversation, forced)
    assert told.track == choose_track(effective_split(enabled, percent), workspace, conversation, forced)


@pytest.mark.parametrize(
    ("enabled", "percent", "forced", "row"),
    [
        (False, 50, "slm", Row.ASKED),
        (True, 0, "legacy", Row.ASKED),
        (False, 50, "", Row.OFF),
        (True, 0, "", Row.EVERYBODY),
        (True, 50, "gpt", Row.SHARE),
    ],
)
def test_the_first_row_that_holds_decides(enabled: bool, percent: int, forced: str, row: Row) -> None:
    assert explain(enabled, percent, "w", "c", forced).row is row


@given(ids, st.integers(0, 100), st.integers(0, 100))
def test_a_growing_shadow_only_adds_turns(turn_id: str, one: int, other: int) -> None:
    if is_shadowed(Split(0, min(one, other)), turn_id):
        assert is_shadowed(Split(0, max(one, other)), turn_id)
    assert not is_shadowed(Split(100, 0), turn_id)
    assert is_shadowed(Split(0, 100), turn_id)


class _Switch:
    """A switch over a file."""

    def __init__(self, file: Path) -> None:
        self.splits: list[int] = []
        self.broken: list[str] = []
        self.file = file
        self.switch = TrackSwitch(
            {"ENABLE_SLM_PIPELINE": "true", "SLM_CANARY_PERCENT": "10", "SLM_SHADOW_PERCENT": ""},
            file,
            lambda split: self.splits.append(split.slm_percent),
            self.broken.append,
        )

    async def after(self, text: str) -> int:
        """The share once the file was written and looked at."""
        self.file.write_text(text)
        await self.switch.look()
        return self.switch.split.slm_percent


async def test_the_watched_file_overrides_the_environment_without_a_restart(tmp_path: Path) -> None:
    switch = _Switch(tmp_path / "track")
    assert switch.switch.split == Split(10)
    assert await switch.after("SLM_CANARY_PERCENT=25\n") == 25
    assert await switch.after("# rolled back\nENABLE_SLM_PIPELINE=false\n") == 0
    assert await switch.after("") == 10
    assert switch.splits == [10, 25, 0, 10]


async def test_a_file_that_cannot_be_read_moves_nobody(tmp_path: Path) -> None:
    switch = _Switch(tmp_path / "track")
    assert await switch.after("SLM_CANARY_PERCENT=25") == 25
    assert await switch.after("SLM_CANARY_PERCENT=a lot") == 25
    assert switch.broken == ["SLM_CANARY_PERCENT"]


async def test_a_file_that_is_gone_for_a_moment_moves_nobody(tmp_path: Path) -> None:
    switch = _Switch(tmp_path / "track")
    assert await switch.after("SLM_CANARY_PERCENT=25") == 25
    switch.file.unlink()
    await switch.switch.look()
    assert switch.switch.split == Split(25)


async def test_a_mounted_config_map_changes_by_a_new_link(tmp_path: Path) -> None:
    for version, share in (("one", 25), ("two", 50)):
        (tmp_path / version).mkdir()
        (tmp_path / version / "tracks.env").write_text(f"SLM_CANARY_PERCENT={share}")
    (tmp_path / "..data").symlink_to("one")
    (tmp_path / "tracks.env").symlink_to("..data/tracks.env")
    switch = _Switch(tmp_path / "tracks.env")
    assert switch.switch.split == Split(25)
    (tmp_path / "..new").symlink_to("two")
    (tmp_path / "..new").rename(tmp_path / "..data")
    await switch.switch.look()
    assert switch.switch.split == Split(50)


def test_a_file_that_is_no_text_at_start_up_is_refused(tmp_path: Path) -> None:
    (tmp_path / "track").write_bytes(b"\xff\xfe")
    with pytest.raises(ValueError, match="UTF-8"):
        _Switch(tmp_path / "track")


def test_a_wrong_file_at_start_up_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "track"
    file.write_text("ENABLE_SLM_PIPELINE=perhaps")
    with pytest.raises(ValueError, match="ENABLE_SLM_PIPELINE"):
        _Switch(file)
