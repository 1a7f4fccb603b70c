"""What every test shares: no developer's settings, no model server, a workspace of its own."""

from __future__ import annotations

from pathlib import Path

import pytest

_OURS = ("COACH_HOME", "COACH_DB", "COACH_LANG", "COACH_CHROMA", "COACH_MODEL", "COACH_EMBED_MODEL", "COACH_MANAGER", "COACH_THEME",
         "OPENAI_BASE_URL", "OPENAI_API_KEY")


@pytest.fixture(autouse=True)
def own_workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Each test has an empty workspace; the developer's environment is hidden."""
    for name in _OURS:
        monkeypatch.delenv(name, raising=False)
    home = tmp_path / "home"
    monkeypatch.setenv("COACH_HOME", str(home))
    return home
