"""The rule pack as compiled values, and how one rule's patterns are held against a text.

What a rule looks for is data (``knowledge/rules.toml`` and its words in ``zh/`` and ``en/``); this module only
knows how to apply it: find the words, leave out what is denied, asked or reported, leave out the rule's own exceptions.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from coach.domain.compliance_text import ENDING, PLACE, Figure, Plain

Span = tuple[int, int]
_CLAUSE = {"zh": re.compile(r"[,。;!?、\n]"), "en": re.compile(r"[;!?\n]|\.(?=\s|$)")}
_REACH = {"zh": (14, 9), "en": (44, 34)}


_NEAR = {"zh": 48, "en": 130}
"""So many letters may stand between the two halves of a pair."""


@dataclass(frozen=True, slots=True)
class Pair:
    """Two things said together: goods and a condition, a person and what they hold, a product and the urge to take it."""

    first: re.Pattern[str]
    second: re.Pattern[str]
    apart: re.Pattern[str] | None = None
    """Words in the same sentences that say the two have nothing to do with each other, or that it is not done."""


@dataclass(frozen=True, slots=True)
class Detection:
    """What one rule looks for in one language. An exception with ¦ is read around the words, else in their sentence."""

    lang: str
    find: tuple[re.Pattern[str], ...] = ()
    """Words that trip unless they are denied, asked about or reported."""
    always: tuple[re.Pattern[str], ...] = ()
    """Words that trip whatever stands around them."""
    pairs: tuple[Pair, ...] = ()
    """Two things that trip together, in either order, in one sentence or in two that follow each other."""
    names: tuple[re.Pattern[str], ...] = ()
    """Product-like names, read with their case; the group ``name`` is the name."""
    figure: re.Pattern[str] | None = None
    """Words beside which a percentage trips."""
    must: tuple[re.Pattern[str], ...] = ()
    """Words of which each has to stand in the text; a missing one trips."""
    refusal: tuple[re.Pattern[str], ...] = ()
    """In a talk: what the client says to refuse."""
    consent: tuple[re.Pattern[str], ...] = ()
    """In a talk: what the client says to allow it after all."""
    after_refusal: tuple[re.Pattern[str], ...] = ()
    """In a talk: words that break the rule once the client has refused."""
    unless: tuple[re.Pattern[str], ...] = ()
    unless_anywhere: tuple[re.Pattern[str], ...] = ()


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule: what it forbids or asks, where it comes from, and what it looks for in each language."""

    id: str
    version: str
    severity: str
    source: Mapping[str, str]
    """The regulation by language."""
    cites: tuple[str, ...]
    effect: str
    """What staff do about it: one of :data:`EFFECTS`."""
    check: str
    """How it is held: one of :data:`CHECKS`."""
    texts: Mapping[str, str]
    detections: Mapping[str, Detection] = field(default_factory=dict)
    channels: frozenset[str] = frozenset()
    purposes: frozenset[str] = frozenset()
    figures: str = ""
    """``unlisted``: only figures that are not on the policy's list; ``any``: every figure beside the words."""
    from_risk: str = ""

    def concerns(self, channel: str | None, purpose: str) -> bool:
        """Whether the rule holds on this channel and for this purpose; an unknown channel counts as any."""
        return (not self.channels or channel is None or channel in self.channels) and (not self.purposes or purpose in self.purposes)


EFFECTS = ("rewrite", "remove", "release", "no_contact", "other_channel", "other_time", "ask_consent", "no_product", "reassess",
           "companion", "no_gift", "client_asks")
CHECKS = ("text", "product", "number", "name", "identify", "state")


@dataclass(frozen=True, slots=True)
class Speech:
    """How a language denies, asks and reports, and a few words that several rules share."""

    lang: str
    not_meant: tuple[re.Pattern[str], ...]
    """Around ¦: the words are denied, asked about, or somebody else's."""
    no_denial: re.Pattern[str] | None
    """Turns that look like a denial and are none («不仅», «不是不», "not only"); blanked before the denials are read."""
    investment: re.Pattern[str]
    assessment: re.Pattern[str]


@dataclass(frozen=True, slots=True)
class RulePack:
    """All rules with their compiled patterns. Built once, by :func:`coach.playbook.rules.read_rules`."""

    version: str
    rules: tuple[Rule, ...]
    speech: Mapping[str, Speech]
    simplified: Mapping[str, str]
    """Traditional character → simplified character."""
    read: dict[str, str] = field(default_factory=dict, init=False, repr=False, compare=False)
    """Names as the rules read them, worked out once each."""

    def rule(self, rule_id: str) -> Rule:
        """A rule by id. Raises ``KeyError``."""
        for rule in self.rules:
            if rule.id == rule_id:
                return rule
        raise KeyError(rule_id)


def _exempt(plain: Plain, span: Span, patterns: tuple[re.Pattern[str], ...]) -> bool:
    if not patterns:
        return False
    before, after = plain.around(*span)
    placed, sentence = before + PLACE + after, before + plain.text[span[0] : span[1]] + after
    return any(p.search(placed if PLACE in p.pattern else sentence) for p in patterns)


def meant(plain: Plain, span: Span, speech: Speech) -> bool:
    """Whether words are said by the writer and in earnest: not denied, not a question, not somebody else's."""
    before, after = plain.around(*span)
    if speech.no_denial is not None:
        before = speech.no_denial.sub(lambda m: "○" * len(m.group()), before)
    placed = before + PLACE + after
    return not any(p.search(placed) for p in speech.not_meant)


def _by_words(plain: Plain, detection: Detection, speech: Speech) -> Iterator[Span]:
    for pattern in detection.find:
        for m in pattern.finditer(plain.text):
            if meant(plain, m.span(), speech) and not _exempt(plain, m.span(), detection.unless):
                yield m.span()
    for pattern in detection.always:
        for m in pattern.finditer(plain.text):
            yield m.span()


def after_refusal(plain: Plain, detection: Detection, speech: Speech) -> Iterator[Span]:
    """Where the writer does what has been refused; whether it has been refused is for the caller to know."""
    for pattern in detection.after_refusal:
        for m in pattern.finditer(plain.text):
            if meant(plain, m.span(), speech) and not _exempt(plain, m.span(), detection.unless):
                yield m.span()


def _found(pattern: re.Pattern[str], plain: Plain) -> list[Span]:
    """Where one half of a pair stands. Only a half that knows names is read with the case of the text."""
    return [m.span() for m in pattern.finditer(plain.cased if pattern.flags & re.IGNORECASE else plain.text)]


def pairs_of(plain: Plain, detection: Detection, speech: Speech) -> Iterator[Span]:
    """The stretches in which both halves of a pair stand near each other and are meant; the nearest second half is taken."""
    for pair in detection.pairs:
        seconds = _found(pair.second, plain)
        firsts = _found(pair.first, plain) if seconds else []
        sure: dict[Span, bool] = {}
        for one in firsts:
            for two in sorted(seconds, key=lambda span: abs(span[0] - one[0])):
                start, end = min(one[0], two[0]), max(one[1], two[1])
                between = plain.text[min(one[1], two[1]) : max(one[0], two[0])]
                inside = (start, end) in (one, two) and one != two
                overlap = max(one[0], two[0]) < min(one[1], two[1]) and not inside
                if overlap or len(between) > _NEAR[detection.lang] or len(ENDING.findall(between)) > 1:
                    continue
                for span in (one, two):
                    if span not in sure:
                        sure[span] = meant(plain, span, speech) and not _exempt(plain, span, detection.unless)
                if sure[one] and sure[two] and not (pair.apart and pair.apart.search(plain.sentences(start, end))):
                    yield start, end
                    break


def _beside(plain: Plain, figure: Figure, detection: Detection) -> bool:
    """Whether a percentage stands beside one of the rule's words, in the same clause."""
    assert detection.figure is not None
    ahead, behind = _REACH[detection.lang]
    before, after = plain.text[max(0, figure.start - ahead) : figure.start], plain.text[figure.end : figure.end + behind]
    cut = _CLAUSE[detection.lang]
    before, after = cut.split(before)[-1], cut.split(after)[0]
    inside = plain.text[figure.start : figure.end]
    return any(detection.figure.search(part) for part in (before, after, inside))


def _by_figures(
    plain: Plain, rule: Rule, detection: Detection, speech: Speech, found: list[Figure], taken: set[Figure], listed: frozenset[Decimal],
) -> Iterator[Span]:
    for figure in found:
        if figure in taken or not _beside(plain, figure, detection):
            continue
        span = (figure.start, figure.end)
        if _exempt(plain, span, detection.unless):
            continue
        taken.add(figure)
        if any(p.search(plain.text) for p in detection.unless_anywhere) or not meant(plain, span, speech):
            continue
        if rule.figures == "any" or not figure.values or any(value not in listed for value in figure.values):
            yield span


def product_names(plain: Plain, rule: Rule, pack: RulePack) -> Iterator[Span]:
    """Product-like names that the text offers for sale; names of what the client already holds are left out."""
    for detection in _active(plain, rule):
        for pattern in detection.names:
            for m in pattern.finditer(plain.cased):
                span = m.span("name")
                if meant(plain, span, pack.speech[detection.lang]) and not _exempt(plain, span, detection.unless):
                    yield span


def offered(plain: Plain, span: Span, rule: Rule, pack: RulePack) -> bool:
    """Whether a product named at a span is talked of as something to buy, by the exceptions of a rule."""
    return all(
        meant(plain, span, pack.speech[detection.lang]) and not _exempt(plain, span, detection.unless)
        for detection in _active(plain, rule)
    )


def _active(plain: Plain, rule: Rule) -> list[Detection]:
    scripts = {"zh": plain.han, "en": plain.latin}
    return [detection for lang, detection in rule.detections.items() if scripts[lang]]


def merged(spans: list[Span]) -> list[Span]:
    """Overlapping or touching spans joined, in the order of the text."""
    out: list[Span] = []
    for start, end in sorted(spans):
        if out and start <= out[-1][1]:
            out[-1] = (out[-1][0], max(end, out[-1][1]))
        else:
            out.append((start, end))
    return out


def spans_of(plain: Plain, rule: Rule, pack: RulePack, found: list[Figure], taken: set[Figure], listed: frozenset[Decimal]) -> list[Span]:
    """Where a text trips a rule of words and figures. Figures that a rule has judged are added to ``taken``."""
    spans: list[Span] = []
    for detection in _active(plain, rule):
        speech = pack.speech[detection.lang]
        spans += _by_words(plain, detection, speech)
        spans += pairs_of(plain, detection, speech)
        if detection.figure is not None and found:
            spans += _by_figures(plain, rule, detection, speech, found, taken, listed)
    return merged(spans)


def missing(plain: Plain, rule: Rule) -> bool:
    """Whether one of the things that a text must say is not said in any of its languages."""
    wanted = max((len(detection.must) for detection in rule.detections.values()), default=0)
    return any(
        not any(len(d.must) > index and d.must[index].search(plain.text) for d in rule.detections.values()) for index in range(wanted)
    )
