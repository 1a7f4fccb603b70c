"""Whether cited passages bear out a claim that was put in other words. ``python -m coach.assistant.support`` measures it.

Five signs, each easy to explain, weighed by a logistic scale with weights for each language:

- *words*: the share of the claim's letters (Chinese) or word pieces (English) that stand in the passage;
- *meaning*: how near the nearest sentence, pair of sentences or part of the passage comes to the claim (cosine);
- *weakest*: words and meaning of the part of the claim that is worst borne out, so that half an invention shows;
- *turned*: the claim affirms what the nearest clause of the passage denies; where it repeats a clause or sentence all but
  word for word and denies it, or puts an opposite (before/after, 高/低) in its place, nothing can outweigh that;
- *strong*: words of promise, gift, duty or leave that stand in the claim and nowhere in the passage.

Measured on ``tests/eval/support.*.jsonl`` (320 claims a language, half of them honest; weights and threshold from the even
lines, figures from the odd ones, which share no passage with them):

=====================  ==============  ===========  =========  ===================================================
held out               paraphrases     falsehoods   precision  falsehoods accepted by kind
=====================  ==============  ===========  =========  ===================================================
Chinese                0.85 accepted   0.10         0.90       turned round 0.25, half invented 0.18, all others 0
English                0.80 accepted   0.09         0.90       turned 0.16, half 0.11, invented 0.09, promise 0.09
Chinese, no encoder    0.80            0.14         0.85       half 0.36, turned 0.25, general 0.12, all others 0
English, no encoder    0.49            0.01         0.98       turned 0.04, all others 0
=====================  ==============  ===========  =========  ===================================================

At one falsehood in twenty 0.70 and 0.69 of the paraphrases are accepted, at one in five 0.94 and 0.86. Among six
further passages of the card, as when a message is checked, falsehoods rise to 0.12 and 0.10. A claim takes 7 ms (15 ms at p95;
twice that and more while both cores are busy) once the passage is known. Who wrote the claims also wrote the strong words, so
that *strong* will catch fewer of other writers' falsehoods. A turning round in other words («wait» for «at once») is mostly not
seen: rules and people stay the last word.

Not taken, since they gained nothing on the even lines: pairs of letters and words weighed by rarity, longest common run,
rarest unsaid word, a denial of what is affirmed in other words, opposites anywhere in the passage, word by word nearness,
vectors with the mean taken away, one set of weights for both languages.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING, Any, NamedTuple

from coach.assistant.turning import Clause, clause_of, contradicts, denials, denies_sentence, opens_denying
from coach.assistant.verify import sentences
from coach.domain.words import Lang
from coach.paths import KNOWLEDGE
from coach.playbook.lexical import plain, read_words

if TYPE_CHECKING:
    import numpy as np

    Vectors = np.ndarray[Any, Any]

THRESHOLD = 0.5
CONTRADICTS = 2.0
"""``turned`` of a claim that repeats a clause and turns it round: no other sign can outweigh it."""
MOST_KEPT = 20_000
"""Vectors kept at once (2 KB each)."""
MANY = 3
"""Up to so many passages are also read as one text: a claim may join what two of them say."""

_HAN = re.compile(r"[\u3400-\u9fff]+")
_LATIN = re.compile(r"[a-z]+")
_LABEL = re.compile(r"〔[^〕]*〕")
_EMPTY = frozenset("的了是在我你您他她它也就都还又才要把被给这那一个和跟与或等着过得地吗呢吧们里上有对从到会能可")
"""Chinese letters that say nothing by themselves."""
_CLAUSE = {
    "zh": re.compile(r"[，,；;：:。！？!?、\n“”「」（）()]+"),
    "en": re.compile(r"[,;:.!?\n“”()«»]+|\b(?:and|but|then|so that|because)\b"),
}
_PART = {"zh": 5, "en": 3}
"""Clauses are joined to parts of so many letters or words that say something."""
_STRONG = {
    "zh": re.compile(
        r"保证|承诺|肯定|必定|绝对|优先|免费|免手续|打折|优惠|赔|奖|补贴|补偿|礼品|礼包|礼物|送|积分|红包|上浮|更高|贵宾|专属|一律|必须|不得|一定|永远"
        r"|(?<!不)可以|即可|就行|没关系|不要紧|不必|不用"
    ),
    "en": re.compile(
        r"\b(?:promis|guarante|certain|sure|alway|permanent|free|discount|refund|compens|bonus|gift|voucher|prize|best|doubl|earn|priorit|vip"
        r"|waiv|reward|law|forbid|must|binding|may\b|is enough|need not|fine\b)",
        re.IGNORECASE,
    ),
}


class Signs(NamedTuple):
    """What speaks for and against a claim, each 0 to 1; ``meaning`` is a cosine, or ``words`` again without an encoder."""

    words: float
    meaning: float
    weakest: float
    turned: float
    strong: float


class Weights(NamedTuple):
    """Of the logistic scale: one for each sign, then the constant that puts the threshold at one half."""

    words: float
    meaning: float
    weakest: float
    turned: float
    strong: float
    constant: float


WEIGHTS: dict[Lang, Weights] = {
    "zh": Weights(words=4.34, meaning=6.51, weakest=4.43, turned=-0.48, strong=-3.48, constant=-8.75),
    "en": Weights(words=0.0, meaning=8.25, weakest=4.07, turned=-2.67, strong=-2.14, constant=-6.16),
}
WEIGHTS_WORDS: dict[Lang, Weights] = {
    "zh": Weights(words=6.69, meaning=0.0, weakest=3.58, turned=-0.52, strong=-3.71, constant=-5.87),
    "en": Weights(words=2.98, meaning=0.0, weakest=2.86, turned=-2.71, strong=-3.16, constant=-3.15),
}
"""Without an encoder."""


@dataclass(frozen=True)
class _Text:
    """A passage as it is compared: read once."""

    grams: frozenset[str]
    pool: tuple[str, ...]
    """What a claim or a part of it may be near to: sentences, pairs of them, parts, the whole."""
    clauses: tuple[tuple[frozenset[str], bool], ...]
    """Pieces of each clause, and whether it denies."""
    said: tuple[Clause, ...]
    sentences: tuple[Clause, ...]
    strong: frozenset[str]


class Support:
    """``embed`` turns texts into vectors of length one; ``None`` leaves words alone to decide. Vectors are kept."""

    def __init__(self, embed: Callable[[Sequence[str]], Vectors] | None) -> None:
        self._embed = embed
        self._known: dict[str, Vectors] = {}

    def holds(self, claim: str, passages: Sequence[str], lang: Lang, facts: Collection[str] = ()) -> bool:
        """Whether the passages support the claim; ``facts`` are the client's own values, which count neither way."""
        return self.score(claim, passages, lang, facts) >= THRESHOLD

    def score(self, claim: str, passages: Sequence[str], lang: Lang, facts: Collection[str] = ()) -> float:
        """0 to 1: how surely one of the passages (or a few together) says what the claim says; nothing to support: 1."""
        weights = (WEIGHTS if self._embed else WEIGHTS_WORDS)[lang]
        found = self.signs(claim, passages, lang, facts)
        if found is None:
            return 1.0
        return max((_scale(weights, signs) for signs in found if signs.turned < CONTRADICTS), default=0.0)

    def signs(self, claim: str, passages: Sequence[str], lang: Lang, facts: Collection[str] = ()) -> list[Signs] | None:
        """The signs for each passage, and for all together where they are few; ``None``: only the client's own values are said."""
        bare = _without(claim, facts)
        if not _grams(bare, lang):
            return None
        given = [_without(passage, facts) for passage in passages]
        if 1 < len(given) <= MANY:
            given.append("\n".join(given))
        texts = [_read(text, lang) for text in given]
        parts = _parts(bare, lang) or [bare]
        known = self._learn([bare, *parts, *(piece for text in texts for piece in text.pool)])
        return [_against(text, bare, parts, lang, known) for text in texts]

    def _learn(self, pieces: Iterable[str]) -> Mapping[str, Vectors]:
        """The vectors of at least these pieces; what is not known yet is encoded in one go."""
        if self._embed is None:
            return {}
        wanted, known = dict.fromkeys(pieces), self._known
        if fresh := [piece for piece in wanted if piece not in known]:
            if len(known) + len(fresh) > MOST_KEPT:  # a new dict: another thread may still read the old one
                known = self._known = {piece: known[piece] for piece in wanted if piece in known}
            known.update(zip(fresh, self._embed(fresh), strict=True))
        return known


def _against(text: _Text, bare: str, parts: Sequence[str], lang: Lang, known: Mapping[str, Vectors]) -> Signs:
    words = _share(bare, text.grams, lang)
    shares = [_share(part, text.grams, lang) for part in parts]
    meaning, near = words, shares
    if known:
        import numpy as np

        cosines = np.asarray([known[piece] for piece in (bare, *parts)]) @ np.asarray([known[piece] for piece in text.pool]).T
        best = cosines.max(axis=1)
        meaning, near = float(best[0]), [float(value) for value in best[1:]]
    weakest = min((share + value) / 2 for share, value in zip(shares, near, strict=True))
    strong = {found.lower() for found in _STRONG[lang].findall(bare)} - text.strong
    return Signs(words, meaning, weakest, _turned(bare, text, lang), min(len(strong), 2) / 2)


def _scale(weights: Weights, signs: Signs) -> float:
    return 1 / (1 + math.exp(-(weights.constant + sum(w * s for w, s in zip(weights, signs, strict=False)))))


def _without(text: str, facts: Collection[str]) -> str:
    for value in sorted(facts, key=len, reverse=True):
        text = text.replace(value, " ")
    return _LABEL.sub(" ", text)


@lru_cache
def _stop(lang: Lang) -> frozenset[str]:
    return read_words(lang, KNOWLEDGE).stop


@lru_cache(maxsize=8192)
def _grams(text: str, lang: Lang) -> tuple[str, ...]:
    """What words are compared in: Chinese letters that say something; English runs of four letters, word ends as spaces."""
    if lang == "zh":
        return tuple(letter for run in _HAN.findall(text) for letter in run if letter not in _EMPTY)
    words = [f" {word} " for word in _LATIN.findall(plain(text)) if word not in _stop(lang)]
    return tuple(dict.fromkeys(word[i : i + 4] for word in words for i in range(len(word) - 3)))


def _share(text: str, known: frozenset[str], lang: Lang) -> float:
    own = _grams(text, lang)
    return sum(gram in known for gram in own) / max(len(own), 1)


def _clauses(text: str, lang: Lang) -> list[str]:
    return [clause.strip() for clause in _CLAUSE[lang].split(text) if clause.strip()]


def _size(text: str, lang: Lang) -> int:
    """Letters or words that say something."""
    return len(_grams(text, lang)) if lang == "zh" else sum(word not in _stop(lang) for word in _LATIN.findall(plain(text)))


def _parts(text: str, lang: Lang) -> list[str]:
    """The clauses, short ones joined to a neighbour."""
    out: list[str] = []
    current = ""
    for clause in _clauses(text, lang):
        current = f"{current}，{clause}" if current and lang == "zh" else f"{current} {clause}".strip()
        if _size(current, lang) >= _PART[lang]:
            out.append(current)
            current = ""
    if current and out and _size(current, lang) < 2:
        out[-1] = f"{out[-1]} {current}"
    elif _grams(current, lang):
        out.append(current)
    return out


@lru_cache(maxsize=2048)
def _read(text: str, lang: Lang) -> _Text:
    whole = [sentence for sentence in sentences(text, lang) if _grams(sentence, lang)]
    pairs = [a + b for a, b in pairwise(whole)]
    clauses = [(frozenset(_grams(c, lang)), denials(c, lang) > 0 or opens_denying(s, lang)) for s in whole for c in _clauses(s, lang)]
    return _Text(
        grams=frozenset(_grams(text, lang)),
        pool=tuple(dict.fromkeys([*whole, *pairs, *_parts(text, lang), text])),
        clauses=tuple(pair for pair in clauses if pair[0]),
        said=tuple(clause_of(clause, lang, denials(sentence, lang)) for sentence in whole for clause in _clauses(sentence, lang)),
        sentences=tuple(clause_of(sentence, lang) for sentence in whole),
        strong=frozenset(found.lower() for found in _STRONG[lang].findall(text)),
    )


def _turned(bare: str, text: _Text, lang: Lang) -> float:
    """How near the nearest clauses are that deny what a clause of the claim affirms; 0 where none does."""
    worst, around, opening = 0.0, denials(bare, lang), opens_denying(bare, lang)
    if denies_sentence(clause_of(bare, lang), text.sentences):
        return CONTRADICTS
    for clause in _clauses(bare, lang):
        if contradicts(clause_of(clause, lang, around), text.said, lang):
            return CONTRADICTS
        own = frozenset(_grams(clause, lang))
        if not own or opening or denials(clause, lang):
            continue
        near = [(len(own & theirs) / min(len(own), len(theirs)), denied) for theirs, denied in text.clauses]
        most = max((share for share, _ in near), default=0.0)
        if most and all(denied for share, denied in near if share >= most - 0.05):
            worst = max(worst, most)
    return worst


if __name__ == "__main__":
    from coach.assistant.support_measure import main

    raise SystemExit(main())
