"""``coach review``: JSON against its shape, readable lines in both languages, exit codes."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from click.testing import Result
from typer.testing import CliRunner

from coach.cli.app import app
from coach.domain.review import Kind, Rule
from coach.services.log_uses import used
from coach.services.workspace import Workspace
from tests.cli.conftest import DATE
from tests.cli.schemas import BOOL, COUNT, OBJECT, STRING, many, nullable, thing
from tests.services.review_branch import LAST_WEEK, fill

NUMBER = {"type": "number"}
KIND, SEVERITY = {"enum": list(Kind)}, {"enum": ["block", "warn"]}
ITEM = thing({
    "kind": KIND, "subject": STRING, "staff_no": nullable(STRING), "staff_name": STRING, "client_no": nullable(STRING),
    "client_name": STRING, "at": STRING, "play": nullable(STRING), "engine": nullable(STRING), "channel": nullable(STRING), "what": STRING,
    "score": nullable(NUMBER), "flags": many({"enum": list(Rule)}), "severity": nullable(SEVERITY), "signed_off": BOOL, "comments": COUNT,
    "answered": BOOL,
})  # fmt: skip
QUEUE = thing({"week": STRING, "from": STRING, "to": STRING, "flagged": COUNT, "drawn": COUNT, "signed": COUNT, "items": many(ITEM)})
COMMENT = thing({
    "comment_no": STRING, "review_no": STRING, "kind": KIND, "subject": STRING, "client_no": nullable(STRING),
    "client_name": nullable(STRING), "by": STRING, "by_name": STRING, "to": STRING, "to_name": STRING, "at": STRING, "text": STRING,
    "answers": nullable(STRING), "answered": BOOL, "seen": BOOL,
})  # fmt: skip
RATED = thing({
    "review_no": STRING, "by": STRING, "by_name": STRING, "at": STRING, "rating": OBJECT, "rubric": STRING, "score": nullable(NUMBER),
})  # fmt: skip
FLAG = thing({
    "id": STRING, "rule": {"enum": list(Rule)}, "severity": SEVERITY, "at": STRING, "staff_no": nullable(STRING),
    "client_no": nullable(STRING), "name": STRING, "text": STRING, "ask": STRING, "evidence": OBJECT,
    "records": many(thing({"kind": KIND, "subject": STRING})), "cites": many(STRING),
})  # fmt: skip
SHOWN = thing({
    "kind": KIND, "subject": STRING, "staff_no": nullable(STRING), "staff_name": STRING, "client_no": nullable(STRING),
    "client_name": STRING, "date": STRING, "flag": nullable(FLAG), "suggestion": nullable(OBJECT), "uses": many(OBJECT),
    "contacts": many(OBJECT), "task": nullable(OBJECT), "later": many(OBJECT),
    "facts": many(thing({"id": STRING, "value": {}, "as_of": nullable(STRING)})), "practice": nullable(OBJECT),
    "review": thing({
        "rated": nullable(RATED), "signed_off": BOOL, "ratings": many(RATED), "comments": many(COMMENT),
        "signs": many(thing({"review_no": STRING, "by": STRING, "by_name": STRING, "at": STRING, "signed_off": BOOL, "text": STRING})),
    }),
    "cites": many(STRING), "citations": many(thing({"id": STRING, "topic": STRING, "title": STRING, "quote": STRING})),
})  # fmt: skip
PLAYS = thing({
    "from": STRING, "to": STRING, "rule": thing({"lower": BOOL, "least": COUNT, "share": NUMBER, "points": COUNT}),
    "plays": many(thing({
        "play": STRING, "followed": COUNT, "changed": COUNT, "ignored": COUNT, "reasons": OBJECT, "often": BOOL, "lowered": BOOL,
    })),
})  # fmt: skip
Coach = Callable[..., Result]


@pytest.fixture(scope="module")
def branch(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small branch of the tests of reviews, with two suggestions used; nobody writes in it."""
    home = tmp_path_factory.mktemp("review") / "branch"
    ws = Workspace.at(home, lang="zh")
    fill(ws)
    used(ws, "S1", "followed", staff_no="1001", at=LAST_WEEK)
    used(ws, "S3", "ignored", reason="1", staff_no="1001", at=LAST_WEEK)
    ws.close()
    return home


@pytest.fixture
def coach(branch: Path, own_workspace: Path) -> Coach:
    """``coach review …`` on a copy of the branch."""
    shutil.copytree(branch, own_workspace)

    def call(*args: str, code: int = 0) -> Result:
        done = CliRunner().invoke(app, ["review", *args, "--date", DATE])
        assert done.exit_code == code, f"{args}: {done.exit_code} {done.stdout} {done.stderr} {done.exception!r}"
        return done

    return call


def answered(done: Result, schema: Any) -> Any:
    value = json.loads(done.stdout)
    jsonschema.Draft202012Validator(schema).validate(value)
    return value


def test_from_the_queue_to_the_answer(coach: Coach) -> None:
    queue = answered(coach("queue", "--json"), QUEUE)
    assert (queue["week"], queue["from"], queue["to"], queue["flagged"]) == ("2026-W47", "2026-11-16", "2026-11-22", 5)
    first = queue["items"][0]
    assert first["severity"] == "block" and first["kind"] == "flag"
    for item in queue["items"]:
        shown = answered(coach("show", item["subject"], "--json"), SHOWN)
        assert (shown["kind"], shown["subject"], shown["staff_no"]) == (item["kind"], item["subject"], item["staff_no"])
    number = first["subject"]
    made = json.loads(coach("comment", number, "当时看到提示了吗？", "--json").stdout)
    assert made == {"comment_no": made["comment_no"], "kind": "flag", "subject": number, "by": "3001", "to": "1001", "answers": None}
    (waiting,) = answered(coach("inbox", "--staff", "1001", "--json"), many(COMMENT))
    reply = json.loads(coach("answer", waiting["comment_no"], "没留意", "--json").stdout)
    assert reply["answers"] == made["comment_no"]
    assert answered(coach("inbox", "--staff", "1001", "--json"), many(COMMENT)) == []
    again = answered(coach("queue", "--flag", first["flags"][0], "--json"), QUEUE)["items"]
    assert [(i["answered"], i["comments"]) for i in again if i["subject"] == number] == [(True, 2)]
    assert answered(coach("inbox", "--staff", "3001", "--seen", "--json"), many(COMMENT))[0]["comment_no"] == reply["comment_no"]
    assert answered(coach("inbox", "--staff", "3001", "--json"), many(COMMENT)) == []
    rated = json.loads(coach("rate", number, "fit=2", "rules=1", "--by", "3001", "--json").stdout)
    assert rated["rating"] == {"fit": 2, "rules": 1} and rated["score"] == 16.7
    signed = json.loads(coach("sign", number, "--json").stdout)
    assert signed == {"review_no": signed["review_no"], "kind": "flag", "subject": number, "by": "3001", "signed_off": True}
    left = answered(coach("queue", "--json"), QUEUE)
    assert left["signed"] == 1 and number not in {i["subject"] for i in left["items"]}
    whole = answered(coach("queue", "--all", "--json"), QUEUE)
    assert {i["subject"] for i in whole["items"] if i["signed_off"]} == {number}
    assert json.loads(coach("sign", number, "--reopen", "签错了", "--json").stdout)["signed_off"] is False
    review = answered(coach("show", number, "--json"), SHOWN)["review"]
    assert review["rated"]["score"] == 16.7 and not review["signed_off"] and len(review["signs"]) == 2


def test_plays_left_aside(coach: Coach) -> None:
    found = answered(coach("plays", "--json"), PLAYS)
    assert found["rule"]["lower"] is False
    assert [(p["play"], p["ignored"], p["reasons"]) for p in found["plays"]] == [("revive.maturity", 1, {"bad_time": 1})]
    assert "现在不合适 1" in coach("plays").stdout and "not the right time 1" in coach("plays", "--lang", "en").stdout


def test_lines_for_reading(coach: Coach) -> None:
    zh, en = coach("queue").stdout, coach("queue", "--lang", "en").stdout
    assert "礼品超限" in zh and "P1001" in zh and "标记 5" in zh and "gift" in en and "flags 5" in en
    number = next(i["subject"] for i in json.loads(coach("queue", "--json").stdout)["items"] if i["flags"] == ["caution_overridden"])
    coach("rate", number, "fit=3", "record=4")
    coach("comment", number, "写清楚由头")
    shown = coach("show", number).stdout
    for part in (
        "有提示仍照用", "联系客户的规矩（禁止）", "问打算", "到期 amount=50000", "（今天的）", "管户: P1001 1001", "合这位客户 做到了",
        "写清楚由头",
    ):  # fmt: skip
        assert part in shown, part
    english = coach("show", number, "--lang", "en").stdout
    assert "Used in spite of a caution" in english and "(as of today)" in english and "as it should be" in english


@pytest.mark.parametrize(
    ("args", "code", "words"),
    [
        (("queue", "--week", "next"), 1, "2026-W47"), (("show", "nope"), 1, "nope"), (("comment", "V1", " "), 1, "空"),
        (("rate", "V1", "fit"), 2, "fit=3"), (("rate", "V1", "fit=9"), 1, "1 到 4"), (("answer", "nope", "好"), 1, "nope"),
        (("sign", "V1", "--text", "a", "--reopen", "b"), 2, "reopen"), (("queue", "--flag", "odd"), 2, "gift_over_cap"),
        (("show", "V1", "--kind", "page"), 1, "suggestion"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said(coach: Coach, args: tuple[str, ...], code: int, words: str) -> None:
    done = coach(*args, code=code)
    assert words in done.stderr and "Traceback" not in done.stderr and not done.stdout
