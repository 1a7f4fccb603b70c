"""``coach nightly`` as a scheduler's job runs it: progress, JSON, the exit code."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import jsonschema
import pytest
from typer.testing import CliRunner

from coach.cli.app import app
from coach.services import nightly, nightly_branch, nightly_cluster
from tests.cli.schemas import COUNT, DAY, NUMBER, STRING, many, thing

BRANCH = thing({
    "branch": STRING, "state": {"enum": ["done", "failed"]}, "managers": COUNT, "clients": COUNT, "signals": COUNT, "tasks": COUNT,
    "seconds": NUMBER, "attempts": COUNT, "error": STRING, "before": {"type": "boolean"},
})  # fmt: skip
NIGHT = thing({
    "plan_on": DAY, "done": COUNT, "before": COUNT, "failed": COUNT, "clients": COUNT, "signals": COUNT, "tasks": COUNT,
    "without_manager": COUNT, "seconds": NUMBER, "branches": many(BRANCH, 1),
})  # fmt: skip


@pytest.fixture
def home(demo_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    shutil.copytree(demo_home, tmp_path / "ws")
    monkeypatch.setenv("COACH_HOME", str(tmp_path / "ws"))
    return tmp_path / "ws"


def run(*args: str, lang: str = "en"):
    return CliRunner().invoke(app, ["nightly", "--lang", lang, *args])


def test_the_json_stands_alone_on_standard_output_and_the_progress_beside_it(home: Path) -> None:
    done = run("--json", "--date", "2026-11-27")  # a Friday
    assert done.exit_code == 0, done.stderr
    answer = json.loads(done.stdout)
    jsonschema.validate(answer, NIGHT)
    assert answer["plan_on"] == "2026-11-30" and answer["clients"] + answer["without_manager"] == 600
    assert done.stderr.splitlines()[-1].startswith("[1/1] ") and "600 clients" in done.stderr
    again = json.loads(run("--json", "--date", "2026-11-27").stdout)
    assert again["before"] == again["done"] == 1 and again["tasks"] == answer["tasks"]
    day = CliRunner().invoke(app, ["plan", "--manager", "1001", "--date", "2026-11-30", "--json"])
    assert 0 < len(json.loads(day.stdout)["tasks"]) <= answer["tasks"]


def test_one_line_a_branch_and_one_for_the_night(home: Path) -> None:
    lines = run("--for", "2026-11-25", lang="zh").stdout.splitlines()
    assert len(lines) == 2 and lines[0].startswith("[1/1]") and "600 位客户" in lines[0] and lines[1].startswith("2026-11-25 的计划")


def test_a_branch_that_fails_makes_the_exit_code_one_with_one_line(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(nightly, "PAUSE_SECONDS", 0)
    monkeypatch.setattr(nightly_branch, "find", lambda *_: 1 / 0)
    done = run("--json", "--for", "2026-11-25")
    told = [line for line in done.stderr.splitlines() if line.startswith("coach: ")]
    assert done.exit_code == 1 and len(told) == 1 and "division by zero" in told[0] and "run it again" in told[0]
    assert done.stderr.count("failed (try") == 3 and json.loads(done.stdout)["failed"] == 1


@pytest.mark.parametrize(("args", "code", "words"), [
    (["--workers", "2", "--scheduler", "tcp://127.0.0.1:1"], 2, "not both"), (["--for", "2026-11-28"], 1, "no working day"),
    (["--for", "soon"], 2, "no date"), (["--branch", "nowhere", "--for", "2026-11-25"], 1, "nowhere"),
])  # fmt: skip
def test_what_is_asked_wrongly(home: Path, args: list[str], code: int, words: str) -> None:
    done = run(*args)
    assert done.exit_code == code and words in done.stderr and "Traceback" not in done.stderr


def test_workers_without_the_extra_are_told_and_the_night_goes_on(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(nightly_cluster, "installed", lambda: False)
    done = run("--workers", "2", "--for", "2026-11-25")
    assert done.exit_code == 0 and "Dask is not installed" in done.stderr


def test_the_holidays_that_are_not_published_yet_are_told(home: Path) -> None:
    assert "2027" in run("--for", "2027-01-04").stderr
