"""What every test shares: no developer's settings, no model server, a workspace of its own."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

settings.register_profile("coach", deadline=None, derandomize=bool(os.environ.get("CI")))
settings.load_profile("coach")

TODAY = date(2026, 11, 24)
"""A Tuesday on which the demo branch of the tests lives."""

_OURS = ("COACH_HOME", "COACH_DB", "COACH_LANG", "COACH_CHROMA", "COACH_MODEL", "COACH_EMBED_MODEL", "COACH_MANAGER", "COACH_THEME",
         "COACH_TRUST_LOCAL", "COACH_MODEL_FIRST_S", "COACH_MODEL_STALL_S", "COACH_MODEL_TOTAL_S", "OPENAI_BASE_URL", "OPENAI_API_KEY")


if TYPE_CHECKING:
    from coach.services.workspace import Workspace


@pytest.fixture(scope="session")
def demo_branch(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A demo branch of 600 clients (seed 7), made once; nobody writes in it."""
    from coach.services.demo import make_demo

    home = tmp_path_factory.mktemp("branch") / "demo"
    ws, _ = make_demo(home, 600, 7, TODAY, "zh")
    ws.close()
    return home


@pytest.fixture
def demo_ws(demo_branch: Path, own_workspace: Path) -> Iterator[Workspace]:
    """A copy of the demo branch to work in."""
    from coach.services.workspace import Workspace

    shutil.copytree(demo_branch, own_workspace)
    ws = Workspace.at(own_workspace, lang="zh")
    yield ws
    ws.close()


@pytest.fixture(autouse=True)
def own_workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Each test has an empty workspace; the developer's environment is hidden."""
    for name in _OURS:
        monkeypatch.delenv(name, raising=False)
    home = tmp_path / "home"
    monkeypatch.setenv("COACH_HOME", str(home))
    return home
