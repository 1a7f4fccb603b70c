"""``coach eval`` as a person and a script call it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from coach.cli.app import app
from coach.services import evaluation

CASES = evaluation.CASES
SHARES = ("right_play", "right_channel", "points_covered", "citations_valid", "fallback")


def run(*args: str, code: int = 0) -> tuple[str, str]:
    done = CliRunner().invoke(app, ["eval", *args])
    assert done.exit_code == code, done.output
    return done.stdout, done.stderr


@pytest.fixture(scope="module")
def few(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the first client and the first question of a language."""
    folder = tmp_path_factory.mktemp("few")
    lines = (CASES / "cases.zh.jsonl").read_text(encoding="utf-8").splitlines()
    chosen = [lines[0], next(text for text in lines if '"question"' in text)]
    (folder / "cases.zh.jsonl").write_text("\n".join(chosen), encoding="utf-8")
    return folder


def test_json_is_one_value_and_the_text_a_table(few: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    out, err = run("--engine", "offline", "--cases", str(few), "--json")
    value = json.loads(out)
    assert set(value) == {"cases", "figures", "failures"} and value["cases"] == str(few) and err == ""
    (figures,) = value["figures"]
    assert (figures["engine"], figures["lang"], figures["cases"], figures["questions"]) == ("offline", "zh", 1, 1)
    assert all(0 <= figures[key] <= 1 for key in SHARES) and figures["suggest_ms_p50"] > 0

    made = evaluation.Evaluation("x", [evaluation.figures("offline", "zh", []), evaluation.figures("llm:m", "zh", [])])
    made.failures.append(evaluation.Failure("llm:m", "zh", "zh-m01", "play", "revive.mix\nin place of revive.maturity"))
    asked: dict[str, object] = {}

    def evaluate(ws: object, engines: list[str], langs: list[str], **more: object) -> evaluation.Evaluation:
        asked.update(more, engines=engines, langs=langs)
        return made

    monkeypatch.setattr(evaluation, "evaluate", evaluate)
    text, _ = run("--engine", "offline", "--engine", "llm", "--lang", "zh", "--limit", "3")
    assert (asked["engines"], asked["langs"], asked["limit"]) == (["offline", "llm"], ["zh"], 3)
    head, *rest = text.splitlines()
    assert head.split() == ["offline", "zh", "llm:m", "zh"] and rest[0].split() == ["客户案例", "0", "0"]
    assert rest[-1] == "llm:m zh zh-m01 play: revive.mix in place of revive.maturity"
    run("--json")
    assert (asked["engines"], asked["langs"], asked["limit"]) == (["offline"], ["zh", "en"], None)


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (("--engine", "llm"), "COACH_MODEL"),
        (("--engine", "magic"), "magic"),
        (("--cases", "/no/such/folder"), "/no/such/folder"),
    ],
)
def test_a_refusal_is_one_line_and_exit_1(args: tuple[str, ...], said: str) -> None:
    out, err = run(*args, code=1)
    assert out == "" and len(err.splitlines()) == 1 and err.startswith("coach: ") and said in err


def test_an_installed_program_asks_for_the_cases(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(evaluation, "CASES", tmp_path / "gone")
    _, err = run("--lang", "en", code=1)
    assert "--cases" in err and len(err.splitlines()) == 1


def test_wrong_usage_is_exit_2() -> None:
    run("--limit", "0", code=2)
    run("--lang", "fr", code=2)
