"""Names that no list knows: people whom a text names after a cue («女儿», «联系», «named») or calls by a title («王阿姨», «Mr Li»).

The words' classes come from the tokenizer that the search uses; only around a cue, so that the playbook's own
words («高兴», «方便», «王道») stay. A record's free text is read more generously than what is typed or quoted.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache

from coach.assistant.masking_numbers import Span
from coach.assistant.masking_words import (
    AFTER_TOTAL,
    CALLED_EN,
    CUES,
    CUES_EN,
    EVERYDAY,
    EVERYDAY_EN,
    NEVER,
    NO_SURNAME_HERE,
    NOT_GIVEN,
    RISKY,
    SHORT_TITLES,
    SURE_TITLES,
    TOP,
)  # fmt: skip
from coach.domain.surnames import COMMON, DOUBLE

_HAN = "[\u4e00-\u9fff]"


def trie(words: Iterable[str]) -> str:
    """An expression for any of the words, the longest first, that reads each first character only once."""
    tails: dict[str, list[str]] = {}
    for word in sorted(set(words)):
        if word:
            tails.setdefault(word[0], []).append(word[1:])
    if not tails:
        return ""
    whole = "|".join(re.escape(first) + _tail(rest) for first, rest in tails.items())
    return f"(?:{whole})"


def _tail(rest: list[str]) -> str:
    longer = trie(rest)
    return "" if not longer else f"{longer}?" if "" in rest else longer


_TITLE = re.compile(trie((*SURE_TITLES, *"总哥姐嫂姨婶")))
_NOT_SHORT = re.compile(f"总(?!{AFTER_TOTAL})|[哥姐嫂姨婶](?=[妹夫弟们])")
"""A title of one character that goes on as another word."""
_NO_SURNAME_HERE = re.compile(NO_SURNAME_HERE)
_LINK = r"(?:是|叫做?|名叫|名为|为)?[:：，,「“\"'（(《 ]{0,2}"
_CUE = re.compile(f"({trie(CUES)}){_LINK}(?={_HAN})")
_AFTER = re.compile(r"(?:介绍|推荐|转介|引荐|陪同|代办|签字|来电|的(?:儿子|女儿|妈妈|爸爸|妈|爸|老公|老婆|爱人|电话|手机|微信|账户|卡号))")
_BOUNDARY = re.compile(
    r"$|[^\u4e00-\u9fff]|一[起块道同直家]"
    r"|[在的说来去是已想要会也和与及今明后上下介推转有从到确打问讲刚就没不将读工正先女带代陪签办买存约送常很家]"
)
_NICK = re.compile(rf"(?:[小阿]({_HAN})|({_HAN})\2)")
_NO_NICK = frozenset("劝白多刚默渐匆往处早晚星谢妈爸爷奶哥姐弟妹常天年人个刚慢偷渐处时事样学区孩店时费心结型额微时辈们婆公姨家住是")

_CAP = r"[A-Z](?:['’][A-Z])?[a-z]+(?:[A-Z][a-z]+)?(?:['’-][A-Za-z][a-z]+)*"
_NAME_EN = rf"({_CAP}(?: {_CAP}){{0,2}})"
_TITLE_EN = re.compile(rf"{trie(CALLED_EN)}\.? {_NAME_EN}")
_CUE_EN = re.compile(rf"{trie([*CUES_EN, *map(str.capitalize, CUES_EN)])}(?:,? (?:is|was|named|called))?[,:]? “?{_NAME_EN}")
_FIRST_HAN = re.compile(f"[{''.join(sorted(COMMON | {name[0] for name in DOUBLE}))}]")
_NO_NAME = frozenset(" \n\t，。；、：")
_LATIN_PAIR = re.compile(rf"{_CAP}(?= ({_CAP}(?: {_CAP})?))")


@lru_cache(4096)
def _tag(text: str) -> list[tuple[str, str]]:
    """The words of a short text, each with its class."""
    from rjieba import tag  # the search's tokenizer; only where a cue stands

    return tag(text)


def _surname_at(text: str, at: int) -> int:
    """The length of the surname that stands at a place; 0 for none."""
    return 2 if text[at : at + 2] in DOUBLE else 1 if text[at : at + 1] in COMMON else 0


def _given(text: str, at: int, most: int = 2) -> int:
    """How many characters from a place on may be a given name."""
    n = 0
    while n < most and at + n < len(text) and "\u4e00" <= text[at + n] <= "\u9fff" and text[at + n] not in NOT_GIVEN:
        n += 1
    return n


def is_everyday(word: str) -> bool:
    """Whether a word, or its first two or three characters, is in everyday use and so no name."""
    return word in EVERYDAY or word[:2] in EVERYDAY or word[:3] in EVERYDAY


def _name_at(text: str, at: int, cue: str, generous: bool = False) -> int:
    """Where the name that begins at a place ends; 0 where none begins. ``cue``: how sure what stands before makes it:
    told («姓名：»), kin («女儿»), weak («找», «和»)."""
    family = _surname_at(text, at)
    if not family or text[at : at + 1] == text[at + 1 : at + 2]:
        m = _NICK.match(text, at) if cue == "kin" else None
        known = m and (m[1] is None or _tag(m[0])[0][1] in ("m", "nr", "x"))
        return m.end() if m and known and (m[1] or m[2]) not in _NO_NICK and _BOUNDARY.match(text, m.end()) else 0
    whole = at + family + _given(text, at + family)
    if whole == at + family or text[at + family] in SHORT_TITLES or (cue != "told" and is_everyday(text[at : at + 4])):
        return 0
    if cue == "told" or (family == 2 and (cue == "kin" or _BOUNDARY.match(text, whole))):
        return whole
    return _name_by_class(text, at, whole, cue == "kin", generous)


def _name_by_class(text: str, at: int, whole: int, kin: bool, generous: bool) -> int:
    """Where a name ends by what the tokenizer says of it; ``whole``: where it ends at the latest; 0 where it is none."""
    word, kind = _tag(text[at : at + 6])[0]
    named, ends = kind.startswith("nr"), generous or bool(_BOUNDARY.match(text, whole))
    if text[at] in RISKY:
        return at + 3 if named and kin and len(word) == 3 and text[at] not in NEVER else 0
    unknown, three = kind in ("m", "x") and text[at] in TOP, whole == at + 3
    if len(word) == 1 or not (named or unknown):  # a given name that is a word (国庆), or that begins one with the surname (刘海|燕)
        return whole if ends and text[at] in TOP and len(word) < 3 and (three or (kin and len(word) == 1)) else 0
    if len(word) == 2 and three and ends and not _BOUNDARY.match(text, at + 2):
        return whole
    return at + min(len(word), 4)


def _before(text: str, end: int) -> int:
    """Where the full name that ends at a place begins; -1 for none."""
    for size in (4, 3, 2):
        at = end - size
        family = _surname_at(text, at) if at >= 0 else 0
        if not family or size - family not in (1, 2) or _given(text, at + family) < size - family:
            continue
        if is_everyday(text[at:end]) or text[at] in RISKY or _NO_SURNAME_HERE.search(text, max(0, at - 1), at + family):
            continue
        word, kind = _tag(text[at : end + 2])[0]
        if family == 2 or kind.startswith("nr") or len(word) == 1 or kind in ("m", "x"):
            return at
    return -1


def _titled(text: str) -> Iterator[Span]:
    for m in _TITLE.finditer(text):
        at = m.start()
        start = _before(text, at)
        if _NOT_SHORT.match(text, at):
            continue
        if start >= 0 and (m[0] in SURE_TITLES or _tag(text[start:at])[0][1].startswith("nr")):
            yield start, at, "N"
            continue
        family = 2 if at >= 2 and text[at - 2 : at] in DOUBLE else 1 if at and text[at - 1] in COMMON else 0
        sure = text[at - 1 : at] not in (NEVER if m[0] in ("先生", "女士", "小姐") else RISKY)
        if family and (sure or family == 2) and not _NO_SURNAME_HERE.search(text, max(0, at - 2), at):
            yield at - family, m.end(), "T"


def names(text: str, *, generous: bool = False) -> Iterator[Span]:
    """People whom a text names after a cue or calls by a title. ``generous``: also where nothing shows that the name ends."""
    for m in _CUE.finditer(text):
        cue = CUES[m[1]]
        if cue == "strong":
            cue = "told" if set(text[m.end(1) : m.end()]) & set(":：是叫为「“《") else "kin"
        end = _name_at(text, m.end(), cue, generous)
        if end:
            yield m.end(), end, "N"
    yield from _titled(text)
    for m in _AFTER.finditer(text):
        start = _before(text, m.start())
        if start >= 0 and (_surname_at(text, start) == 2 or _tag(text[start : m.start()])[0][1].startswith("nr")):
            yield start, m.start(), "N"
    for m in _TITLE_EN.finditer(text):
        if not text[m.start() - 1 : m.start()].isalpha():
            yield m.start(), m.end(), "T"
    for m in _CUE_EN.finditer(text):
        if text[m.start() - 1 : m.start()].isalpha():
            continue
        words = m[1].split()
        while words and words[-1] in EVERYDAY_EN:
            words.pop()
        if words and words[0] not in EVERYDAY_EN and words[0] not in ("Xiao", "Lao"):
            yield m.start(1), m.start(1) + len(" ".join(words)), "N"


def names_in_record(text: str) -> set[str]:
    """Every word of a record's free text that reads as a person's name, with a cue or without."""
    found = {text[start:end] for start, end, kind in names(text, generous=True) if kind == "N"}
    for word, kind in _tag.__wrapped__(text):
        if kind.startswith("nr") and 2 <= len(word) <= 4 and _surname_at(word, 0) and not is_everyday(word) and word[0] not in RISKY:
            found.add(word)
    return found


def windows(text: str) -> set[str]:
    """Pieces of a text that may be a client's name, to look up: a surname with one or two characters, Latin words in twos and threes."""
    found: set[str] = set()
    for m in _FIRST_HAN.finditer(text):
        at = m.start()
        most = 4 if text[at : at + 2] in DOUBLE else 3
        piece = text[at : at + most]
        found |= {piece, piece[:-1], piece[:2]}
    for m in _LATIN_PAIR.finditer(text):
        found |= {f"{m[0]} {m[1]}", f"{m[0]} {m[1].split(' ')[0]}"}
    return {piece for piece in found if len(piece) > 1 and not (set(piece) & _NO_NAME and not piece.isascii())}
