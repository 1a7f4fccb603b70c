"""A branch of 120 clients with its index, made once; every test works on a copy of its own. Waiting without sleeping."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot

from coach.services.workspace import Workspace


async def wait_until(pilot: Pilot[Any], holds: Callable[[], Any], *, seconds: float = 20.0) -> None:
    """Let the app run until something holds; fails after so many seconds."""
    for _ in range(int(seconds / 0.02)):
        if holds():
            await pilot.pause()
            return
        await pilot.pause()
        await asyncio.sleep(0.02)
    raise AssertionError(f"not within {seconds} s")


@pytest.fixture(scope="session")
def branch_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that tests copy; never opened again."""
    from coach.services.knowledge import retriever
    from tests.tui.branch import make

    home = tmp_path_factory.mktemp("branch") / "home"
    ws = make(home)
    retriever(ws)
    ws.close()
    return home


@pytest.fixture
def branch(branch_template: Path, own_workspace: Path) -> Iterator[Workspace]:
    """A workspace of its own with the small branch in it."""
    shutil.copytree(branch_template, own_workspace)
    ws = Workspace.at(own_workspace, lang="zh")
    yield ws
    ws.close()
