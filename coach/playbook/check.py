"""``coach kb check``: every mistake in the cards, each with file, line and remedy.

The reader (:mod:`coach.playbook.cards`) refuses what it cannot read; this module finds what can be
read but does not hold together: missing languages, unknown slots, steps without words, thin cards.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from coach.domain.slots import SLOTS, slots_of
from coach.domain.words import LANGS, TOPICS, Channel, Purpose, Signal, Stage, Tier
from coach.paths import KNOWLEDGE
from coach.playbook.cards import Card, CardError, Passage, line_of, read_card

MIN_ASKS = 6
_SOURCE = re.compile(r"^(A([1-9]|[1-3][0-9]|4[0-8])|S|D|L:compliance\.[a-z]+)$")
_HAN = re.compile(r"[\u4e00-\u9fff]")
_PLAY_KINDS = {"about": 1, "step": 1, "prepare": 1, "opening": 2, "point": 4, "objection": 3, "care": 2, "never": 3, "message": 2}
_GUIDE_KINDS = {"about": 2, "point": 3, "never": 1}
_CONDITIONS = {"signals": set(Signal), "stages": set(Stage), "tiers": set(Tier)}


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake, where it stands and what to do about it."""

    path: Path
    line: int | None
    text: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.text}" if self.line else f"{self.path}: {self.text}"


def check(root: Path = KNOWLEDGE) -> list[Problem]:
    """All mistakes of the playbook under ``root``, in file order; empty when it holds together."""
    problems: list[Problem] = []
    present = {path.stem for path in (root / "plays").glob("*.toml")}
    for topic in TOPICS:
        if topic not in present:
            problems.append(Problem(root / "plays" / f"{topic}.toml", None, "the card is missing; the contract names this topic"))
    for topic in sorted(present - set(TOPICS)):
        problems.append(Problem(root / "plays" / f"{topic}.toml", None, f"{topic!r} is not a topic of the contract; rename the file"))
    for topic in sorted(present & set(TOPICS)):
        problems.extend(check_card(topic, root))
    return problems


def check_card(topic: str, root: Path = KNOWLEDGE) -> list[Problem]:
    """The mistakes of one card in both languages."""
    try:
        cards = {lang: read_card(topic, lang, root) for lang in LANGS}
    except CardError as error:
        where, _, text = str(error).partition(": ")
        path, _, line = where.rpartition(":")
        return [Problem(Path(path or where), int(line) if path and line.isdigit() else None, text)]
    structure = root / "plays" / f"{topic}.toml"
    problems = [Problem(structure, None, text) for text in _whole(cards["zh"])]
    for passage in cards["zh"].passages:
        line = line_of(structure, f"[passages.{passage.name}]")
        problems += [Problem(structure, line, f"[{passage.name}] {text}") for text in _structure(passage, cards["zh"])]
    for lang, card in cards.items():
        path = root / lang / f"{topic}.toml"
        problems += [Problem(path, None, text) for text in _card_words(card)]
        for passage, twin in zip(card.passages, cards["zh"].passages, strict=True):
            line = line_of(path, f"[{passage.name}]")
            problems += [Problem(path, line, f"[{passage.name}] {text}") for text in _words(passage, twin)]
        problems += [
            Problem(path, line_of(path, f"[{name}]"), f"[{name}] is in no structure; add it to plays/{topic}.toml or remove it")
            for name in _orphans(path, card)
        ]
    return problems


def _whole(card: Card) -> Iterator[str]:
    wanted = _PLAY_KINDS if card.kind == "play" else _GUIDE_KINDS
    for kind, least in wanted.items():
        if (have := len(card.of(kind))) < least:  # type: ignore[arg-type]
            yield f"has {have} passages of kind {kind!r}; a {card.kind} needs {least} or more"
    if unknown := sorted(set(card.signals) - set(Signal)):
        yield f"signal {unknown[0]!r} is unknown; known: {', '.join(Signal)}"
    for signal, stages in card.signals.items():
        if odd := sorted(stages - set(Stage)):
            yield f"signals: {signal} names the stage {odd[0]!r}; known: {', '.join(Stage)}"
    for signal in sorted(set(card.signals) & set(Signal)):
        if not card.steps_for(signal):
            yield f"no step applies to its signal {signal!r}"


def _structure(p: Passage, card: Card) -> Iterator[str]:
    if not p.sources:
        yield 'names no source; give sources = ["A35"], "S", "D" or "L:compliance.…"'
    for source in p.sources:
        if not _SOURCE.match(source):
            yield f"source {source!r} is none of A1-A48, S, D, L:compliance.<topic>"
        elif source.startswith("L:") and source[2:] not in TOPICS:
            yield f"source {source!r} names no topic of the contract"
    for key, known in _CONDITIONS.items():
        if unknown := sorted(getattr(p, key) - known):
            yield f"{key} has {unknown[0]!r}; known: {', '.join(sorted(known))}"
    steps = {step.name for step in card.of("step")}
    if unknown := sorted(p.steps - steps):
        yield f"steps names {unknown[0]!r}, which is no step of this card"
    if unknown := sorted(p.needs - set(SLOTS)):
        yield f"needs or uses {unknown[0]!r}, which is no slot; the list is coach/domain/slots.py"
    if p.purpose not in set(Purpose):
        yield f"purpose {p.purpose!r} is neither service nor product"
    if p.kind == "step" and (p.offset is None or p.channel not in set(Channel)):
        yield "a step needs an offset in days and a channel (message, call, visit)"
    if p.kind == "care" and p.care not in ("care", "help", "gift"):
        yield 'a care idea needs care = "care", "help" or "gift"'
    if p.care == "gift" and p.cost_cap is None:
        yield "a gift needs cost_cap, in yuan"


def _card_words(card: Card) -> Iterator[str]:
    if len(set(card.asks)) < MIN_ASKS:
        yield f"asks has {len(set(card.asks))} different questions; give {MIN_ASKS} or more"
    seen: dict[str, str] = {}
    for p in card.passages:
        if (first := seen.setdefault(p.text, p.name)) != p.name:
            yield f"[{p.name}] repeats the text of [{first}]"


def _words(p: Passage, twin: Passage) -> Iterator[str]:
    if not p.asks:
        yield "has no asks; give at least one way in which a colleague would ask for it"
    if slots_of(p.text) != slots_of(twin.text):
        odd = sorted(slots_of(p.text) ^ slots_of(twin.text))
        yield f"its slots differ from the Chinese text's: {', '.join(odd)}"
    if slots_of(p.goal) != slots_of(twin.goal):
        yield "the slots of its goal differ from the Chinese goal's"
    if slots_of(p.title):
        yield "its title has a slot; a title is shown without a client"
    if p.kind == "step" and not p.goal:
        yield "a step needs a goal"
    if p.kind == "objection" and not p.says:
        yield "an objection needs says: the client's own sentence"
    if p.lang == "en" and _HAN.search(p.title + p.text + p.goal + p.says + "".join(p.asks)):
        yield "has Chinese characters in the English words"
    if p.lang == "zh" and not _HAN.search(p.text):
        yield "has no Chinese in the Chinese words"


def _orphans(path: Path, card: Card) -> list[str]:
    names = re.findall(r"^\[([^\]]+)\]\s*$", path.read_text(encoding="utf-8"), re.MULTILINE)
    return [name for name in names if name not in {p.name for p in card.passages}]
