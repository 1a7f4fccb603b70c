"""Commands run as a person would run them: in a process of its own where bytes and exit codes count."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from typer.testing import CliRunner

from coach.cli.app import app

DATE = "2026-11-24"


def run_coach(home: Path, *args: str, lang: str = "zh", code: int = 0) -> subprocess.CompletedProcess[str]:
    """``coach …`` in a workspace; fails the test where the exit code is another."""
    env = {k: v for k, v in os.environ.items() if not k.startswith(("COACH_", "OPENAI_"))}
    env |= {"COACH_HOME": str(home), "COACH_LANG": lang, "PYTHONUTF8": "1"}
    done = subprocess.run([sys.executable, "-m", "coach", *args], env=env, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == code, f"coach {' '.join(args)} → {done.returncode}\n{done.stdout[-2000:]}\n{done.stderr[-2000:]}"
    return done


@pytest.fixture(scope="session")
def demo_home(demo_branch: Path) -> Path:
    """The tests' demo branch; tests that write copy it."""
    return demo_branch


@pytest.fixture
def coach_here(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    """``coach …`` in a workspace, in this process; fails the test where the exit code is another."""

    def call(home: Path, *args: str, lang: str = "zh", code: int = 0) -> Result:
        monkeypatch.setenv("COACH_HOME", str(home))
        monkeypatch.setenv("COACH_LANG", lang)
        done = CliRunner().invoke(app, args)
        assert done.exit_code == code, f"coach {' '.join(args)} → {done.exit_code}\n{done.stdout[-2000:]}\n{done.stderr[-2000:]}"
        return done

    return call


@pytest.fixture
def coach_text(demo_home: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., str]:
    """``coach … --json`` on the demo branch, as printed: the same command in this process, so that its libraries load once."""

    def call(*args: str, home: Path = demo_home, lang: str = "zh") -> str:
        monkeypatch.setenv("COACH_HOME", str(home))
        dated = () if args[0] == "kb" else ("--date", DATE)
        done = CliRunner().invoke(app, [*args, "--json", "--lang", lang, *dated])
        assert done.exit_code == 0, f"coach {' '.join(args)}: {done.stderr}"
        return done.stdout

    return call


@pytest.fixture
def coach_json(coach_text: Callable[..., str]) -> Callable[..., Any]:
    """The same, parsed."""
    return lambda *args, **where: json.loads(coach_text(*args, **where))
