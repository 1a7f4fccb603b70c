"""The rule pack: every sentence of it does what it says, and what cannot be read is refused with file, line and remedy."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from coach.domain.compliance import check_text
from coach.domain.words import LANGS
from coach.paths import KNOWLEDGE
from coach.playbook.cards import CardError, read_card
from coach.playbook.rules import RuleCase, case_context, case_holds, check_rules, load_rules, read_rules, rule_cases

CASES = rule_cases()
PACK = read_rules()
SENTENCES = [
    (line[0], line[2:])
    for line in (Path(__file__).parent.parent / "data" / "compliance_sentences.txt").read_text(encoding="utf-8").splitlines()
    if line and not line.startswith("#")
]
NAMED = {
    "compliance.promise.guarantee",
    "compliance.promise.mixed",
    "compliance.promise.benchmark",
    "compliance.promise.forecast",
    "compliance.promise.rate",
    "compliance.inducement.deposit",
    "compliance.inducement.product",
    "compliance.inducement.referral",
    "compliance.suitability.level",
    "compliance.suitability.expired",
    "compliance.suitability.missing",
    "compliance.suitability.unlisted",
    "compliance.elderly.companion",
    "compliance.contact.refused",
    "compliance.contact.channel",
    "compliance.contact.consent",
    "compliance.contact.hours",
    "compliance.contact.holiday",
    "compliance.contact.draft",
    "compliance.contact.identify",
    "compliance.contact.slipped",
    "compliance.contact.close",
    "compliance.contact.pressure",
    "compliance.contact.disparage",
    "compliance.privacy.number",
    "compliance.privacy.name",
    "compliance.privacy.others",
    "compliance.privacy.minor",
}


@pytest.mark.parametrize(
    "case", CASES, ids=lambda case: f"{case.lang}-{case.rule or 'clean'}-{'trips' if case.trips else 'passes'}-{case.text[:18]}"
)
def test_every_sentence_of_the_pack_holds(case: RuleCase) -> None:
    tripped = {caution.rule: caution.quote for caution in check_text(case.text, case_context(case, PACK), PACK)}
    if case.rule is None:
        assert not tripped
    elif case.trips:
        assert case.rule in tripped
        assert tripped[case.rule] in case.text
    else:
        assert case.rule not in tripped


@pytest.mark.parametrize(("wanted", "text"), SENTENCES, ids=lambda value: value[:24])
def test_further_sentences_stay_as_they_were_judged(wanted: str, text: str) -> None:
    lang = "zh" if any("\u4e00" <= ch <= "\u9fff" for ch in text) else "en"
    cautions = check_text(text, case_context(RuleCase(None, lang, text, False), PACK), PACK)
    got = "B" if any(c.severity == "block" for c in cautions) else "W" if cautions else "P"
    assert got == wanted, [(c.rule, c.quote) for c in cautions]


def test_the_pack_holds_together() -> None:
    assert check_rules() == []


def test_the_rules_of_the_table_are_all_there() -> None:
    assert {rule.id for rule in PACK.rules} >= NAMED
    assert PACK.version == "2026-11"
    for rule in PACK.rules:
        assert rule.version and rule.effect and rule.cites
        assert set(rule.source) == set(rule.texts) == set(LANGS)


def test_every_citation_is_a_passage_of_its_own_topic() -> None:
    for rule in PACK.rules:
        topic = rule.id.rpartition(".")[0]
        names = {p.id for p in read_card(topic, "zh").passages}
        assert set(rule.cites) <= names, rule.id


def test_the_ready_texts_of_the_playbook_pass_their_own_rules() -> None:
    from coach.domain.slots import labelled
    from coach.playbook.cards import playbook

    for passage in playbook().passages.values():
        if passage.kind not in ("message", "opening"):
            continue
        context = case_context(RuleCase(None, passage.lang, "", False), PACK)
        blocked = [c for c in check_text(labelled(passage.text, passage.lang), context, PACK) if c.severity == "block"]
        assert not blocked, (passage.id, passage.lang, blocked)


# --- what cannot be read --------------------------------------------------------------------------------------------


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for name in ("rules.toml", "zh/rules.toml", "en/rules.toml"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        shutil.copy(KNOWLEDGE / name, tmp_path / name)
    shutil.copytree(KNOWLEDGE / "plays", tmp_path / "plays")
    return tmp_path


def _change(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


@pytest.mark.parametrize(
    ("name", "old", "new", "said"),
    [
        ("rules.toml", 'severity = "block"', 'severity = "stop"', "severity 'stop' is not one of block, warn"),
        ("rules.toml", 'effect = "rewrite"', 'effect = "shrug"', "effect 'shrug' is not one of"),
        ("rules.toml", 'severity = "block"', 'severity = "block"\ncolour = "red"', "unknown key 'colour'"),
        ("rules.toml", 'compliance.promise.guarantee"]', 'promise.guarantee"]', "is no id of a rule"),
        ("rules.toml", 'channels = ["message"]', 'channels = ["pigeon"]', "channels has 'pigeon'"),
        ("zh/rules.toml", "'保息'", "'保息('", "is no regular expression"),
        ("zh/rules.toml", "@dep", "@depp", "uses @depp, which [words] does not hold"),
        ("zh/rules.toml", "{quote}", "{money}", "its text uses {money}"),
        ("en/rules.toml", '["compliance.privacy.secret"]', '["compliance.privacy.secrets"]', "[compliance.privacy.secret] is missing"),
        ("en/rules.toml", "[clean]", '["compliance.contact.shout"]\ntext = "x"\n\n[clean]', "stands in no structure"),
        ("en/rules.toml", "(?P<name>", "(?P<nom>", "lacks the group (?P<name>"),
        ("zh/rules.toml", "not_meant = [", "not_meant = [\n  '不能',", "lacks ¦"),
    ],
)
def test_a_mistake_is_refused_with_file_and_remedy(root: Path, name: str, old: str, new: str, said: str) -> None:
    _change(root / name, old, new)
    with pytest.raises(CardError) as error:
        load_rules(root)
    assert said in str(error.value)
    assert str(root) in str(error.value)
    [problem] = check_rules(root)
    assert said in str(problem)


def test_a_pattern_mistake_names_its_line(root: Path) -> None:
    _change(root / "zh/rules.toml", "'保息'", "'保息('")
    [problem] = check_rules(root)
    line = (root / "zh/rules.toml").read_text(encoding="utf-8").splitlines()[problem.line - 1]
    assert "保息(" in line


def test_a_branch_sees_when_its_change_breaks_an_example(root: Path) -> None:
    _change(root / "zh/rules.toml", '"这款理财保本，您放心买。"', '"这款理财很好，您放心。"')
    problems = [str(p) for p in check_rules(root)]
    assert len(problems) == 1
    assert "must trip: 这款理财很好" in problems[0]


def test_thin_examples_and_dead_citations_are_named(root: Path) -> None:
    _change(root / "rules.toml", "compliance.promise/about-deposit", "compliance.promise/nowhere")
    path = root / "en/rules.toml"
    text = path.read_text(encoding="utf-8")
    start = text.index("trips = [", text.index('["compliance.elderly.alone"]'))
    path.write_text(text[:start] + 'trips = ["Keep this between us for now."]' + text[text.index("]\n", start) + 1 :], encoding="utf-8")
    problems = [str(p) for p in check_rules(root)]
    assert any("'compliance.promise/nowhere', which is no passage" in p for p in problems)
    assert any("trips has 1 sentences; give 6 or more" in p for p in problems)


def test_a_missing_file_is_named(root: Path) -> None:
    (root / "en/rules.toml").unlink()
    [problem] = check_rules(root)
    assert problem.path == root / "en/rules.toml"


def test_case_holds_tells_both_ways() -> None:
    assert case_holds(RuleCase("compliance.promise.guarantee", "zh", "这款保本", True), PACK)
    assert not case_holds(RuleCase("compliance.promise.guarantee", "zh", "这款保本", False), PACK)
