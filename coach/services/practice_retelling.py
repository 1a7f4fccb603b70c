"""A story's words made to agree with another client: name, amounts, days, pronouns. Used by :mod:`coach.services.practice_cases`."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from coach.domain.facts import surname
from coach.domain.words import Lang
from coach.practice.scenario import Scenario, Words

Change = Callable[[str], str]



def through(value: Any, changes: list[Change]) -> Any:
    """The changes made in every text of a value, in their order."""
    if isinstance(value, str):
        for change in changes:
            value = change(value)
        return value
    if isinstance(value, dict):
        return {key: through(part, changes) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [through(part, changes) for part in value]
    return value


def renamed(words: Words, called: str, lang: Lang) -> Change:
    """The client's name and every form of address give way to another form of address."""
    family = surname(words.name)
    if lang == "zh":
        titles = "女士|先生|小姐|太太|阿姨|叔叔|大姐|大哥|大爷|大妈|师傅|老师|姐|哥|叔|姨|总|工"
        form = f"{re.escape(words.name)}|{re.escape(words.call_name)}|{re.escape(family)}(?:{titles})"
    else:
        form = rf"\b(?:{re.escape(words.name)}|{re.escape(words.call_name)}|(?:Mr|Ms|Mrs|Miss|Uncle|Auntie|Aunt)\.? {re.escape(family)})\b"
    pattern = re.compile(form)
    return lambda text: pattern.sub(lambda _: called, text)


_DIGITS = "〇一二三四五六七八九"
_WAN = re.compile(r"(?P<said>[一二两三四五六七八九十][〇零一二两三四五六七八九十百]*|\d+(?:\.\d+)?)(?P<gap>\s?)万(?!一)")
_GROUPED = re.compile(r"\b\d{1,3}(?:,\d{3})+\b")


def amounts(story: Scenario, maturing: int, amount: int, assets: int, lang: Lang) -> Change:
    """Every amount of the words (yuan) at the client's scale: the maturing one and the assets exactly, others in proportion."""
    exact = {story.client.assets: assets, maturing: amount}

    def scaled(value: int) -> int:
        if value in exact:
            return exact[value]
        rough = value * amount / maturing
        step = 10_000 if rough >= 20_000 else 1_000
        return max(round(rough / step) * step, step)

    def wan(match: re.Match[str]) -> str:
        said = match["said"]
        value = scaled(round(_number(said) * 10_000))
        if said[0].isdigit() or value % 10_000:
            return f"{value / 10_000:.2f}".rstrip("0").rstrip(".") + f"{match['gap']}万"
        return f"{_spoken(value // 10_000)}万"

    def grouped(match: re.Match[str]) -> str:
        return f"{scaled(int(match[0].replace(',', ''))):,}"

    return lambda text: _GROUPED.sub(grouped, _WAN.sub(wan, text) if lang == "zh" else text)


def _number(said: str) -> float:
    """``三十八`` or ``38`` as a number."""
    if said[0].isdigit():
        return float(said)
    total, digit = 0, 0
    for letter in said.replace("两", "二").replace("零", "〇"):
        if letter in "十百":
            total += max(digit, 1) * (10 if letter == "十" else 100)
            digit = 0
        else:
            digit = _DIGITS.index(letter)
    return total + digit


def _spoken(value: int) -> str:
    """A whole number below ten thousand as it is said: ``三十八``, ``一百零五``."""
    if value == 2:
        return "两"
    out, zero = "", False
    for unit, word in ((1000, "千"), (100, "百"), (10, "十"), (1, "")):
        digit = value // unit % 10
        if digit:
            out += ("零" if zero and out else "") + ("" if unit == 10 and digit == 1 and not out else _DIGITS[digit]) + word
        zero = not digit and bool(out)
    return out or "零"


_ENGLISH = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")


def days(its: int, now: int, lang: Lang) -> Change:
    """The days to (or since) the maturity, where the words name them."""
    if its in (now, 0) or its > 10:
        return lambda text: text
    day = f"(?:{_spoken(its)}|{its})" if lang == "zh" else f"(?:{_ENGLISH[its]}|{its})"
    if lang == "zh":
        today = re.compile(rf"(?:还有|再过|再有)?(?<![\d十百第]){day}\s?天(?:之?后|就|才)?到期")
        other = re.compile(rf"(?<![\d十百第]){day}(?=\s?天)")
        return lambda text: other.sub(_spoken(now), text) if now else today.sub("今天到期", text)
    today, other = re.compile(rf"\bin {day} days?\b", re.IGNORECASE), re.compile(rf"\b{day} days?\b", re.IGNORECASE)
    word = _ENGLISH[now] if now < len(_ENGLISH) else str(now)
    return lambda text: other.sub(f"{word} day{'' if now == 1 else 's'}", text) if now else today.sub("today", text)


_BEFORE_HIM = r"(?=[,.;:!?)—]|$|\s+(?:to|and|or|if|when|at|in|is|that|for|with|on|than|how|what|about|by|as|the|a|an|from|out|who|so)\b)"


def pronouns(its: str, lang: Lang) -> Change:
    """The client's pronouns for the other gender's."""
    if lang == "zh":
        old, new = ("她", "他") if its == "f" else ("他", "她")
        return lambda text: re.sub(rf"{old}(?!们)", new, text)
    if its == "f":
        pairs = [(r"\bherself\b", "himself"), (r"\bhers\b", "his"), (r"\bshe\b", "he")]
        pairs += [(r"(?:(?<=help )|(?<=helps )|(?<=let )|(?<=lets )|(?<=make )|(?<=makes ))her\b", "him")]
        pairs += [(rf"\bher\b{_BEFORE_HIM}", "him"), (r"\bher\b", "his")]
    else:
        pairs = [(r"\bhimself\b", "herself"), (r"\bhe\b", "she"), (r"\bhim\b", "her"), (r"\bhis\b", "her")]
    compiled = [(re.compile(old, re.IGNORECASE), new) for old, new in pairs]

    def change(text: str) -> str:
        for old, new in compiled:
            text = old.sub(lambda m, new=new: new.capitalize() if m[0][0].isupper() else new, text)  # type: ignore[misc]
        return text

    return change
