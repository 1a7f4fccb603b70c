"""Nothing heavy is imported before the first frame, and a screen that is not open is not loaded."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

HEAVY = ("sqlalchemy", "sqlmodel", "pydantic", "polars", "numpy", "chromadb", "langchain", "langchain_core", "openai", "rjieba", "jieba",
         "sklearn", "pypinyin", "chinese_calendar", "lunar_python", "alembic", "typer", "httpx", "python_calamine", "textual_plotext")
LATER = ("coach.tui.screens.clients", "coach.tui.screens.client", "coach.tui.screens.playbook", "coach.tui.screens.contact_dialog",
         "coach.tui.screens.help", "coach.tui.screens.welcome", "coach.tui.screens.import_dialog", "coach.tui.palette", "coach.services",
         "textual.widgets._text_area", "textual.widgets._data_table")
PROGRAM = """
import json, sys
from coach.tui.app import CoachApp

def stop(app, ws):  # called right after the first frame
    sys.__stdout__.write(json.dumps(sorted(sys.modules)))
    app.exit()

CoachApp.open_workspace = stop
CoachApp().run(headless=True)
"""


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """The modules in a fresh process when the first frame has been painted."""
    run = subprocess.run(
        [sys.executable, "-c", PROGRAM], capture_output=True, text=True, timeout=60, check=True, cwd=Path(__file__).parents[2],
    )
    return set(json.loads(run.stdout[run.stdout.index("["):].splitlines()[0]))


@pytest.mark.parametrize("name", HEAVY)
def test_heavy_library_waits_for_the_first_frame(loaded: set[str], name: str) -> None:
    assert not [module for module in loaded if module == name or module.startswith(f"{name}.")]


@pytest.mark.parametrize("name", LATER)
def test_screens_and_services_are_loaded_when_opened(loaded: set[str], name: str) -> None:
    assert name not in loaded


def test_the_first_screen_was_there(loaded: set[str]) -> None:
    assert "coach.tui.screens.today" in loaded
