"""Chinese surnames whose reading, as a surname, is another than the character's usual one, or which have two characters."""

from __future__ import annotations

SURNAMES: dict[str, tuple[str, ...]] = {
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
"""Surname → its readings without tones, the likelier one first."""
