"""What keeps `pulpo up` from starting."""

from pathlib import Path

import pytest

from cli.local.up import banner, find_problems
from cli.settings import CliSettings


@pytest.mark.parametrize("is_filled", [True, False])
def test_a_folder_of_manifests_that_is_away_matters_only_where_no_store_has_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, is_filled: bool
) -> None:
    monkeypatch.setenv("PULPO_DATA_DIR", str(tmp_path / "data"))
    settings = CliSettings(data_dir=tmp_path / "data", workspaces_dir=tmp_path / "none")
    assert any("expected a folder of workspace manifests" in line for line in find_problems(settings, ()))
    if is_filled:
        (tmp_path / "data" / "gateway.db").touch()
        assert find_problems(settings, ()) == []
        assert "those of the store: pulpo workspace list" in banner(settings, (), tmp_path)
    else:
        (tmp_path / "none").mkdir()
        (tmp_path / "data" / "gateway.db").touch()
        assert any("at least one workspace manifest" in line for line in find_problems(settings, ()))
