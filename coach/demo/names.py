"""Invented people: surnames roughly as common as in life, given names after generation and gender.

The characters are combined at random; nobody real is meant. Phones begin with 1000, a range that no
mainland mobile network uses.
"""

from __future__ import annotations

from functools import lru_cache
from itertools import accumulate
from random import Random

from coach.domain.words import Lang

_SURNAMES = (
    ("王", "Wang", 72),
    ("李", "Li", 71),
    ("张", "Zhang", 68),
    ("刘", "Liu", 52),
    ("陈", "Chen", 50),
    ("杨", "Yang", 31),
    ("黄", "Huang", 26),
    ("赵", "Zhao", 25),
    ("吴", "Wu", 24),
    ("周", "Zhou", 24),
    ("徐", "Xu", 17),
    ("孙", "Sun", 16),
    ("马", "Ma", 15),
    ("朱", "Zhu", 15),
    ("胡", "Hu", 14),
    ("郭", "Guo", 14),
    ("何", "He", 13),
    ("林", "Lin", 13),
    ("高", "Gao", 12),
    ("罗", "Luo", 12),
    ("郑", "Zheng", 11),
    ("梁", "Liang", 11),
    ("谢", "Xie", 9),
    ("宋", "Song", 9),
    ("唐", "Tang", 8),
    ("许", "Xu", 8),
    ("韩", "Han", 8),
    ("冯", "Feng", 7),
    ("邓", "Deng", 7),
    ("曹", "Cao", 7),
    ("彭", "Peng", 6),
    ("曾", "Zeng", 6),
    ("萧", "Xiao", 5),
    ("田", "Tian", 5),
    ("董", "Dong", 5),
    ("袁", "Yuan", 5),
    ("潘", "Pan", 5),
    ("于", "Yu", 5),
    ("蒋", "Jiang", 5),
    ("蔡", "Cai", 5),
    ("余", "Yu", 5),
    ("杜", "Du", 5),
    ("叶", "Ye", 4),
    ("程", "Cheng", 4),
    ("苏", "Su", 4),
    ("魏", "Wei", 4),
    ("吕", "Lyu", 4),
    ("丁", "Ding", 4),
    ("任", "Ren", 4),
    ("沈", "Shen", 4),
    ("姚", "Yao", 4),
    ("卢", "Lu", 4),
    ("姜", "Jiang", 4),
    ("崔", "Cui", 3),
    ("钟", "Zhong", 3),
    ("谭", "Tan", 3),
    ("陆", "Lu", 3),
    ("汪", "Wang", 3),
    ("范", "Fan", 3),
    ("金", "Jin", 3),
    ("石", "Shi", 3),
    ("廖", "Liao", 3),
    ("贾", "Jia", 3),
    ("夏", "Xia", 3),
    ("韦", "Wei", 3),
    ("傅", "Fu", 3),
    ("方", "Fang", 3),
    ("白", "Bai", 3),
    ("邹", "Zou", 3),
    ("孟", "Meng", 2),
    ("熊", "Xiong", 2),
    ("秦", "Qin", 2),
    ("江", "Jiang", 2),
    ("尹", "Yin", 2),
    ("阎", "Yan", 2),
    ("薛", "Xue", 2),
    ("侯", "Hou", 2),
    ("龙", "Long", 2),
    ("史", "Shi", 2),
    ("陶", "Tao", 2),
    ("黎", "Li", 2),
    ("贺", "He", 2),
    ("顾", "Gu", 2),
    ("毛", "Mao", 2),
    ("单", "Shan", 1),
    ("翟", "Zhai", 1),
    ("仇", "Qiu", 1),
    ("欧阳", "Ouyang", 1),
    ("诸葛", "Zhuge", 1),
    ("司徒", "Situ", 1),
)
_CUMULATIVE = list(accumulate(w for _, _, w in _SURNAMES))

# (born before, women: first and second characters, men: first and second characters)
_GIVEN: tuple[tuple[int, str, str, str, str], ...] = (
    (1960, "秀桂玉淑凤兰素翠月春", "英兰珍华芳琴云香梅莲", "国德志永福正树长宝玉", "明华民林祥荣富生海臣"),
    (1980, "丽红艳秀美玉海春建晓", "萍霞华琴燕芳丽红梅玲", "建国志卫海永文学立新", "军平强华明伟东斌林峰"),
    (1996, "雪婷晓佳静思丹雅慧欣", "婷丽娜静颖洁琳敏妍倩", "俊浩志宇晓文嘉建明子", "杰鹏涛超磊凯伟博强宇"),
    (9999, "梓雨诗欣子若一佳语思", "涵萱怡妍琪瑶诺彤宁悦", "子浩宇梓博俊一嘉奕明", "轩然豪睿泽宸航阳铭辰"),
)


@lru_cache(maxsize=8192)
def _pinyin(given: str) -> str:
    from pypinyin import Style, lazy_pinyin  # only an English branch needs it

    return "".join(lazy_pinyin(given, style=Style.NORMAL, v_to_u=False)).capitalize()


def name(rng: Random, *, female: bool, born: int, lang: Lang) -> str:
    """A full name; in English the surname first, as in Chinese (``Wang Xiuying``)."""
    zh, latin, _ = _SURNAMES[_index(rng)]
    row = next(g for g in _GIVEN if born < g[0])
    first, second = (row[1], row[2]) if female else (row[3], row[4])
    alone = rng.random() < (0.28 if 1965 <= born < 2000 else 0.08)
    a, b = rng.choice(first), rng.choice(second)
    given = b if alone or a == b else a + b
    return f"{latin} {_pinyin(given)}" if lang == "en" else zh + given


def _index(rng: Random) -> int:
    at = rng.random() * _CUMULATIVE[-1]
    return next(i for i, edge in enumerate(_CUMULATIVE) if at < edge)


def phone(number: int) -> str:
    """Eleven digits, different for each of the first ten million numbers, that no network gives out."""
    return f"1000{(number * 7919 + 2_364_517) % 10_000_000:07d}"
