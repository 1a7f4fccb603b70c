"""What of a client's record tells who the client is, and every way in which it may be spelt."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator

from coach.assistant.masking_names import is_everyday, trie
from coach.assistant.masking_numbers import DIGIT, SEP, SHORT_TAIL, Span
from coach.assistant.masking_words import (
    AFTER_TOTAL,
    BEFORE,
    EVERYDAY,
    GIVEN_WORDS,
    LATIN_WORDS,
    PLAIN_EMPLOYERS,
    SHORT_TITLES,
    SURE_TITLES,
)  # fmt: skip
from coach.domain.client import ClientPicture
from coach.domain.facts import call_name, surname
from coach.domain.surnames import SURNAMES
from coach.domain.words import LANGS, Lang

_GAP = "[ \u3000\xa0\u200b-\u200d\u2060\ufeff]{0,2}"
"""What may stand between the characters of a name without making it another."""
_MR = ("Mr", "Ms", "Mrs", "Miss", "Dr", "Madam")
_NO_TITLE = ("员工", "单工", "包工", "农工")
_CALLED_BEFORE = ("老", "小", "阿")
_LEGAL = re.compile(r"(?:股份有限公司|有限责任公司|有限公司|集团公司|集团|公司|,? (?:Co\.?,? ?)?(?:Ltd|LLC|Inc|Limited|Corp)\.?)$")
_BANK = re.compile(
    r"[\u4e00-\u9fff]{0,14}(?:银行|农商行|信用社|农信)(?:股份有限公司)?(?:[\u4e00-\u9fff]{1,12}(?:支行|分行|营业部))?"
    r"|[\w '&.-]{0,40}\bBank(?: of [A-Z][a-z]+)?"
)
_PLAIN_PARTIES = re.compile(
    r"(?:日常|消费|收单|结算|家人|本人|自己|转入|转出|转账|工资|代发|利息|结息|缴费|水费|电费|燃气|话费|还款|还贷|房贷|车贷|信用卡|生活|理财|购买|"
    r"赎回|申购|现金|存入|取现|支取|网上|"
    r"支付|快捷|微信|支付宝|财付通|云闪付|银联|养老金|社保|公积金|税|费|基金|保险|证券|款|的|和|、)+"
    r"|(?:daily|spending|card|and|qr|settlement|from|the|family|self|own|account|salary|cash|interest|transfer|alipay|wechat|pay|"
    r"unionpay|fee|tax|fund|rent| )+",
    re.IGNORECASE,
)  # fmt: skip
_KIN = re.compile(
    r"(?:大|小|二)?(?:本人|自己|配偶|老伴|儿子|女儿|老公|老婆|丈夫|妻子|爱人|太太|先生|孩子|孙子|孙女|外孙女|外孙|母亲|父亲|妈妈|爸爸|父母|岳父|岳母|"
    r"公公|婆婆|哥哥|弟弟|姐姐|妹妹|朋友|同事|邻居|家人|老人|全家)"
    r"|(?:the )?(?:self|client|son|daughter|wife|husband|mother|father|parents|spouse|child|family)\b",
    re.IGNORECASE,
)

UNSOUGHT = "-"
"""In place of an expression: another form's expression finds this spelling too."""
Form = tuple[str, str, str, str]
"""Kind, placeholder ("" for one by hash), the original, and the expression of all its spellings."""


def own(c: ClientPicture, lang: Lang) -> list[Form]:
    """The client's own: each with a fixed number, which depends on nothing else in the record."""
    return list(_numbered(_own(c, lang)))


def others(c: ClientPicture, staff: Iterable[str]) -> list[Form]:
    """Everybody and everything else that the record or the branch names, in an order of its own."""
    found: set[tuple[str, str]] = set()
    found |= {("D" if any(ch.isdigit() for ch in word) else "N", word) for word in (*staff, c.previous_manager or "")}
    found |= {("D", word or "") for t in c.contacts for word in (t.staff_no, t.contact_no)} | {("D", h.holding_no) for h in c.holdings}
    found |= {("E", m.counterparty or "") for m in c.movements if is_party(m.counterparty or "")}
    found |= {("N", who) for k in c.key_dates if (who := person(k.who))}
    return [form(kind, "", word) for kind, word in sorted(found) if len(word.strip()) > 1]


def free_texts(c: ClientPicture) -> Iterator[str]:
    """Texts of the record that somebody wrote as he liked."""
    yield from filter(None, (c.family, c.note, c.occupation))
    yield from (*c.interests, *c.tags)
    yield from filter(None, (t.summary for t in c.contacts))
    yield from filter(None, (m.purpose for m in c.movements))
    yield from (g.item for g in c.gifts)


def is_party(counterparty: str) -> bool:
    """Whether a counterparty is a person or a company: no bank, and no mere description («日常消费»)."""
    return len(counterparty) > 1 and not _BANK.fullmatch(counterparty) and not _PLAIN_PARTIES.fullmatch(counterparty)


def person(who: str | None) -> str:
    """The name in «女儿陈晓月»; empty where only the kinship is told."""
    left = _KIN.sub("", (who or "").strip(), count=1).strip(" :：,，()（）")
    return left if len(left) > 1 and not is_everyday(left) else ""


def form(kind: str, placeholder: str, word: str) -> Form:
    """A word as it stands: a number only as a whole, Latin words only as words."""
    word = word.strip()
    digits = word.isascii() and word.isdigit()
    first, rest = re.escape(word[0]), re.escape(word[1:])
    if digits:
        tail = SHORT_TAIL if len(word) < 7 else f"(?!{DIGIT})"
        money = rf"(?<![¥￥$]{first})(?<!CNY {first})(?<!RMB {first})(?<!\d[,.]{first})" if len(word) < 7 else ""
        return kind, placeholder, word, rf"{first}(?<!{DIGIT}{first}){money}{rest}{tail}"
    left = f"(?<![A-Za-z0-9]{first})" if word[0].isascii() and word[0].isalnum() else ""
    right = r"(?![A-Za-z0-9])" if word[-1].isascii() and word[-1].isalnum() else ""
    return kind, placeholder, word, f"{first}{left}{rest}{right}"


class Known:
    """Finds what is known from the start. Only the expressions of a place's first character are tried, and made when first needed."""

    def __init__(self, forms: Iterable[Form]) -> None:
        self._by_first: dict[str, list[Form]] = {}
        for one in sorted({(f[2], f[3]): f for f in forms if f[3] != UNSOUGHT}.values(), key=lambda f: (-len(f[2]), f[2])):
            digit = next((ch for ch in one[2] if ch.isdigit()), "")
            for first in {one[2][0], one[2][0].lower(), one[2][0].upper(), digit}:
                if first:
                    self._by_first.setdefault(first, []).append(one)
        self._made: dict[str, re.Pattern[str]] = {}
        self._firsts = re.compile("|".join(_places(self._by_first))) if self._by_first else None

    def spans(self, text: str) -> Iterator[Span]:
        """What stands in a text, the longest at each place."""
        end = 0
        for found in self._firsts.finditer(text) if self._firsts else ():
            at, first = found.start(), found[0]
            if at < end:
                continue
            pattern = self._made.get(first)
            if pattern is None:
                pattern = self._made[first] = re.compile("|".join(f"({pattern})" for *_, pattern in self._by_first[first]))
            if m := pattern.match(text, at):
                end = m.end()
                yield at, end, self._by_first[first][(m.lastindex or 1) - 1][0]


def _places(firsts: Collection[str]) -> Iterator[str]:
    """Where an original may begin: a figure or a Latin letter only at the beginning of its run."""
    for run in (DIGIT, "[A-Za-z]"):
        if some := [ch for ch in firsts if re.match(run, ch)]:
            yield f"[{''.join(some)}](?<!{run}{run})"
    if some := [re.escape(ch) for ch in firsts if not re.match(f"{DIGIT}|[A-Za-z]", ch)]:
        yield f"[{''.join(some)}]"


def _numbered(forms: Iterator[tuple[str, int, str, str]]) -> Iterator[Form]:
    seen: set[str] = set()
    for kind, number, word, pattern in forms:
        if word.strip() and word not in seen and len(word.strip()) > 1:
            seen.add(word)
            base = form(kind, f"[{kind}{number}]", word)
            yield (*base[:3], pattern or base[3])


def _own(c: ClientPicture, lang: Lang) -> Iterator[tuple[str, int, str, str]]:
    """Kind, number, original, and the expression of all its spellings where it has more than one."""
    yield "N", 1, c.name, _spaced(c.name)
    yield "N", 2, c.manager_name or "", ""
    for n, one in enumerate((lang, *LANGS), 1):
        if (called := call_name(c.name, c.gender, one)) != c.name:
            yield "T", n, called, ""
    yield from _called(c.name)
    yield "P", 1, c.phone or "", _grouped(c.phone or "")
    yield "D", 1, c.client_no, _grouped(c.client_no)
    yield "D", 2, c.manager or "", ""
    if c.employer and c.employer not in PLAIN_EMPLOYERS:
        yield "E", 1, c.employer, ""
        short = _LEGAL.sub("", c.employer)
        if len(short) > (3 if not short.isascii() else 5):
            yield "E", 2, short, ""
    yield "C", 1, c.community or "", ""


def _spaced(name: str) -> str:
    """A Chinese name also with spaces or unseen characters inside."""
    return "" if name.isascii() or len(name) > 5 else _GAP.join(map(re.escape, name))


def _grouped(number: str) -> str:
    """A long number also in groups: 138 1234 5678, 138-1234-5678."""
    digits = [ch for ch in number if ch.isascii() and ch.isdigit()]
    if len(digits) < 8 or len(digits) < len(number.replace("-", "").replace(" ", "").replace("+", "")):
        return ""
    grouped = rf"{digits[0]}(?<!{DIGIT}{digits[0]})" + "".join(f"{SEP}?{d}" for d in digits[1:]) + rf"(?!{SEP}?{DIGIT})"
    return f"{grouped}|{form('P', '', number)[3]}"


def _called(name: str) -> Iterator[tuple[str, int, str, str]]:
    """The ways in which a person is called."""
    family = surname(name)
    given = name[len(family) :].strip()
    if name.isascii():
        yield "N", 3, f"{given} {family}", ""
        yield "N", 4, given, "" if len(given) > 2 and given not in LATIN_WORDS else "(?!)"
        yield "N", 5, family, "" if len(family) > 2 and family not in LATIN_WORDS else "(?!)"
        yield from _mr(10, family, given)
        yield from (("T", 30 + n, family + title, UNSOUGHT) for n, title in enumerate(SURE_TITLES))
        return
    if len(given) > 1 and given not in GIVEN_WORDS:
        yield "N", 3, given, ""
    titles = [t for t in (*SURE_TITLES, *SHORT_TITLES) if family + t not in EVERYDAY and family + t not in _NO_TITLE]
    sought = trie(titles).replace("总", f"总{AFTER_TOTAL}")
    longest = max(titles, key=len)
    for title in titles:
        number = 10 + (*SURE_TITLES, *SHORT_TITLES).index(title)
        yield "T", number, family + title, f"{_left(family)}{sought}" if title == longest else UNSOUGHT
    follows = "".join(sorted({word[1] for word in EVERYDAY if word[0] == family and len(word) > 1}))
    for n, before in enumerate(_CALLED_BEFORE):
        if before + family not in ("小区", "小时", "小车", "小单", "小米", "小路", "小康", "小计", "小曲", "老路", "小明", "小金", "小安"):
            yield "T", 80 + n, before + family, f"{before}{family}" + (f"(?![{follows}])" if follows else "")
    yield from _romanised(name, family)


def _left(family: str) -> str:
    """A surname before a title, where it does not end another word: 现金总额, 完成总量."""
    bad = BEFORE.get(family, "")
    return family + (f"(?<![{bad}]{family})" if bad else "")


def _mr(number: int, last: str, first: str) -> Iterator[tuple[str, int, str, str]]:
    """Mr Wang, Ms. Wang, Mrs Wang Wei."""
    both = f"(?: {re.escape(first)})?" if first else ""
    for n, title in enumerate(_MR):
        head = {"Mr": "M(?<![A-Za-z]M)(?:rs?|s|iss|adam)", "Dr": "D(?<![A-Za-z]D)r"}.get(title)
        yield "T", number + n, f"{title} {last}", rf"{head}\.? ?{re.escape(last)}{both}(?![A-Za-z])" if head else UNSOUGHT


def _romanised(name: str, family: str) -> Iterator[tuple[str, int, str, str]]:
    """The name in Latin letters, in both orders, with or without a space between syllables, and after Mr and Ms."""
    from pypinyin import Style, lazy_pinyin  # 0.3 s: only where something is asked of a model

    syllables = lazy_pinyin(name, style=Style.NORMAL)
    lasts = SURNAMES.get(family) or ("".join(syllables[: len(family)]),)
    given = syllables[len(family) :]
    for n, reading in enumerate(lasts):
        last, first = reading.capitalize(), "".join(given).capitalize()
        if given:
            parts = "[ '’-]?".join(given)
            for k, (a, b) in enumerate(((reading, parts), (parts, reading))):
                yield "N", 6 + 2 * n + k, (f"{last} {first}", f"{first} {last}")[k], _latin(a, b)
        yield from _mr(90 + 10 * n, last, first)


def _latin(a: str, b: str) -> str:
    """Two parts of a name in capitals of any kind; in small letters, or run together, only where it is too long to be another word."""
    letters = sum(ch.isalpha() for ch in re.sub(r"\[.*?\]\?", "", a + b))

    def capital(part: str) -> str:
        """Its first letter a capital, the first of each further syllable of either kind."""
        pieces = re.split(r"(\[.*?\]\?)", part)
        heads = (pieces[0][0].upper(), *(f"[{piece[0].upper()}{piece[0]}]" for piece in pieces[1:]))
        return "".join(piece if piece.startswith("[") else f"{head}(?i:{piece[1:]})" for head, piece in zip(heads, pieces, strict=True))

    between = "[ ,]{0,2}" if letters > 6 else "[ ,]{1,2}"
    shapes = [f"{a[0].upper()}(?<![A-Za-z]{a[0].upper()}){capital(a)[1:]}{between}{capital(b)}(?![A-Za-z])"]
    if letters > 6:
        shapes.append(f"{a[0]}(?<![A-Za-z]{a[0]}){a[1:]}{between}{b}(?![A-Za-z])")
    return "|".join(shapes)
