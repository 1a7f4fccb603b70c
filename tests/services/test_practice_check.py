"""``coach practice check``: every kind of mistake in a scenario file is found, with its line and what to do."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from coach.paths import KNOWLEDGE
from coach.services.practice import check, own_folder, scenario, scenarios
from coach.services.practice_files import OURS
from coach.services.workspace import Workspace

GOOD = (KNOWLEDGE / "scenarios" / "first-call.toml").read_text(encoding="utf-8")

# name: (what is replaced, by what, the line (its beginning) that is blamed, what the Chinese says, what the English says).
# What begins with ^ is a regular expression over one line.
BROKEN: dict[str, tuple[str, str, str, str, str]] = {
    "toml-syntax": ("turns = 10", "turns = = 10", "turns = =", "不是合法的 TOML", "not valid TOML"),
    "unknown-key": ("minutes = 8", "minuts = 8", "minuts = 8", "minuts；是不是 minutes", "minuts; did you mean minutes"),
    "missing-key": ('stage = "stranger"\n', "", "[client]", "缺少 client.stage", "client.stage is missing"),
    "wrong-move": (
        'soothes = ["apologise", "next_step", "empathise"]', 'soothes = ["apologize", "next_step"]', 'soothes = ["apologize"', "apologize",
        "apologise",
    ),
    "wrong-channel": ('channel = "call"', 'channel = "phone"', 'channel = "phone"', "不在可选之列", "not one of"),
    "weights-sum": ("opening = 14", "opening = 15", "[rubric]", "之和是 101", "add up to 101"),
    "weight-missing": ("tone = 7\n", "", "[rubric]", "缺少 tone", "lacks tone"),
    "compliance-too-light": ("compliance = 8\nnext_step = 10", "compliance = 6\nnext_step = 12", "compliance = 6", "至少 8", "8 or more"),
    "no-key-fact": ("key = true", "key = false", "[[facts]]", "key = true", "key = true"),
    "duplicate-id": ('id = "limit"', 'id = "burned"', "[[facts]]#2", "出现了两次", "stands twice"),
    "ending-names-no-fact": ('facts = ["limit"]', 'facts = ["limits"]', "agreed =", "limits", "limits"),
    "agreed-easier-than-thinking": ("agreed = { trust = 7", "agreed = { trust = 4", "agreed =", "低于", "less trust"),
    "unknown-topic": ('topic = "stage.icebreak"', 'topic = "stage.icebreaker"', "topic =", "stage.icebreaker", "stage.icebreaker"),
    "cite-unknown": (
        '"stage.icebreak/opening-stranger", "stage.icebreak/step-call"]', '"stage.icebreak/cal"]', 'cites = ["stage.icebreak/cal"]',
        "不在手册里", "not in the playbook",
    ),
    "fact-without-words": ("[zh.facts.hours]", "[zh.facts.hour]", "[zh]", "zh.facts.hours", "zh.facts.hours"),
    "words-without-structure": ("[en.facts.hours]", "[en.facts.hour]", "[en.facts.hour]", "没有", "no [[facts]]"),
    "objection-without-words": ("[zh.objections.busy]", "[zh.objections.busi]", "[zh]", "zh.objections.busy", "zh.objections.busy"),
    "point-without-words": ("[zh.points.one-question]", "[zh.points.one]", "[zh]", "points.one-question", "points.one-question"),
    "trap-without-words": ("[zh.traps.slip-a-product]", "[zh.traps.slip]", "[zh]", "slip-a-product", "slip-a-product"),
    "sign-not-in-tells": ('signs = ["四点半"]', 'signs = ["五点半"]', 'signs = ["五点半"]', "signs", "sign"),
    "sign-not-in-says": ('signs = ["课间"]', 'signs = ["下课"]', 'signs = ["下课"]', "signs", "sign"),
    "hidden-fact-given-away": ("昨天发过一条认领短信，她没回", "昨天发过短信，她说前两位只在季末要任务", "situation =", "泄露", "away"),
    "empty-opening": ('^opening = \\["喂.*$', "opening = []", "opening = []", "opening", "opening"),
    "id-is-not-the-file": ('id = "first-call"', 'id = "first-cal"', 'id = "first-cal"', "文件名", "file's name"),
    "chinese-in-english": ("Hello, who's speaking?", "喂，who's speaking?", "[en]", "有中文", "has Chinese"),
    "too-few-ways": ("^(asked = )\\[.*$", '\\1["以前怎么样？"]', 'asked = ["以前怎么样？"]', "至少要 5 条", "needs 5 or more"),
    "one-way-to-tell": ("^(tells = )\\[.*$", '\\1["季末找我要任务。"]', 'tells = ["季末找我要任务。"]', "至少要 2 条", "needs 2 or more"),
    "bad-risk-level": ('risk_level = "C3"', 'risk_level = "C6"', "risk_level =", "C6", "C6"),
    "trust-above-ten": ("trust = 5\nkey", "trust = 11\nkey", "trust = 11", "11", "11"),
    "patience-is-text": ("patience = 5", 'patience = "five"', "patience =", "five", "five"),
    "unknown-product": ('product_type = "demand"', 'product_type = "current"', "product_type =", "不在可选之列", "not one of"),
    "no-words-at-all": ("", "", "", "没有文字", "has no words"),
}  # fmt: skip


def broken(name: str) -> str:
    old, new, *_ = BROKEN[name]
    if name == "no-words-at-all":
        return GOOD[: GOOD.index("\n[zh]\n")]
    if name == "no-key-fact":
        return GOOD.replace(old, new)
    if old.startswith("^"):
        return re.sub(old, new, GOOD, count=1, flags=re.MULTILINE)
    assert old in GOOD
    return GOOD.replace(old, new, 1)


def line_of(text: str, start: str) -> int:
    """The first line that begins so; ``#2`` = the second one."""
    start, _, nth = start.partition("#")
    return [number for number, line in enumerate(text.splitlines(), 1) if line.startswith(start)][int(nth or 1) - 1]


@pytest.fixture
def ws(own_workspace: Path) -> Workspace:
    return Workspace(lang="zh")


@pytest.mark.parametrize("name", BROKEN)
def test_a_mistake_is_found_with_its_line_and_remedy(ws: Workspace, tmp_path: Path, name: str) -> None:
    path = tmp_path / "first-call.toml"
    path.write_text(text := broken(name), encoding="utf-8")
    assert text != GOOD
    problems = check(ws, path)
    _, _, start, zh, en = BROKEN[name]
    told = next((p for p in problems if zh in p.zh and en in p.en), None)
    assert told is not None, [p.told("zh") for p in problems] + [p.told("en") for p in problems]
    if start:
        assert told.line == line_of(text, start)
    assert told.told("zh").startswith(f"{path}:{told.line}: ") and told.line


def test_there_are_more_than_twenty_kinds() -> None:
    assert len(BROKEN) > 20


def test_all_scenarios_of_the_program_are_whole(ws: Workspace) -> None:
    assert [p.told("en") for p in check(ws)] == []
    assert {s.id for s in scenarios(ws)} == {path.stem for path in OURS.glob("*.toml")}


def test_several_mistakes_are_told_in_the_order_of_the_file(ws: Workspace, tmp_path: Path) -> None:
    path = tmp_path / "first-call.toml"
    path.write_text(GOOD.replace('risk_level = "C3"', 'risk_level = "C9"').replace("turns = 10", "turns = 99"), encoding="utf-8")
    lines = [p.line for p in check(ws, path)]
    assert len(lines) == 2 and lines == sorted(lines)


def own(ws: Workspace, name: str, text: str) -> Path:
    own_folder(ws).mkdir(parents=True, exist_ok=True)
    path = own_folder(ws) / name
    path.write_text(text, encoding="utf-8")
    return path


def test_a_workspace_without_a_folder_has_the_programs_scenarios(ws: Workspace) -> None:
    assert not own_folder(ws).exists() and len(scenarios(ws)) == len(list(OURS.glob("*.toml")))


def test_the_branchs_own_wins_by_id_and_a_broken_one_does_not(ws: Workspace) -> None:
    path = own(ws, "first-call.toml", GOOD.replace('title = "新经理的第一通电话"', 'title = "我们的第一通电话"'))
    assert scenario(ws, "first-call").words("zh").title == "我们的第一通电话"
    path.write_text(GOOD.replace("turns = 10", "turns = 1"), encoding="utf-8")
    assert scenario(ws, "first-call").words("zh").title == "新经理的第一通电话", "a broken file is left out"
    assert [p.path for p in check(ws)] == [path]


def test_a_new_file_is_seen_at_once_and_a_broken_one_says_why(ws: Workspace) -> None:
    from coach.services.errors import Refused

    with pytest.raises(Refused, match="是不是 first-call"):
        scenario(ws, "first-calls")
    path = own(ws, "ours.toml", GOOD.replace('id = "first-call"', 'id = "ours"'))
    assert scenario(ws, "ours").id == "ours"
    path.write_text(GOOD.replace('id = "first-call"', 'id = "ours"').replace("opening = 14", "opening = 1"), encoding="utf-8")
    with pytest.raises(Refused, match=r"ours\.toml:\d+: .*之和"):
        scenario(ws, "ours")


def test_two_files_of_one_id(ws: Workspace) -> None:
    own(ws, "a.toml", GOOD.replace('id = "first-call"', 'id = "a"'))
    second = own(ws, "b.toml", GOOD.replace('id = "first-call"', 'id = "a"'))
    told = [p for p in check(ws) if "a.toml" in p.en]
    assert [(p.path, p.line) for p in told] == [(second, line_of(GOOD, 'id = "first-call"'))]


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_what_is_no_scenario_file(ws: Workspace, tmp_path: Path, lang: str) -> None:
    assert "no such file" in check(ws, tmp_path / "nothing.toml")[0].en
    (tmp_path / "latin.toml").write_bytes(b"id = '\xff\xfe'")
    assert "UTF-8" in check(ws, tmp_path / "latin.toml")[0].told(lang)  # type: ignore[arg-type]
    (tmp_path / "large.toml").write_bytes(b"#" * 1_100_000)
    assert "too large" in check(ws, tmp_path / "large.toml")[0].en
    (tmp_path / "empty.toml").write_text("", encoding="utf-8")
    assert any("id is missing" in p.en for p in check(ws, tmp_path / "empty.toml"))


def test_the_folder_is_a_file(ws: Workspace) -> None:
    ws.home.mkdir(parents=True)
    own_folder(ws).write_text("", encoding="utf-8")
    assert [p.path for p in check(ws)] == [own_folder(ws)] and scenarios(ws)


def test_a_branchs_own_document_may_be_cited(ws: Workspace, tmp_path: Path) -> None:
    text = GOOD.replace('cites = ["stage.icebreak/never-sell-first"]', 'cites = ["our-rules/p1"]', 1).replace('"first-call"', '"ours"', 1)
    path = own(ws, "ours.toml", text)
    assert "our-rules/p1" in check(ws, path)[0].en
    (ws.home / "documents").mkdir()
    (ws.home / "documents" / "our-rules.json").write_text('{"passages": [{"id": "our-rules/p1"}]}', encoding="utf-8")
    assert check(ws, path) == []
