"""Words that look like a person's name, so that they can be looked up among other clients (商业银行法 29)."""

from __future__ import annotations

import re
from collections.abc import Iterator

_SURNAMES = frozenset(
    "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余潘杜戴夏钟汪田任姜"
    "范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段雷钱汤尹黎易常武乔贺赖龚文庞樊兰殷施陶洪翟安颜倪严牛温芦季俞章鲁葛"
    "伍韦申尤毕聂丛焦向柳邢路岳齐梅莫庄辛管祝左涂谷祁时舒耿牟卜詹关苗凌费纪靳盛童欧甄项曲成游阳裴席卫查屈鲍位覃霍翁隋植甘景薄"
    "单包司柏宁柯阮桂闵解强柴华车冉房边辜吉饶刁瞿戚丘古米池滕晋苑邬臧畅宫来嵺苟全褚廉简娄盖符奚木穆党燕郎邸冀谈姬屠连郜晏栾郁"
    "商蒙计喻揭窦迟宇敖糜鄢冷卓花仇艾蓝都巩稽井练仲乐虞卞封竺冼原官衣楚佟栗匡宗应台巫鞠僧桑荆谌银扬明沙伏岑习胥保和蔺"
)
_DOUBLE = frozenset(("欧阳", "上官", "司马", "诸葛", "东方", "皇甫", "尉迟", "公孙", "慕容", "司徒", "令狐", "宇文", "长孙",
                     "夏侯", "端木", "南宫"))
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
    return 2 if text[:2] in _DOUBLE else 1 if text[:1] in _SURNAMES else 0


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
