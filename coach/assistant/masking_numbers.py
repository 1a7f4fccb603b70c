"""Numbers and addresses by which a person can be found, whoever they belong to: phones, cards, documents, mail, chat ids.

What stays: amounts (with their unit or currency), dates, percentages, bank hotlines. Texts are read with full-width digits
and letters made narrow (:func:`narrow`), which moves no character.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

DIGIT = "[0-9]"
SEP = r"[ \-.·\u3000\xa0\u200b-\u200d]"
_D = DIGIT
_NO_MONEY = r"(?!\s?(?:元|万|亿|块|千|%|％|yuan|CNY|RMB|million))(?!,?\d|[.]\d)"
_NOT_AFTER_MONEY = r"(?<!¥)(?<!￥)(?<!\$)(?<!CNY )(?<!RMB )(?<!CNY)(?<!RMB)(?<!人民币)(?<!金额)"
SHORT_TAIL = (
    rf"(?!{_D})(?![.,．，]\d|[-/.]\d|\s?(?:万|亿|千|块|%|％|个|次|笔|位|岁|天|月|分|点|号线|米|人次|yuan|days|people))"
    r"(?!元(?!旦|宵))(?!年(?!前|后|底|初|轻|长))"
)
"""After a short number of ours (1001): not an amount, a date, a count."""

_RUNS = (
    # documents and cards written in groups, then phones, then long runs
    ("D", rf"{_D}{{6}}{SEP}{_D}{{8}}{SEP}{_D}{{3}}[0-9Xx](?!{_D})"),
    ("D", rf"(?!(?:19|20)\d\d[ -](?:19|20)\d\d){_D}{{4}}(?:{SEP}{_D}{{4}}){{2,4}}(?:{SEP}{_D}{{1,4}})?(?!{_D})"),
    ("P", rf"1[3-9]{_D}(?:{SEP}?{_D}{{4}}{SEP}?{_D}{{4}}|{_D}{SEP}{_D}{{3}}{SEP}{_D}{{4}})(?!{_D})"),
    ("P", rf"0(?:[12]{_D}|[3-9]{_D}{{2}}){SEP}?{_D}{{3,4}}{SEP}?{_D}{{4}}(?!{_D})"),
    ("D", rf"{_D}{{12,}}[Xx]?(?!{_D})"),
    ("D", rf"{_NOT_AFTER_MONEY}{_D}{{9,11}}(?!{_D}){_NO_MONEY}"),
    ("D", rf"(?!(?:19|20)(?:\d\d)(?:0[1-9]|1[0-2])(?:[0-2]\d|3[01])|\d{{5}}000){_NOT_AFTER_MONEY}{_D}{{8}}(?:-\d\d)?(?!{_D}){_NO_MONEY}"),
)  # fmt: skip
_RUN_KINDS = tuple(kind for kind, _ in _RUNS)
_RUN = re.compile("|".join(f"({pattern})" for _, pattern in _RUNS))
_RUN_STARTS = re.compile(rf"{_D}(?<!{_D}{_D})(?=(?:{SEP}?{_D}){{7}})")
"""Where at least eight figures begin, so that nothing else is looked at closely."""
_MARKED = (
    ("@", "M", re.compile(r"(?<![A-Za-z0-9._%+-])[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+")),
    ("wxid_", "M", re.compile(r"wxid_\w{4,30}")),
    ("+86", "P", re.compile(rf"\+86{SEP}?[1-9]{_D}{{1,2}}{SEP}?{_D}{{3,4}}{SEP}?{_D}{{4}}(?!{_D})")),
    ("(0", "P", re.compile(rf"[(（]0{_D}{{2,3}}[)）]{SEP}?{_D}{{3,4}}{SEP}?{_D}{{4}}(?!{_D})")),
    ("（0", "P", re.compile(rf"[(（]0{_D}{{2,3}}[)）]{SEP}?{_D}{{3,4}}{SEP}?{_D}{{4}}(?!{_D})")),
    ("~", "D", re.compile(r"~[0-9a-f]{12,}(?![0-9A-Za-z])")),
    ("", "D", re.compile(r"[A-Z](?<![A-Za-z0-9][A-Z])[A-Z]{0,3}-?\d{6,}(?![A-Za-z0-9])")),
    ("", "P", re.compile(r"[一二三四五六七八九零〇幺两](?<![一二三四五六七八九零〇幺两]{2})[一二三四五六七八九零〇幺两]{10,17}")),
    ("号楼", "C", re.compile(r"\d{1,4}号楼(?:[ -]?\d{1,2}单元)?(?:[ -]?\d{2,5}(?:室|号)?)?")),
    ("栋", "C", re.compile(r"\d{1,4}栋(?:[ -]?\d{1,2}单元)?(?:[ -]?\d{2,5}(?:室|号)?)?")),
    ("幢", "C", re.compile(r"\d{1,4}幢(?:[ -]?\d{1,2}单元)?(?:[ -]?\d{2,5}(?:室|号)?)?")),
)
"""Patterns with a mark without which they need not be looked for."""

_CUED = (
    ("P", re.compile(
        r"(?:电话|座机|手机号?|致电|拨打|来电|[Tt]el|[Pp]hone)[号码]*(?:[:：是为. ]|is|at|on|number){0,3}\s?"
        rf"({_D}{{3,4}}{SEP}?{_D}{{4}}(?:-\d{{1,4}})?)(?!{_D})")),
    ("D", re.compile(
        r"(?:客户(?:编?号)|户号|员?工号|编号|卡号|账号|帐号|账户|证件号码?|身份证号?码?|流水号|存单号|凭证号|[Nn](?:umber|o\.)|[Aa]ccount|ID)"
        r"(?:[:：是为# ]|is){0,3}\s?"
        rf"([A-Za-z]{{0,3}}-?{_D}{{4,}}[Xx]?)(?![0-9A-Za-z_年%％])(?!{SEP}\d)(?!\s?[元万亿])")),
    ("M", re.compile(
        r"(?:微信(?:号|ID|[:：])|[Ww]e[Cc]hat(?: ?(?:ID|id|no\.?)|:)|VX|vx|QQ号?)(?:[:：是为 ]|is){0,3}\s?"
        r"([A-Za-z0-9][-_A-Za-z0-9]{4,19})")),
    ("M", re.compile(r"(?:微信|[Ww]e[Cc]hat)[是为 ]{0,2}((?=[A-Za-z_-]*\d|[A-Za-z]+_)[A-Za-z][-_A-Za-z0-9]{4,19})")),
)  # fmt: skip
_DATE = re.compile(r"(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:[0-2]\d|3[01])$")

_WIDE = re.compile("[０-９Ａ-Ｚａ-ｚ＠＋－＿]")

Span = tuple[int, int, str]
"""Start, end and kind of what is to be hidden in a text."""


def narrow(text: str) -> str:
    """The text with narrow digits and letters, every character in its place."""
    return _WIDE.sub(lambda m: chr(ord(m[0]) - 0xFEE0), text) if _WIDE.search(text) else text


def numbers(text: str) -> Iterator[Span]:
    """Every number and address of a person in a text."""
    for start in _RUN_STARTS.finditer(text):
        if m := _RUN.match(text, start.start()):
            yield m.start(), m.end(), _RUN_KINDS[(m.lastindex or 1) - 1]
    for mark, kind, pattern in _MARKED:
        if mark in text:
            yield from ((m.start(), m.end(), kind) for m in pattern.finditer(text))
    for kind, pattern in _CUED:
        for m in pattern.finditer(text):
            if not _DATE.match(m[1]):
                yield m.start(1), m.end(1), kind
