"""Reading a draft as a person hears it, whatever way it was typed.

«保 本», «保\u200b本», «保證» and «４.５％» say the same as «保本», «保证» and «4.5%». A draft is therefore first
brought to one plain form, in which every character remembers where it stood, so that a caution can quote
the very words of the draft. Figures are then found with their values. Nothing here knows a rule.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

PLACE = "¦"
"""Stands in a pattern for the place of the words under test: before it the text that leads up, after it what follows."""

_BEFORE, _AFTER = 56, 44
ENDING = re.compile(r"[。!?;\n]|\.(?=\s|$)")
"""Where a sentence of a plain text ends."""
_INVISIBLE = frozenset(("Cf", "Mn", "Me"))
_FILLERS = frozenset("*_~^|·•‧・∙.-/\\+=#`")
_LONE = re.compile(r"[\"'“”‘’「」『』()\[\]【】<>《》{}]([\u4e00-\u9fff])[\"'“”‘’「」『』()\[\]【】<>《》{}]")
_SPELLED = re.compile(r"(?<![a-z])[a-z](?:[ .*_-][a-z]){4,}(?![a-z])")


def is_han(ch: str) -> bool:
    """Whether a character is a Chinese ideograph."""
    return "\u4e00" <= ch <= "\u9fff" or "\u3400" <= ch <= "\u4dbf" or ch == "〇"


@dataclass(frozen=True, slots=True)
class Plain:
    """A text in plain form. ``text`` is lower case, ``cased`` keeps the case; both have the same length."""

    origin: str
    text: str
    cased: str
    at: tuple[int, ...]
    """For each plain character, the index in ``origin`` from which it came."""
    han: bool
    latin: bool

    def quote(self, start: int, end: int) -> str:
        """The words of the original text behind a span of the plain one."""
        return self.origin[self.at[start] : self.at[end - 1] + 1] if end > start else ""

    def around(self, start: int, end: int) -> tuple[str, str]:
        """What leads up to a span and what follows it, within its sentence; the closing mark belongs to what follows."""
        before = self.text[max(0, start - _BEFORE) : start]
        stops = [stop.end() for stop in ENDING.finditer(before)]
        after = self.text[end : end + _AFTER]
        stop = ENDING.search(after)
        if stop and stop.group() == "?" and stop.start() < 3:  # «保本？不可能。»: the answer belongs to the question
            stop = ENDING.search(after, stop.end())
        return before[stops[-1] if stops else 0 :], after[: stop.end()] if stop else after

    def sentences(self, start: int, end: int) -> str:
        """The whole sentences into which a span reaches."""
        first = max((stop.end() for stop in ENDING.finditer(self.text, 0, start)), default=0)
        last = ENDING.search(self.text, end)
        return self.text[first : last.end() if last else len(self.text)]


def _fold(text: str, simplified: Mapping[str, str]) -> list[tuple[str, int]]:
    """Compatibility forms folded, invisible characters dropped, traditional characters made simplified."""
    out: list[tuple[str, int]] = []
    for index, ch in enumerate(text):
        if ch < "\x7f":
            out.append((ch if ch >= " " or ch == "\n" else " ", index))
        elif "\u4e00" <= ch <= "\u9fff":
            out.append((simplified.get(ch, ch), index))
        elif unicodedata.decomposition(ch).startswith("<circle>") and not ch.isdigit():
            out.append(("*", index))
        else:
            for part in unicodedata.normalize("NFKC", ch):
                if unicodedata.category(part) not in _INVISIBLE:
                    out.append((" " if part.isspace() and part != "\n" else simplified.get(part, part), index))
    return out


def _filler(ch: str) -> bool:
    return ch == " " or ch in _FILLERS or (ch > "\x7f" and unicodedata.category(ch) in ("So", "Sk"))


def _tighten(chars: list[tuple[str, int]]) -> list[tuple[str, int]]:
    """What was put between Chinese characters to hide a word is taken out; other blanks become one."""
    out: list[tuple[str, int]] = []
    pending: list[tuple[str, int]] = []
    for item in chars:
        if _filler(item[0]):
            pending.append(item)
            continue
        if pending:
            left, right = (out[-1][0] if out else ""), item[0]
            blank = all(ch == " " for ch, _ in pending)
            between = is_han(left) + is_han(right)
            if between < (1 if blank else 2):
                out += pending[:1] if blank else pending
            pending = []
        out.append(item)
    return out + [item for item in pending if item[0] != " "]


def _drop(chars: list[tuple[str, int]], spans: list[tuple[int, int]]) -> list[tuple[str, int]]:
    gone = {i for start, end in spans for i in range(start, end)}
    return [item for i, item in enumerate(chars) if i not in gone]


def normalise(text: str, simplified: Mapping[str, str]) -> Plain:
    """The plain form of a text. ``simplified`` maps traditional characters to simplified ones."""
    chars = _tighten(_fold(text, simplified))
    body = "".join(ch for ch, _ in chars)
    spans = [span for m in _LONE.finditer(body) for span in ((m.start(), m.start() + 1), (m.end() - 1, m.end()))]
    spans += [(m.start() + i, m.start() + i + 1) for m in _SPELLED.finditer(body.lower()) for i in range(1, m.end() - m.start(), 2)]
    if spans:
        chars = _drop(chars, spans)
        body = "".join(ch for ch, _ in chars)
    lower = "".join(low if len(low := ch.lower()) == 1 else ch for ch in body) if not body.isascii() else body.lower()
    return Plain(text, lower, body, tuple(i for _, i in chars), any(map(is_han, body)), bool(re.search(r"[a-z]{2}", lower)))


@dataclass(frozen=True, slots=True)
class Figure:
    """A percentage in a text: where it stands and its values in percent (two for a range, none when it cannot be read)."""

    start: int
    end: int
    values: tuple[Decimal, ...]
    bare: bool = False
    """No sign of a percentage stands by it; it is one only because a rate word leads up to it."""


_HAN_DIGIT = {c: i for i, c in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2}
_HN = r"[零〇一二两三四五六七八九十]+(?:点[零〇一二三四五六七八九]+)?"
_N = rf"(?:\d+(?:\.\d+)?|{_HN})"
_TO = r"\s?(?:-|~|至|到|—|–)\s?"
_EN_WORDS = {w: i for i, w in enumerate((
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve", "thirteen", "fourteen"))}
_EN_N = rf"(?:{'|'.join(_EN_WORDS)})(?: (?:and a half|and a quarter|point (?:{'|'.join(_EN_WORDS)})))?"
_ZH_FIGURE = re.compile(
    rf"百分之(?P<a>{_N})(?:{_TO}(?:百分之)?(?P<b>{_N}))?"
    rf"|(?P<c>{_N})(?:%?{_TO}(?P<d>{_N}))?\s?(?:%|个(?P<half>半)?多?(?:百分)?点(?!钟|心|子|赞))"
    rf"|(?<![\d.年月])(?P<h>\d{{1,2}}(?:\.\d+)?|[零一二两三四五六七八九十]+点[零一二三四五六七八九]+)(?=的?(?:利率|年化|年利|收益率|利息))"
    rf"|(?<=[按给到])(?P<k>\d\.\d{{1,2}})(?=算|计|给您|的话|[,。!?;]|$)"
    rf"|(?P<e>\d+(?:\.\d+)?|{_HN})(?:厘|分)(?=利|息)|(?<=月息|年息)(?P<f>\d+(?:\.\d+)?|{_HN})(?:厘|分)?"
    rf"|(?<=利率|年化|利息|收益)(?:率|收益|收益率|为|是|达到|达|能到|能有|到|约|有|:|高达|在|给到|给您|给|能给|可达|约为|大概|差不多)*"
    rf"(?P<g>\d+(?:\.\d+)?|[零一二两三四五六七八九十]+点[零一二三四五六七八九]+)"
    rf"(?![\d.]*\d|\s?(?:%|个|万|亿|元|块|年|月|天|日|号|期|款|折|倍|次|周|档|种|类|项|笔|家|位|点|分|[-~至到]))"
)
_EN_FIGURE = re.compile(
    rf"(?<![\w.])(?P<c>\d+(?:\.\d+)?|{_EN_N})(?:\s?%?\s?(?:-|~|–|—|to)\s?(?P<d>\d+(?:\.\d+)?|{_EN_N}))?"
    rf"\s?(?:%|per\s?cent\b|percent\b|pct\b|(?:percentage )?points?\b(?! of| out))"
    rf"|\b(?:rate|yield|apr|apy)s?"
    rf"(?: is| are| of| at| up| to| around| about| now|:)*\s(?P<g>\d+\.\d+)(?![\d.]*\d|\s?(?:%|-|(?:per|to|million|thousand|k)\b))"
)


def _value(word: str) -> Decimal:
    """The number that a numeral says: «4.5», «四点五», «十二», "four and a half"."""
    if re.fullmatch(r"\d+(?:\.\d+)?", word):
        return Decimal(word)
    head, _, tail = word.partition("点")
    if tail or is_han(word[0]):
        tens, ten, ones = head.partition("十")
        whole = (_HAN_DIGIT.get(tens[-1:], 1) * 10 + _HAN_DIGIT.get(ones[:1], 0)) if ten else int(
            "".join(str(_HAN_DIGIT[c]) for c in head) or 0)
        return Decimal(f"{whole}.{''.join(str(_HAN_DIGIT[c]) for c in tail) or 0}")
    first, _, rest = word.partition(" ")
    extra = {"": Decimal(0), "and a half": Decimal("0.5"), "and a quarter": Decimal("0.25")}
    return _EN_WORDS[first] + (extra[rest] if rest in extra else Decimal(_EN_WORDS[rest.removeprefix("point ")]) / 10)


def figures(plain: Plain) -> list[Figure]:
    """The percentages of a text, in their order, in Chinese and in English writing."""
    found: dict[int, Figure] = {}
    patterns = [_ZH_FIGURE] * plain.han + [_EN_FIGURE] * plain.latin
    for pattern in patterns or [_EN_FIGURE]:
        for m in pattern.finditer(plain.text):
            groups = m.groupdict()
            words = [groups[k] for k in "abcdefghk" if groups.get(k)]
            values = [_value(word) for word in words]
            if groups.get("half"):
                values = [value + Decimal("0.5") for value in values]
            if groups.get("e") or groups.get("f"):
                values = []
            kept = found.get(m.end())
            if kept is None or m.start() < kept.start:
                found[m.end()] = Figure(m.start(), m.end(), tuple(values), any(groups.get(k) for k in "fghk"))
    return sorted(found.values(), key=lambda figure: figure.start)
