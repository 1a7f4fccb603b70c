"""Every command's JSON against the contract, run as the real program."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from coach.domain.words import Signal
from tests.cli import schemas
from tests.cli.conftest import DATE, run_coach


def valid(value: Any, schema: dict[str, Any]) -> Any:
    jsonschema.validate(value, schema)
    return value


@pytest.fixture
def own_copy(demo_home: Path, tmp_path: Path) -> Path:
    """The demo branch, to write in."""
    return Path(shutil.copytree(demo_home, tmp_path / "copy"))


def test_clients_and_their_filters(coach_json) -> None:
    everyone = valid(coach_json("clients"), schemas.CLIENTS)
    assert len(everyone) == 600
    assert [c["assets"] for c in everyone] == sorted((c["assets"] for c in everyone), reverse=True)
    loyal = valid(coach_json("clients", "--stage", "loyal", "--limit", "3"), schemas.CLIENTS)
    assert len(loyal) == 3 and {c["stage"] for c in loyal} == {"loyal"}
    due = valid(coach_json("clients", "--signal", "maturity_due"), schemas.CLIENTS)
    assert due and all("maturity_due" in c["signals"] for c in due)
    found = coach_json("clients", "--search", everyone[0]["client_no"])
    assert [c["client_no"] for c in found] == [everyone[0]["client_no"]]


def test_all_fifteen_signals_stand_in_the_demo_branch_most_urgent_first(coach_json) -> None:
    found = valid(coach_json("signals", "--manager", "1001"), schemas.SIGNALS)
    assert {s["signal"] for s in found} == set(Signal)
    assert [s["priority"] for s in found] == sorted((s["priority"] for s in found), reverse=True)
    one = valid(coach_json("signals", "--client", found[0]["client_no"]), schemas.SIGNALS)
    assert {s["client_no"] for s in one} == {found[0]["client_no"]}


def test_plan(own_copy: Path, coach_json) -> None:
    made = valid(coach_json("plan", "--manager", "1001", home=own_copy), schemas.PLAN)
    assert made["date"] == DATE and made["working_day"]
    assert coach_json("plan", "--manager", "1001", home=own_copy) == made


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_suggestion_of_each_play(own_copy: Path, coach_json, lang: str) -> None:
    one_of_each = {s["play"]: s["client_no"] for s in coach_json("signals", home=own_copy)}
    assert len(one_of_each) >= 12
    for number in dict.fromkeys(one_of_each.values()):
        made = valid(coach_json("suggest", number, home=own_copy, lang=lang), schemas.SUGGESTION)
        assert made["grounding"]["unsupported"] == 0
        cited = {c for part in (*made["talking_points"], *made["care_ideas"]) for c in part["cites"]}
        assert cited <= {c["id"] for c in made["citations"]}


def test_ask_check_and_search(own_copy: Path, coach_json) -> None:
    told = valid(coach_json("ask", "客户定期下周到期怎么办", home=own_copy), schemas.ANSWER)
    assert told["answered"] and all(s["cites"] for s in told["answer"])
    outside = valid(coach_json("ask", "红烧肉怎么做才好吃", home=own_copy), schemas.ANSWER)
    assert not outside["answered"]
    bad = valid(coach_json("check", "这款理财保本保息，稳赚不赔", home=own_copy), schemas.CHECK)
    assert not bad["ok"] and bad["cautions"][0]["quote"]
    assert valid(coach_json("check", "王女士您好，您的存款下周到期。", home=own_copy), schemas.CHECK)["ok"]
    hits = valid(coach_json("kb", "search", "到期提醒", "-k", "3", home=own_copy), schemas.SEARCH)
    assert len(hits["hits"]) == 3


def test_a_contact_moves_the_play_and_the_stage_on(own_copy: Path, coach_json) -> None:
    task = next(t for t in coach_json("plan", "--manager", "1001", home=own_copy)["tasks"] if t["channel"] == "call")
    logged = coach_json(
        "contact",
        task["client_no"],
        "--channel",
        "call",
        "--outcome",
        "reached",
        "--next",
        "2026-12-01",
        "--summary",
        "问过五年期",
        home=own_copy,
    )
    assert (logged["task_no"], logged["play"], logged["effective"], logged["next_on"]) == (
        task["task_no"],
        task["play"],
        True,
        "2026-12-01",
    )
    after = coach_json("plan", "--manager", "1001", home=own_copy)
    assert next(t for t in after["tasks"] if t["task_no"] == task["task_no"])["state"] == "done"
    whole = coach_json("client", task["client_no"], home=own_copy)
    assert any("问过五年期" in m["text"] and m["on"] == DATE for m in whole["timeline"]) and whole["contacts"][0]["next_on"] == "2026-12-01"


def test_the_same_seed_and_date_give_the_same_bytes(
    demo_home: Path, tmp_path: Path, coach_json: Callable[..., Any], coach_text: Callable[..., str]
) -> None:
    """One branch made in this process, the other in a process of its own."""
    other = tmp_path / "other"
    run_coach(other, "demo", "--no-tui", "--clients", "600", "--seed", "7", "--date", DATE, "--dir", str(other))
    number = coach_json("clients", "--limit", "1")[0]["client_no"]
    copy = Path(shutil.copytree(demo_home, tmp_path / "copy"))
    for command in (("plan", "--manager", "1001"), ("signals",), ("clients",), ("suggest", number), ("client", number)):
        assert coach_text(*command, home=copy) == coach_text(*command, home=other)


def test_import_counts_add_up_and_twice_changes_nothing(tmp_path: Path, coach_here) -> None:
    home, staff, clients = tmp_path / "home", tmp_path / "staff.csv", tmp_path / "clients.csv"
    staff.write_text("工号,姓名\n1001,李明\n", encoding="utf-8")
    clients.write_text("客户号,姓名,管户工号,资产\nK1,王秀兰,1001,48万\nK2,赵刚,9,1\n", encoding="utf-8")
    first = valid(json.loads(coach_here(home, "import", str(staff), str(clients), "--json").stdout), schemas.IMPORT)
    assert [(r["kind"], r["added"], r["rejected"]) for r in first] == [("staff", 1, 0), ("clients", 1, 1)]
    assert "K2" in Path(first[1]["rejected_file"]).read_text(encoding="utf-8-sig")
    second = json.loads(coach_here(home, "import", str(staff), str(clients), "--json").stdout)
    assert [(r["added"], r["changed"], r["unchanged"]) for r in second] == [(0, 0, 1), (0, 0, 1)]
    refused = coach_here(home, "import", str(clients), "--strict", code=1)
    assert len(refused.stderr.splitlines()) == 1


@pytest.mark.parametrize(
    "args",
    [
        ("client", "nobody"),
        ("plan", "--manager", "nobody"),
        ("import", "/no/such/file.csv"),
        ("suggest", "nobody"),
        ("contact", "nobody", "--channel", "call", "--outcome", "reached"),
        ("ask", " "),
        ("demo", "--no-tui", "--clients", "0", "--dir", "/tmp/never"),
    ],
)
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_refusal_is_one_line_and_exit_1(tmp_path: Path, args: tuple[str, ...], lang: str, coach_here) -> None:
    run = run_coach if args == ("client", "nobody") else coach_here  # one of them as a process, as a person has it
    done = run(tmp_path / "empty", *args, lang=lang, code=1)
    assert len(done.stderr.splitlines()) == 1 and done.stderr.startswith("coach: ") and "Traceback" not in done.stderr
    assert done.stdout == ""


@pytest.mark.parametrize("args", [("plan",), ("clients", "--tier", "Z"), ("plan", "--manager", "1", "--date", "tomorrow"), ("nonsense",)])
def test_wrong_usage_is_exit_2(tmp_path: Path, args: tuple[str, ...], coach_here) -> None:
    run = run_coach if args == ("nonsense",) else coach_here
    assert "Traceback" not in run(tmp_path / "empty", *args, code=2).stderr


@pytest.mark.parametrize(
    ("file", "text", "words"),
    [
        ("settings.toml", 'langg = "en"', "lang"),
        ("policy.toml", "[signals]\nmaturty_ahead_days = 3", "maturity_ahead_days"),
        ("policy.toml", "[gifts]\ncap = -1", "gifts.cap"),
    ],
)
def test_a_broken_settings_file_is_named_with_the_nearest_key(tmp_path: Path, file: str, text: str, words: str, coach_here) -> None:
    home = tmp_path / "home"
    home.mkdir()
    (home / file).write_text(text, encoding="utf-8")
    done = coach_here(home, "signals", code=1)
    assert file in done.stderr and words in done.stderr and len(done.stderr.splitlines()) == 1


def test_a_suggestion_and_an_answer_by_a_model(own_copy: Path, coach_json, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same JSON, whoever writes: with a model behind it, and with one that fails."""
    from tests.assistant.llm.models import failing, good
    from tests.assistant.llm.server import MODEL, serving

    number = coach_json("plan", "--manager", "1001", home=own_copy)["tasks"][0]["client_no"]
    for script, engine in ((good, f"llm:{MODEL}"), (failing("500"), "offline")):
        with serving(script) as server:
            monkeypatch.setenv("OPENAI_BASE_URL", server.url)
            monkeypatch.setenv("COACH_MODEL", MODEL)
            made = valid(coach_json("suggest", number, "--engine", "llm", home=own_copy), schemas.SUGGESTION)
            if script is good:
                assert made["engine"] == engine and made["fallback"] is None
            told = valid(coach_json("ask", "客户定期下周到期怎么办，要带什么", "--engine", "llm", home=own_copy), schemas.ANSWER)
            assert told["engine"] == engine or script is not good
            doctor = {c["id"]: c for c in coach_json("doctor", home=own_copy)["checks"]}
            assert doctor["model.privacy"]["ok"]
