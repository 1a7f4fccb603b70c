"""Words that look like a person's name, so that they can be looked up among other clients (商业银行法 29)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from coach.domain.surnames import COMMON, DOUBLE

_TRADITIONAL = str.maketrans("張劉陳楊趙黃吳孫馬羅鄭謝韓馮蕭鄧許呂蘇盧蔣賈葉閻鍾譚鄒陸顧龍萬錢湯賀龐蘭嚴溫莊歐陽華東",
                             "张刘陈杨赵黄吴孙马罗郑谢韩冯萧邓许吕苏卢蒋贾叶阎钟谭邹陆顾龙万钱汤贺庞兰严温庄欧阳华东")
_HONORIFIC = re.compile(
    r"先生|女士|小姐|太太|夫人|阿姨|叔叔|伯伯|大爷|大妈|大姐|大哥|爷爷|奶奶|老师|医生|教授|律师|老板|经理|主任|厂长|校长|院长|师傅|总|哥|姐|叔|姨|客户|客戶")
_CLIENT = re.compile(r"(?:客户|客戶|顾客|储户|邻居|朋友|同事)(?:是|叫|名叫|[“「\"'：: ])?")
_EN = re.compile(
    r"\b(?:Mr|Mrs|Ms|Miss|Mx|Dr|Prof|Madam|Mister|[Cc]lients?|[Cc]ustomers?|[Nn]eighbou?r|[Cc]olleague)\.?,?\s+"
    r"((?:[A-Z][A-Za-z'’-]*(?:\s+|(?![A-Za-z]))){1,3}|[\u4e00-\u9fff]{2,4})")
_EN_AFTER = re.compile(
    r"\b((?:[A-Z][A-Za-z'’-]*\s+){1,2}[A-Z][A-Za-z'’-]*),?\s+"
    r"(?:is |was )?(?:another|a|our|your|one of our)\s+(?:clients?|customers?|neighbou?r)")


def _surname(text: str) -> int:
    """The length of the surname with which a text begins; 0 when it begins with none."""
    return 2 if text[:2] in DOUBLE else 1 if text[:1] in COMMON else 0


def _han(text: str) -> bool:
    return bool(text) and all("\u4e00" <= ch <= "\u9fff" for ch in text)


def _chinese(text: str) -> Iterator[str]:
    for m in _HONORIFIC.finditer(text):
        for size in (2, 3, 4):
            name = text[max(0, m.start() - size) : m.start()]
            if len(name) == size and _han(name) and 0 < _surname(name) < size <= _surname(name) + 2:
                yield name
    for m in _CLIENT.finditer(text):
        for size in (2, 3, 4):
            name = text[m.end() : m.end() + size]
            if len(name) == size and _han(name) and 0 < _surname(name) < size <= _surname(name) + 2:
                yield name


def _english(text: str) -> Iterator[str]:
    for pattern in (_EN, _EN_AFTER):
        for m in pattern.finditer(text):
            words = m.group(1).split()
            for start in range(len(words)):
                for end in range(start + 1, len(words) + 1):
                    yield " ".join(words[start:end])


def candidate_names(text: str, lang: str) -> frozenset[str]:
    """Words that may be a client's name: by a form of address or by «client», before or after.

    Generous on purpose: every reading that begins with a surname is given, because the service only asks which of
    them are names of other clients. In a Chinese text both scripts are read; in an English one Chinese names too.
    """
    tight = re.sub(r"(?<=[\u4e00-\u9fff])[ \u3000\u200b-\u200d\u2060\ufeff]+(?=[\u4e00-\u9fff])", "", text).translate(_TRADITIONAL)
    found = set(_chinese(tight))
    if lang == "en" or re.search(r"[A-Z][a-z]", text):
        found |= set(_english(tight))
    return frozenset(found)
