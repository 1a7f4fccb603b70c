"""Whether a text that all but repeats another turns it round: it denies what that affirms, or puts an opposite in its place.

Of the playbook's own sentences, one «not» put in or taken out is always seen, and none as it stands is taken for the
contrary (``tests/assistant/test_support.py``). A turning round in other words is not seen here.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

from coach.domain.words import Lang
from coach.playbook.lexical import plain

_HAN = re.compile(r"[\u3400-\u9fff]+")
_LATIN = re.compile(r"[a-z]+")
_DENIAL = {
    "zh": re.compile(
        r"不(?!错|同(?!意)|妨|少|久|仅|但|过|管|论|急|着急|用急|要紧|客气|好意思|断|如|只)"
        r"|没(?!关系)|别(?!人|的|家|处)|勿|未(?!来)|无(?!论)|切忌|禁止"
    ),
    "en": re.compile(r"\b(?:not|never|no|nor|nobody|nothing|cannot|without|neither|none|forb[ia]d\w*|avoid)\b|n't\b", re.IGNORECASE),
}
_TWICE = re.compile(r"不是不|不能不|不得不|没有不")
_OPENS = {"zh": re.compile(r"^\s*(?:不|别|勿|没有)"), "en": re.compile(r"^\s*(?:never|do not|don't|nobody|no)\b", re.IGNORECASE)}
"""A sentence that begins so denies all its clauses."""
_OPPOSITES: dict[Lang, str] = {
    "zh": "涨 跌/高 低/先 后/前 后/早 晚/早上 晚上/多 少/大 小/长 短/快 慢/增 减/上 下/必须 可以/电话 短信/电话 当面/公开 保密/同意 拒绝",
    "en": "before after/more less/more fewer/early late/must may/up down/large small/largest smallest/high low/higher lower/rise fall"
    "/first last/increase decrease/with without/long short/slowly quickly/always never/old new/agreed refused",
}
_ALIKE, _SAME = 0.75, 0.85
"""Two clauses that share so much (Dice) say the same, so that a denial or an opposite in one alone turns it round; two
sentences that share so much do when they deny a different number of times."""


class Clause(NamedTuple):
    """A clause or sentence word for word: its pairs of letters or words, its opposites, how often it denies, and its whole text."""

    pieces: frozenset[str]
    sides: frozenset[str]
    denials: int
    around: int


def denials(text: str, lang: Lang) -> int:
    """How often a text denies."""
    return len(_DENIAL[lang].findall(_TWICE.sub("", text)))


@lru_cache(maxsize=8192)
def clause_of(text: str, lang: Lang, around: int = 0) -> Clause:
    """A clause to compare; ``around``: how often the text that it stands in denies."""
    low = plain(text)
    bare = _DENIAL[lang].sub(" ", low)
    sides = frozenset(word for pair in _pairs(lang) for word in pair if _stands(word, low, lang))
    if lang == "zh":
        letters = "".join(_HAN.findall(bare))
        return Clause(frozenset(map("".join, pairwise(letters))), sides, denials(low, lang), around)
    return Clause(frozenset(_LATIN.findall(bare)), sides, denials(low, lang), around)


@lru_cache
def _pairs(lang: Lang) -> tuple[tuple[str, str], ...]:
    return tuple((one, other) for one, other in (pair.split() for pair in _OPPOSITES[lang].split("/")))


def _stands(word: str, text: str, lang: Lang) -> bool:
    return word in text if lang == "zh" else re.search(rf"\b{word}\b", text) is not None


def _alike(mine: Clause, said: Sequence[Clause], share: float) -> list[Clause]:
    return [c for c in said if 2 * len(mine.pieces & c.pieces) >= share * (len(mine.pieces) + len(c.pieces)) > 3]


def denies_sentence(mine: Clause, said: Sequence[Clause]) -> bool:
    """Whether the sentence that this one all but repeats denies a different number of times."""
    same = _alike(mine, said, _SAME)
    return bool(same) and all(mine.denials != sentence.denials for sentence in same)


def contradicts(mine: Clause, said: Sequence[Clause], lang: Lang) -> bool:
    """Whether the clause that this one all but repeats says the opposite, and no such clause says the same."""
    alike = _alike(mine, said, _ALIKE)
    return bool(alike) and all(
        (mine.denials and not c.around) or (c.denials and not mine.around) or _swapped(mine.sides, c.sides, lang) for c in alike
    )


def _swapped(mine: frozenset[str], theirs: frozenset[str], lang: Lang) -> bool:
    one, other = mine - theirs, theirs - mine
    return any((a in one and b in other) or (b in one and a in other) for a, b in _pairs(lang))


def opens_denying(sentence: str, lang: Lang) -> bool:
    """Whether a sentence begins with a denial, which then holds for all its clauses."""
    return bool(_OPENS[lang].match(sentence))
