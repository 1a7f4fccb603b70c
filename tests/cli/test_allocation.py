"""``coach allocate`` as a person or a script runs it: the contract's JSON, the table, exit codes."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from typer.testing import CliRunner

from coach.cli.app import app
from coach.services.workspace import Workspace
from coach.store.db import session
from coach.store.tables import Staff
from tests.cli.conftest import DATE, run_coach
from tests.cli.schemas import COUNT, NUMBER, STRING, many, nullable, thing

RATIOS = {"type": "object", "additionalProperties": {"type": "number", "minimum": 1}}
BOOKS = many(thing({"post": STRING, "staff_no": STRING, "clients": COUNT, "assets": NUMBER}), 1)
CONTRACT = {
    "moves": many(thing({"client_no": STRING, "from": nullable(STRING), "to": STRING, "reason": {"type": "string", "minLength": 8}})),
    "balance": BOOKS, "max_over_mean": RATIOS, "familiar_kept": COUNT, "protected": COUNT,
}  # fmt: skip
STANDS = {"balance": BOOKS, "max_over_mean": RATIOS, "max_over_mean_clients": RATIOS}
ANSWER = thing({
    **CONTRACT, "mode": STRING, "max_over_mean_clients": RATIOS, "before": thing(STANDS), "unserved": COUNT, "run_no": nullable(STRING),
    "large": many(thing({"client_no": STRING, "manager": STRING, "assets": NUMBER, "share": NUMBER})),
})  # fmt: skip


@pytest.fixture
def home(demo_home: Path, tmp_path: Path) -> Path:
    path = Path(shutil.copytree(demo_home, tmp_path / "copy"))
    ws = Workspace.at(path, lang="zh")
    with session(ws.engine) as s:
        first = s.get(Staff, "1001")
        assert first is not None
        s.add(Staff(staff_no="2001", name="程新一", post=first.post, branch=first.branch))
    ws.close()
    return path


@pytest.fixture
def coach(home: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("COACH_HOME", str(home))

    def call(*args: str, code: int = 0) -> Any:
        done = CliRunner().invoke(app, ["allocate", *args, "--date", DATE])
        assert done.exit_code == code, f"{args}: {done.exit_code} {done.stdout} {done.stderr} {done.exception!r}"
        return done

    return call


@pytest.mark.parametrize("mode", ["initial", "monthly", "quarterly"])
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_json_is_the_contracts(coach, mode: str, lang: str) -> None:
    value = json.loads(coach("--mode", mode, "--json", "--lang", lang).stdout)
    jsonschema.validate(value, ANSWER)
    assert value["mode"] == mode and value["run_no"] is None and value["moves"]
    assert sum(b["clients"] for b in value["balance"]) == 600 == sum(b["clients"] for b in value["before"]["balance"])
    assert abs(sum(b["assets"] for b in value["balance"]) - sum(b["assets"] for b in value["before"]["balance"])) < 1
    for told in (value, value["before"]):
        assets = [b["assets"] for b in told["balance"]]
        assert list(told["max_over_mean"].values()) == [pytest.approx(max(assets) * len(assets) / sum(assets), abs=1e-4)]
    assert {any(mark in m["reason"] for mark in "，：；") for m in value["moves"]} == {lang == "zh"}


def test_the_table_shows_before_and_after_and_says_that_it_is_a_preview(coach) -> None:
    shown = coach("--mode", "monthly", "--lang", "zh").stdout
    assert all(text in shown for text in ("程新一(2001)", "600", "→ 12", "预览", "资产最多/平均：客户经理 2.000 → "))
    english = coach("--mode", "monthly", "--lang", "en").stdout
    assert "preview" in english and "highest over mean" in english and "→ 12" in english


def test_apply_then_undo(coach, home: Path) -> None:
    shown = json.loads(coach("--mode", "quarterly", "--json").stdout)
    done = json.loads(coach("--mode", "quarterly", "--apply", "--by", "1004", "--json").stdout)
    assert done.pop("run_no") and shown.pop("run_no") is None and done == shown
    again = json.loads(coach("--mode", "quarterly", "--json").stdout)
    assert again["before"]["balance"] == done["balance"]
    back = json.loads(coach("--undo", "--json").stdout)
    assert back["clients"] == len(done["moves"]) and back["balance"] == shown["before"]["balance"]
    refused = coach("--undo", code=1)
    assert refused.stdout == "" and len(refused.stderr.splitlines()) == 1


def test_wrong_usage_and_refusals(coach, tmp_path: Path) -> None:
    for args in ((), ("--mode", "yearly"), ("--undo", "--mode", "monthly"), ("--undo", "--apply")):
        coach(*args, code=2)
    assert "9999" in coach("--mode", "monthly", "--leaving", "9999", code=1).stderr
    done = run_coach(tmp_path / "empty", "allocate", "--mode", "initial", "--json", code=1)
    assert done.stdout == "" and len(done.stderr.splitlines()) == 1 and "coach import" in done.stderr
