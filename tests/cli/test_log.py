"""``coach log``: JSON against its shape, readable lines in both languages, exit codes."""

from __future__ import annotations

import json
import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from click.testing import Result
from typer.testing import CliRunner

from coach.cli.app import app
from coach.domain.chain import Kind
from tests.cli.conftest import DATE, run_coach
from tests.cli.schemas import BOOL, COUNT, OBJECT, STRING, many, nullable, thing

HASH = {"type": "string", "pattern": "^[0-9a-f]{64}$"}
ENTRY = {
    "entry_no": COUNT, "at": {"type": "string", "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$"}, "kind": {"enum": list(Kind)},
    "staff_no": nullable(STRING), "client_no": nullable(STRING), "subject": nullable(STRING), "body": OBJECT, "prev_hash": HASH,
    "hash": HASH,
}  # fmt: skip
LISTED = many(thing(ENTRY))
SHOWN = thing(ENTRY | {"record_intact": nullable(BOOL), "corrected_by": many(COUNT)})
USED = thing({
    "entry_no": COUNT, "suggestion_no": STRING, "client_no": STRING, "staff_no": nullable(STRING),
    "how": {"enum": ["followed", "changed", "ignored"]}, "reason": nullable(STRING),
    "difference": nullable(many({"type": "array", "prefixItems": [{"enum": ["=", "-", "+"]}, STRING], "minItems": 2, "maxItems": 2})),
    "corrects": nullable(COUNT),
})  # fmt: skip
VERIFIED = thing({"entries": COUNT, "whole": BOOL, "first_broken": nullable(COUNT)})
ANCHOR = thing({"count": COUNT, "hash": HASH, "at": STRING})
EXPORTED = thing({
    "file": STRING, "entries": COUNT, "whole": BOOL, "first_broken": nullable(COUNT), "anchor": nullable(ANCHOR),
    "anchor_file": nullable(STRING),
})  # fmt: skip
Coach = Callable[..., Result]


@pytest.fixture
def home(demo_home: Path, tmp_path: Path) -> Path:
    """The demo branch, with two suggestions shown and one contact."""
    return Path(shutil.copytree(demo_home, tmp_path / "copy"))


@pytest.fixture
def coach(home: Path, monkeypatch: pytest.MonkeyPatch) -> Coach:
    def call(*args: str, code: int = 0) -> Result:
        monkeypatch.setenv("COACH_HOME", str(home))
        done = CliRunner().invoke(app, list(args))
        assert done.exit_code == code, f"{args}: {done.exit_code} {done.stdout} {done.stderr} {done.exception!r}"
        return done

    return call


@pytest.fixture
def numbers(coach: Coach) -> list[str]:
    """Two suggestions' numbers; their clients are logged as contacted afterwards."""
    clients = [c["client_no"] for c in json.loads(coach("clients", "--manager", "1001", "--limit", "2", "--json", "--date", DATE).stdout)]
    made = [json.loads(coach("suggest", no, "--json", "--date", DATE).stdout)["suggestion_no"] for no in clients]
    coach("contact", clients[0], "--channel", "call", "--outcome", "reached", "--date", DATE)
    return made


def valid(done: Result, schema: dict[str, Any]) -> Any:
    value = json.loads(done.stdout)
    jsonschema.validate(value, schema)
    return value


def test_from_shown_to_verified(coach: Coach, numbers: list[str], home: Path, tmp_path: Path) -> None:
    first = valid(coach("log", "used", numbers[0], "--followed", "--json", "--date", DATE), USED)
    again = valid(coach("log", "used", numbers[0], "--changed", "您好，今天方便吗？", "--staff", "1002", "--json", "--date", DATE), USED)
    ignored = valid(coach("log", "used", numbers[1], "--ignored", "3", "--remark", "上周去过", "--json", "--date", DATE), USED)
    assert (first["entry_no"], again["entry_no"], again["corrects"], ignored["reason"]) == (4, 5, 4, "already_done")
    assert "".join(text for sign, text in again["difference"] if sign != "-") == "您好，今天方便吗？"
    listed = valid(coach("log", "list", "--json"), LISTED)
    assert [e["entry_no"] for e in listed] == [6, 5, 4, 3, 2, 1]
    assert [e["kind"] for e in listed[3:]] == ["contact", "suggestion_shown", "suggestion_shown"]
    assert [e["entry_no"] for e in valid(coach("log", "list", "--kind", "suggestion_used", "--staff", "1002", "--json"), LISTED)] == [5]
    assert valid(coach("log", "list", "--from", "2026-11-25", "--json"), LISTED) == []
    assert len(valid(coach("log", "list", "--to", DATE, "--limit", "2", "--client", listed[2]["client_no"], "--json"), LISTED)) == 2
    one = valid(coach("log", "show", "1", "--json"), SHOWN)
    assert one["record_intact"] is True and valid(coach("log", "show", "4", "--json"), SHOWN)["corrected_by"] == [5]
    assert valid(coach("log", "verify", "--json"), VERIFIED) == {"entries": 6, "whole": True, "first_broken": None}
    file = tmp_path / "log.jsonl"
    made = valid(coach("log", "export", str(file), "--json", "--date", DATE), EXPORTED)
    assert made["entries"] == len(file.read_text(encoding="utf-8").splitlines()) == 6 and made["anchor"]["count"] == 6
    with sqlite3.connect(home / "coach.db") as db:
        db.execute("UPDATE log_entry SET at = '2026-11-23T10:00:00' WHERE entry_no = 3")
    broken = {"entries": 6, "whole": False, "first_broken": 3}
    for more in ([], ["--anchor", made["anchor_file"]], ["--anchor", str(file)]):
        assert valid(coach("log", "verify", "--json", *more, code=1), VERIFIED) == broken
    assert valid(coach("log", "export", str(tmp_path / "b"), "--json", code=1), EXPORTED)["anchor"] is None


@pytest.mark.parametrize(
    ("lang", "words"),
    [
        ("zh", {"list": "建议的使用", "show": "[-", "used": "已记入第 4 条：有改动", "whole": "日志完整：4 条",
                "broken": "从第 2 条起", "export": "已导出 4 条"}),
        ("en", {"list": "suggestion used", "show": "[-", "used": "logged as entry 4: changed", "whole": "is whole: 4 entries",
                "broken": "from entry 2 on", "export": "4 entries written"}),
    ],
)  # fmt: skip
def test_readable_lines(coach: Coach, numbers: list[str], home: Path, tmp_path: Path, lang: str, words: dict[str, str]) -> None:
    def say(*args: str, code: int = 0) -> str:
        return coach("log", *args, "--lang", lang, code=code).stdout

    assert words["used"] in say("used", numbers[0], "--changed", "您好，今天方便吗？")
    assert words["list"] in say("list") and words["show"] in say("show", "4") and numbers[0] in say("show", "4")
    assert words["whole"] in say("verify") and words["export"] in say("export", str(tmp_path / "e"))
    assert words["whole"] in say("verify", "--anchor", str(tmp_path / "e"))
    with sqlite3.connect(home / "coach.db") as db:
        db.execute("UPDATE log_entry SET body = 'x' WHERE entry_no = 2")
    assert words["broken"] in say("verify", code=1) and len(say("verify", code=1).splitlines()) == 1
    assert say("list") and say("show", "2") and words["export"] in say("export", str(tmp_path / "f"), code=1)


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize(
    ("args", "told"),
    [
        (("show", "99"), "99"), (("used", "nothing", "--followed"), "nothing"), (("list", "--kind", "tiers"), "tier_change"),
        (("verify", "--anchor", "/no/such"), "/no/such"), (("export", "/no/such/file"), "/no/such"),
    ],
)  # fmt: skip
def test_a_refusal_is_one_line_and_exit_1(coach: Coach, args: tuple[str, ...], told: str, lang: str) -> None:
    done = coach("log", *args, "--lang", lang, code=1)
    assert len(done.stderr.splitlines()) == 1 and done.stderr.startswith("coach: ") and told in done.stderr and done.stdout == ""


@pytest.mark.parametrize(
    "args",
    [("used", "x"), ("used", "x", "--followed", "--ignored", "1"), ("used", "x", "--followed", "--remark", "y"), ("show", "one"),
     ("list", "--from", "yesterday"), ("list", "--limit", "0"), ("nonsense",)],
)  # fmt: skip
def test_wrong_usage_is_exit_2(coach: Coach, args: tuple[str, ...]) -> None:
    coach("log", *args, code=2)


def test_an_empty_workspace_has_a_whole_log(tmp_path: Path) -> None:
    home = tmp_path / "empty"
    assert json.loads(run_coach(home, "log", "verify", "--json").stdout) == {"entries": 0, "whole": True, "first_broken": None}
    assert json.loads(run_coach(home, "log", "list", "--json").stdout) == []
