"""Chinese surnames: the common ones, and those whose reading as a surname is another than the character's usual one."""

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

COMMON = frozenset(
    "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余潘杜戴夏钟汪田任姜"
    "范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段雷钱汤尹黎易常武乔贺赖龚文庞樊兰殷施陶洪翟安颜倪严牛温芦季俞章鲁葛"
    "伍韦申尤毕聂丛焦向柳邢路岳齐梅莫庄辛管祝左涂谷祁时舒耿牟卜詹关苗凌费纪靳盛童欧甄项曲成游阳裴席卫查屈鲍位覃霍翁隋植甘景薄"
    "单包司柏宁柯阮桂闵解强柴华车冉房边辜吉饶刁瞿戚丘古米池滕晋苑邬臧畅宫来嵺苟全褚廉简娄盖符奚木穆党燕郎邸冀谈姬屠连郜晏栾郁"
    "商蒙计喻揭窦迟宇敖糜鄢冷卓花仇艾蓝都巩稽井练仲乐虞卞封竺冼原官衣楚佟栗匡宗应台巫鞠僧桑荆谌银扬明沙伏岑习胥保和蔺"
)
DOUBLE = frozenset(("欧阳", "上官", "司马", "诸葛", "东方", "皇甫", "尉迟", "公孙", "慕容", "司徒", "令狐", "宇文", "长孙",
                     "夏侯", "端木", "南宫"))
FAMILY_NAME = f"(?:{'|'.join(sorted(DOUBLE))}|[{''.join(sorted(COMMON))}])"
"""A surname as a regular expression."""
