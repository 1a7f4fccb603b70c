"""What a client is found by: name, pinyin, initials, number, phone and tags in one lower-case string.

Surnames are read as surnames (单 is Shàn, 曾 Zēng, 仇 Qiú), the rest as pypinyin reads it; where a
surname has two readings in use, both are kept.
"""

from __future__ import annotations

import unicodedata
from functools import lru_cache

_SURNAMES: dict[str, tuple[str, ...]] = {
    "单": ("shan",), "曾": ("zeng",), "仇": ("qiu",), "解": ("xie",), "查": ("zha",), "朴": ("piao",), "区": ("ou",), "任": ("ren",),
    "盖": ("ge", "gai"), "华": ("hua",), "宿": ("su",), "乐": ("yue", "le"), "员": ("yun",), "召": ("shao",), "折": ("she",),
    "缪": ("miao",), "繁": ("po",), "种": ("chong",), "秘": ("bi",), "冼": ("xian",), "洗": ("xian",), "翟": ("zhai",),
    "覃": ("qin", "tan"), "牟": ("mu", "mou"), "宁": ("ning",), "逄": ("pang",), "黑": ("he", "hei"), "撒": ("sa",), "能": ("nai",),
    "阚": ("kan",), "隗": ("wei", "kui"), "谌": ("chen", "shen"), "应": ("ying",), "过": ("guo",), "那": ("na",), "哈": ("ha",),
    "车": ("che",), "柏": ("bai",), "卜": ("bu",), "尹": ("yin",), "晁": ("chao",), "褚": ("chu",), "钭": ("tou",), "幺": ("yao",),
    "长": ("chang",), "石": ("shi",), "沈": ("shen",), "祭": ("zhai",), "句": ("gou",), "占": ("zhan",), "干": ("gan",), "给": ("ji",),
    "纪": ("ji",), "曲": ("qu",), "葛": ("ge",), "教": ("jiao",), "相": ("xiang",), "要": ("yao",), "称": ("cheng",), "适": ("kuo",),
    "尉": ("wei",), "殷": ("yin",), "郗": ("xi", "chi"), "郇": ("xun", "huan"), "佴": ("nai",), "俞": ("yu",), "吕": ("lv", "lu"),
    "律": ("lv",), "万": ("wan",), "重": ("chong",), "藏": ("zang",), "臧": ("zang",), "贾": ("jia",), "薄": ("bo",), "燕": ("yan",),
    "尉迟": ("yuchi",), "万俟": ("moqi",), "长孙": ("zhangsun",), "澹台": ("tantai",), "单于": ("chanyu",), "宇文": ("yuwen",),
    "令狐": ("linghu",), "尉遲": ("yuchi",), "单父": ("shanfu",), "皇甫": ("huangfu",), "呼延": ("huyan",), "乐正": ("yuezheng",),
}
_INITIALS = {"yuchi": "yc", "moqi": "mq", "zhangsun": "zs", "tantai": "tt", "chanyu": "cy", "yuwen": "yw", "linghu": "lh",
             "shanfu": "sf", "huangfu": "hf", "huyan": "hy", "yuezheng": "yz"}
_SEPARATOR = " "


@lru_cache(maxsize=20_000)
def _syllables(text: str) -> tuple[str, ...]:
    from pypinyin import Style, lazy_pinyin

    return tuple(s.strip().lower() for s in lazy_pinyin(text, style=Style.NORMAL, errors="default") if s.strip())


def readings(name: str) -> list[tuple[str, str]]:
    """(full pinyin without tones, initials) of a name, one pair for each reading of its surname."""
    name = name.replace("·", "").replace(" ", "")
    surname = name[:2] if name[:2] in _SURNAMES else name[:1]
    if not any("㐀" <= c <= "鿿" for c in name):
        return []
    known = _SURNAMES.get(surname)
    if known is None or len(name) > 4:  # a company, or a surname with one reading
        parts = _syllables(name)
        return [("".join(parts), "".join(p[:1] for p in parts))]
    rest = _syllables(name[len(surname):])
    tail = "".join(p[:1] for p in rest)
    return [(first + "".join(rest), _INITIALS.get(first, first[:1]) + tail) for first in known]


def search_key(name: str, client_no: str, phone: str | None = None, tags: str | None = None) -> str:
    """The string that ``LIKE '%…%'`` looks into; the typed text goes through :func:`typed` first."""
    parts = [name, *(part for pair in readings(name) for part in pair), client_no, phone or "", (tags or "").replace(";", _SEPARATOR)]
    return _SEPARATOR.join(dict.fromkeys(p for p in (typed(part) for part in parts) if p))


def typed(text: str) -> str:
    """What a person typed, in the form of the key: half-width, lower case, ``ü`` as ``v``."""
    return unicodedata.normalize("NFKC", text).strip().lower().replace("ü", "v")
