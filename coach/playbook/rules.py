"""The rule pack, read from ``knowledge/rules.toml`` and its words in ``zh/rules.toml`` and ``en/rules.toml``.

Reading is strict: what is wrong raises :class:`~coach.playbook.cards.CardError` with file, line and remedy.
:func:`check_rules` goes further and runs every example sentence of the pack against its rule.
"""

from __future__ import annotations

import re
import string
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Any

from coach.domain.compliance import ClientView, Context, ListedProduct, check_text
from coach.domain.compliance_rules import CHECKS, EFFECTS, Detection, Pair, Rule, RulePack, Speech
from coach.domain.words import LANGS, TOPICS, Channel, Lang, Purpose, Severity
from coach.paths import KNOWLEDGE
from coach.playbook.cards import CardError, line_of, read_toml
from coach.playbook.check import Problem

MIN_CASES = 6
_RULE_KEYS = {"version", "severity", "source", "cites", "effect", "check", "channels", "purposes", "figures", "from_risk"}
_WORD_KEYS = {"text", "find", "always", "pairs", "names", "figure", "must", "unless", "unless_anywhere", "refusal", "consent",
              "after_refusal", "trips", "passes"}
_PATTERN_LISTS = ("find", "always", "must", "unless", "unless_anywhere", "refusal", "consent", "after_refusal")
_PLACES = {"quote", "rates", "from_hour", "to_hour", "risk", "level", "expired", "age", "cap"}
_RESERVED = {"speech", "words", "clean"}
_WORD = re.compile(r"@([a-z_]+)")
_ID = re.compile(r"compliance\.[a-z]+\.[a-z_]+")


@dataclass(frozen=True, slots=True)
class RuleCase:
    """One example sentence: it must trip the rule, or must not. Without a rule it must trip nothing at all."""

    rule: str | None
    lang: Lang
    text: str
    trips: bool


def _paths(root: Path) -> dict[str, Path]:
    return {"structure": root / "rules.toml"} | {lang: root / lang / "rules.toml" for lang in LANGS}


def _fail(path: Path, rule: str, message: str, needle: str | None = None) -> CardError:
    return CardError(path, f"[{rule}] {message}", line_of(path, needle or f'["{rule}"]') or line_of(path, rule))


def _compile(path: Path, rule: str, pattern: str, words: dict[str, str], flags: int = 0) -> re.Pattern[str]:
    """A pattern with its @words put in and full-width marks folded, as the texts are."""

    def put(m: re.Match[str]) -> str:
        if m.group(1) not in words:
            known = ", ".join(sorted(words)) or "none"
            raise _fail(path, rule, f"uses @{m.group(1)}, which [words] does not hold; known: {known}", pattern)
        return f"(?:{re.sub(_WORD, put, words[m.group(1)])})"

    try:
        return re.compile(unicodedata.normalize("NFKC", re.sub(_WORD, put, pattern)), flags)
    except re.error as error:
        raise _fail(path, rule, f"pattern {pattern!r} is no regular expression: {error}", pattern) from None


def _speech(path: Path, lang: str, table: dict[str, Any]) -> Speech:
    part, words = table.get("speech", {}), table.get("words", {})
    for key in ("not_meant", "no_denial", "investment", "assessment"):
        if not part.get(key):
            raise _fail(path, "speech", f"lacks {key!r}", "[speech]")
    for pattern in part["not_meant"]:
        if "¦" not in pattern:
            raise _fail(path, "speech", f"not_meant {pattern!r} lacks ¦, the place of the words under test", pattern)
    return Speech(
        lang, tuple(_compile(path, "speech", p, words) for p in part["not_meant"]),
        _compile(path, "speech", "|".join(sorted(part["no_denial"], key=len, reverse=True)), words),
        _compile(path, "speech", part["investment"], words), _compile(path, "speech", part["assessment"], words),
    )


def _detection(path: Path, rule: str, lang: str, part: dict[str, Any], words: dict[str, str]) -> Detection:
    if unknown := sorted(set(part) - _WORD_KEYS):
        raise _fail(path, rule, f"has an unknown key {unknown[0]!r}; known: {', '.join(sorted(_WORD_KEYS))}")
    lists = {key: tuple(_compile(path, rule, p, words) for p in part.get(key, ())) for key in _PATTERN_LISTS}
    names = tuple(_compile(path, rule, p, words) for p in part.get("names", ()))
    if any("name" not in p.groupindex for p in names):
        raise _fail(path, rule, "a pattern of names lacks the group (?P<name>…)")
    figure = _compile(path, rule, part["figure"], words) if part.get("figure") else None
    pairs = tuple(_pair(path, rule, pair, words) for pair in part.get("pairs", ()))
    return Detection(lang, names=names, figure=figure, pairs=pairs, **lists)


def _pair(path: Path, rule: str, pair: Any, words: dict[str, str]) -> Pair:
    """Two patterns and perhaps a third. One that knows names by their capitals, ``(?-i:…)``, is read over the text with its case."""
    if not isinstance(pair, list) or len(pair) not in (2, 3) or not all(isinstance(part, str) for part in pair):
        raise _fail(path, rule, f"has the pair {pair!r}; write ['one', 'other'] or ['one', 'other', 'what keeps them apart']")
    halves = [_compile(path, rule, part, words) for part in pair]
    return Pair(*(_compile(path, rule, part, words, re.IGNORECASE) if "(?-i:" in half.pattern else half
                  for part, half in zip(pair, halves, strict=True)))


def _rule(path: Path, rule_id: str, part: dict[str, Any], version: str) -> dict[str, Any]:
    if not _ID.fullmatch(rule_id) or rule_id.rpartition(".")[0] not in TOPICS:
        raise _fail(path, rule_id, "is no id of a rule; write compliance.<topic>.<short> with a topic of the contract")
    if unknown := sorted(set(part) - _RULE_KEYS):
        raise _fail(path, rule_id, f"has an unknown key {unknown[0]!r}; known: {', '.join(sorted(_RULE_KEYS))}")
    for key in ("severity", "source", "cites", "effect", "check"):
        if not part.get(key):
            raise _fail(path, rule_id, f"lacks {key!r}")
    for key, known in (("severity", tuple(Severity)), ("effect", EFFECTS), ("check", CHECKS)):
        if part[key] not in known:
            raise _fail(path, rule_id, f"{key} {part[key]!r} is not one of {', '.join(known)}")
    for key, known in (("channels", tuple(Channel)), ("purposes", tuple(Purpose)), ("figures", ("any", "unlisted"))):
        given = [part[key]] if isinstance(part.get(key), str) else part.get(key, [])
        if odd := [word for word in given if word not in known]:
            raise _fail(path, rule_id, f"{key} has {odd[0]!r}; known: {', '.join(known)}")
    if set(part["source"]) != set(LANGS):
        raise _fail(path, rule_id, "source needs zh and en")
    return {
        "id": rule_id, "version": part.get("version", version), "severity": part["severity"], "source": part["source"],
        "cites": tuple(part["cites"]), "effect": part["effect"], "check": part["check"],
        "channels": frozenset(part.get("channels", ())), "purposes": frozenset(part.get("purposes", ())),
        "figures": part.get("figures", ""), "from_risk": part.get("from_risk", ""),
    }


def _tables(root: Path) -> dict[str, dict[str, Any]]:
    return {key: read_toml(path) for key, path in _paths(root).items()}


def _text(path: Path, rule: str, part: dict[str, Any]) -> str:
    text = part.get("text", "").strip()
    if not text:
        raise _fail(path, rule, "lacks 'text', the words of the caution")
    if odd := sorted({name for _, name, _, _ in string.Formatter().parse(text) if name is not None} - _PLACES):
        raise _fail(path, rule, f"its text uses {{{odd[0]}}}; known: {', '.join(sorted(_PLACES))}")
    return text


def load_rules(root: Path = KNOWLEDGE) -> RulePack:
    """The rule pack under ``root``, read anew. Raises :class:`CardError`."""
    paths, tables = _paths(root), _tables(root)
    structure = tables["structure"]
    if not structure.get("version") or not structure.get("rules"):
        raise CardError(paths["structure"], "lacks 'version' or the [rules.…] tables")
    rules = []
    for rule_id, part in structure["rules"].items():
        basis = _rule(paths["structure"], rule_id, part, structure["version"])
        texts, detections = {}, {}
        for lang in LANGS:
            if rule_id not in tables[lang]:
                raise _fail(paths[lang], rule_id, f"is missing; rules.toml declares it, so write its words under [\"{rule_id}\"]")
            texts[lang] = _text(paths[lang], rule_id, tables[lang][rule_id])
            detections[lang] = _detection(paths[lang], rule_id, lang, tables[lang][rule_id], tables[lang].get("words", {}))
        rules.append(Rule(texts=texts, detections=detections, **basis))
    for lang in LANGS:
        for orphan in sorted(set(tables[lang]) - set(structure["rules"]) - _RESERVED):
            raise _fail(paths[lang], orphan, "stands in no structure; add it to rules.toml or remove it")
    pairs = tables["zh"]["speech"].get("traditional", "").split()
    if odd := [pair for pair in pairs if len(pair) != 2]:
        raise _fail(paths["zh"], "speech", f"traditional has {odd[0]!r}; write pairs of two characters, traditional first", odd[0])
    speech = {lang: _speech(paths[lang], lang, tables[lang]) for lang in LANGS}
    return RulePack(structure["version"], tuple(rules), speech, {pair[0]: pair[1] for pair in pairs})


@lru_cache(maxsize=4)
def read_rules(root: Path = KNOWLEDGE) -> RulePack:
    """The rule pack, read and compiled once per process and root. Raises :class:`CardError`."""
    return load_rules(root)


def rule_cases(root: Path = KNOWLEDGE) -> list[RuleCase]:
    """The example sentences of the pack in both languages. Raises :class:`CardError`."""
    tables = _tables(root)
    cases = []
    for lang in LANGS:
        for rule_id, part in tables[lang].items():
            if rule_id not in _RESERVED:
                cases += [RuleCase(rule_id, lang, text, True) for text in part.get("trips", ())]
                cases += [RuleCase(rule_id, lang, text, False) for text in part.get("passes", ())]
        cases += [RuleCase(None, lang, text, False) for text in tables[lang].get("clean", {}).get("texts", ())]
    return cases


@lru_cache(maxsize=4)
def _bench(root: Path) -> dict[str, Any]:
    return read_toml(root / "rules.toml")["bench"]


def case_context(case: RuleCase, pack: RulePack, root: Path = KNOWLEDGE) -> Context:
    """The circumstances in which the pack's sentences are read: ``[bench]`` of rules.toml, and the rule's own channel and purpose."""
    bench = _bench(root)
    rule = pack.rule(case.rule) if case.rule else None
    client = bench["client"]
    return Context(
        today=bench["today"], channel="message" if rule is None or not rule.channels else sorted(rule.channels)[-1],
        purpose=sorted(rule.purposes)[0] if rule and rule.purposes else "service", lang=case.lang,
        client=ClientView(
            "bench", client["name"], client["phone"], risk_level="C5", risk_assessed_on=bench["today"], marketing_consent=True,
        ),
        products=tuple(ListedProduct(p["name"], p["type"], p.get("risk")) for p in bench["products"]),
        rates=tuple(Decimal(rate) for rate in bench["rates"]), other_names=frozenset(bench["other_names"]),
    )



def case_holds(case: RuleCase, pack: RulePack, root: Path = KNOWLEDGE) -> bool:
    """Whether a sentence does to its rule what the pack says it does."""
    tripped = {caution.rule for caution in check_text(case.text, case_context(case, pack, root), pack)}
    return not tripped if case.rule is None else (case.rule in tripped) == case.trips


def check_rules(root: Path = KNOWLEDGE) -> list[Problem]:
    """All mistakes of the rule pack: what cannot be read, citations without a passage, thin or failing examples."""
    try:
        pack, cases = load_rules(root), rule_cases(root)
    except CardError as error:
        where, _, text = str(error).partition(": ")
        path, _, line = where.rpartition(":")
        return [Problem(Path(path or where), int(line) if path and line.isdigit() else None, text)]
    paths = _paths(root)
    problems = list(_citations(pack, root, paths["structure"]))
    for rule in pack.rules:
        for lang in LANGS:
            line = line_of(paths[lang], f'["{rule.id}"]')
            for trips, key in ((True, "trips"), (False, "passes")):
                have = len({c.text for c in cases if c.rule == rule.id and c.lang == lang and c.trips is trips})
                if rule.check != "state" and have < MIN_CASES:
                    problems.append(Problem(paths[lang], line, f"[{rule.id}] {key} has {have} sentences; give {MIN_CASES} or more"))
    for case in cases:
        if not case_holds(case, pack, root):
            wanted = "trip nothing" if case.rule is None else "trip" if case.trips else "not trip"
            line = line_of(paths[case.lang], case.text)
            problems.append(Problem(paths[case.lang], line, f"[{case.rule or 'clean'}] must {wanted}: {case.text}"))
    return problems


def _citations(pack: RulePack, root: Path, path: Path) -> Iterator[Problem]:
    for rule in pack.rules:
        for cite in rule.cites:
            topic, _, name = cite.partition("/")
            card = root / "plays" / f"{topic}.toml"
            if not card.exists() or name not in read_toml(card).get("passages", {}):
                yield Problem(path, line_of(path, cite), f"[{rule.id}] cites {cite!r}, which is no passage of {card}")
