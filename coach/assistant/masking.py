"""Who a text is about, taken out before it leaves the process and put back after.

A placeholder is a letter and a number in square brackets: ``[N1]`` a name, ``[T1]`` a form of address,
``[P1]`` a phone, ``[D1]`` a number of a client, account, card or document, ``[E1]`` an employer or
counterparty, ``[C1]`` a community, ``[M1]`` a mail address or chat id. Small numbers come from the
client's record in its own order; what only the text shows gets a number from its own hash. So the same
original has the same placeholder in every text and on every day, whatever was hidden before.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator
from hashlib import blake2b

from coach.domain.client import ClientPicture
from coach.domain.facts import call_name, surname
from coach.domain.surnames import COMMON, FAMILY_NAME, SURNAMES
from coach.domain.words import LANGS, Lang

KnownNames = Callable[[Collection[str]], Collection[str]]
"""Which of these are names of the branch's clients."""

_SURE_SURNAMES = f"[{''.join(sorted(COMMON - frozenset('来保都全安方时成明官任向单车应解和平常能查干和要')))}]"
_TITLES = (
    "先生", "女士", "小姐", "阿姨", "叔叔", "大爷", "大妈", "奶奶", "爷爷", "大哥", "大姐", "老板", "伯伯", "婶", "姨", "叔",
    "老师", "经理", "主任", "总", "哥", "姐", "嫂", "医生", "律师", "老",
)  # fmt: skip
_MR = ("Mr", "Ms", "Mrs", "Miss", "Dr", "Mr.", "Ms.", "Mrs.", "Dr.")
_SURE_TITLES = "先生|女士|小姐|阿姨|叔叔|大爷|大妈|奶奶|爷爷|大哥|大姐|老板"
_D = "[0-9０-９]"
_KIN = (
    "儿子|女儿|老公|老婆|丈夫|妻子|爱人|太太|孩子|孙子|孙女|母亲|父亲|妈妈|爸爸|哥哥|弟弟|姐姐|妹妹|朋友|同事|邻居|介绍人|联系人|联系|名叫|叫|姓名[:：]?|收款人"
)
_PATTERNS = (
    ("M", r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+"),
    ("M", r"(?<=微信号)[:：]?\s*[A-Za-z][\w-]{4,}|(?<=微信)[:：]?\s*[A-Za-z][\w-]{4,}"),
    ("D", rf"(?<!{_D}){_D}{{6}}(?:{_D}{{8}}|{_D}{{11}}){_D}{{0,3}}[{_D[1:-1]}Xx](?!{_D})"),
    ("D", rf"(?<!{_D})(?:{_D}{{4}}[ -]){{3,4}}{_D}{{1,4}}(?!{_D})"),
    ("P", rf"(?:\+?[8８][6６][ -]?)?(?<!{_D})[1１][3-9３-９]{_D}(?:[ -]?{_D}{{4}}){{2}}(?!{_D})"),
    ("P", rf"(?<!{_D})[0０]{_D}{{2,3}}[- ]?{_D}{{7,8}}(?!{_D})"),
    ("D", rf"(?<!{_D}){_D}{{9,19}}(?!{_D})"),
    ("T", rf"{FAMILY_NAME}(?:{_SURE_TITLES})"),
    ("N", rf"(?<=姓名：)[\u4e00-\u9fff]{{2,4}}|(?:(?<=儿子)|(?<=女儿)|(?<=名叫)|(?<=爱人)|(?<=老公)|(?<=老婆)|(?<=丈夫)|(?<=妻子)|(?<=孙子)"
          rf"|(?<=孙女)|(?<=联系人)){_SURE_SURNAMES}[\u4e00-\u9fff]{{1,2}}(?=[，。；、,.;（(\s\d]|$)"),
    ("T", r"\b(?:Mr|Mrs|Ms|Miss|Dr)\.? [A-Z][a-z]+(?: [A-Z][a-z]+)?"),
    ("D", r"[\[【［]\s*[NTPDECMntpdecm]\s*\d{1,3}\s*[\]】］]"),
)  # fmt: skip
_PATTERN = re.compile("|".join(f"(?P<k{i}>{pattern})" for i, (_, pattern) in enumerate(_PATTERNS)))
_PLACEHOLDER = re.compile(r"[\[【［]\s*([NTPDECMntpdecm])\s*[-_]?\s*(\d{1,3})\s*[\]】］]")
_KINSHIP = re.compile(
    rf"^(?:本人|自己|配偶|老伴|self|the client|son|daughter|wife|husband|mother|father|parents|spouse|child|{_KIN})$", re.IGNORECASE
)
_WINDOW = re.compile(rf"(?=({FAMILY_NAME}[\u4e00-\u9fff]{{1,2}}))|(?=\b([A-Z][a-z]+ [A-Z][a-z]+)\b)")


class Mask:
    """What is hidden for one client (or for a question about none), and the way back."""

    def __init__(
        self, originals: Iterable[tuple[str, str]] = (), *, known_names: KnownNames | None = None, off: bool = False
    ) -> None:
        self._known_names, self._off = known_names, off
        self._to: dict[str, str] = {}
        self._back: dict[str, str] = {}
        counts: dict[str, int] = {}
        for kind, word in originals:
            original = word.strip()
            if original and original not in self._to:
                counts[kind] = counts.get(kind, 0) + 1
                self._keep(original, f"[{kind}{counts[kind]}]")
        self._known: re.Pattern[str] | None = None
        self._compile()

    @classmethod
    def of(cls, client: ClientPicture, lang: Lang, *, staff: Collection[str] = (), known_names: KnownNames | None = None) -> Mask:
        """The mask of a client. ``staff``: names and numbers of the branch's people."""
        return cls(_originals(client, lang), known_names=known_names)._with(staff)

    @classmethod
    def general(cls, *, staff: Collection[str] = (), known_names: KnownNames | None = None) -> Mask:
        """A question about no client: numbers, addresses, and names that the branch knows."""
        return cls(known_names=known_names)._with(staff)

    @classmethod
    def off(cls) -> Mask:
        """Changes nothing: for an address that the branch trusts."""
        return cls(off=True)

    def hide(self, text: str) -> str:
        """The text with a placeholder for everything that tells who it is about."""
        if self._off or not text:
            return text
        self._look_for_names(text)
        text = _PATTERN.sub(self._by_pattern, text) if self._known is None else self._both(text)
        return text

    def show(self, text: str) -> str:
        """The text with the originals put back, also where a model has spoilt a placeholder's spaces or brackets."""
        if self._off:
            return text
        return _PLACEHOLDER.sub(lambda m: self._back.get(f"[{m[1].upper()}{int(m[2])}]", m[0]), text)

    def strangers(self, text: str) -> list[str]:
        """Placeholders in a text that were never given."""
        found = (f"[{m[1].upper()}{int(m[2])}]" for m in _PLACEHOLDER.finditer(text))
        return [placeholder for placeholder in found if placeholder not in self._back]

    # keeping

    def _with(self, staff: Collection[str]) -> Mask:
        for word in staff:
            if len(word) > 1:
                self._learn("D" if any(c.isdigit() for c in word) else "N", word)
        self._compile()
        return self

    def _keep(self, original: str, placeholder: str) -> None:
        self._to[original], self._back[placeholder] = placeholder, original

    def _learn(self, kind: str, original: str) -> str:
        """The placeholder of an original that the record does not list: its number is its hash."""
        if original not in self._to:
            number = int.from_bytes(blake2b(original.encode(), digest_size=4).digest(), "big") % 900 + 100
            while f"[{kind}{number}]" in self._back:
                number = number % 999 + 1
            self._keep(original, f"[{kind}{number}]")
        return self._to[original]

    def _compile(self) -> None:
        words = sorted(self._to, key=len, reverse=True)
        self._known = re.compile("|".join(_bounded(word) for word in words)) if words else None

    def _both(self, text: str) -> str:
        """Known originals first; patterns in what lies between, so that no placeholder is hidden again."""
        assert self._known is not None
        out, at = [], 0
        for m in self._known.finditer(text):
            out += [_PATTERN.sub(self._by_pattern, text[at : m.start()]), self._to[m[0]]]
            at = m.end()
        return "".join([*out, _PATTERN.sub(self._by_pattern, text[at:])])

    def _by_pattern(self, m: re.Match[str]) -> str:
        return self._learn(_PATTERNS[int(m.lastgroup[1:])][0], m[0])  # type: ignore[index]

    def _look_for_names(self, text: str) -> None:
        if self._known_names is None:
            return
        windows = {name for m in _WINDOW.finditer(text) for name in ([m[2]] if m[2] else [m[1], m[1][:-1]]) if len(name) > 1}
        candidates = sorted(windows - self._to.keys())
        found = sorted(self._known_names(candidates)) if candidates else []
        for name in found:
            self._learn("N", name)
        if found:
            self._compile()


def _bounded(word: str) -> str:
    """A number or Latin word only as a whole: client 1001 is not part of 21001 yuan."""
    quoted = re.escape(word)
    left = r"(?<![A-Za-z0-9])" if word[0].isascii() and word[0].isalnum() else ""
    right = r"(?![A-Za-z0-9])" if word[-1].isascii() and word[-1].isalnum() else ""
    return f"{left}{quoted}{right}"


def _originals(c: ClientPicture, lang: Lang) -> Iterator[tuple[str, str]]:
    """What tells who the client is, in the order of the record: kind and original."""
    yield "N", c.name
    for one in (lang, *LANGS):
        yield "T", call_name(c.name, c.gender, one)
    yield from _called(c.name)
    yield from (("P", c.phone or ""), ("D", c.client_no), ("N", c.manager_name or ""), ("N", c.previous_manager or ""))
    yield from (("D", c.manager or ""), ("E", c.employer or ""), ("C", c.community or ""))
    yield from (("E", m.counterparty) for m in c.movements if m.counterparty and len(m.counterparty) > 1)
    yield from (("D", h.holding_no) for h in c.holdings)
    yield from (("D", t.contact_no) for t in c.contacts)
    yield from (("N", k.who) for k in c.key_dates if k.who and len(k.who) > 1 and not _KINSHIP.match(k.who))


def _called(name: str) -> Iterator[tuple[str, str]]:
    """The ways in which a person is called."""
    family = surname(name)
    if family.isascii():
        yield from (("T", f"{title} {family}") for title in _MR)
        yield from (("N", word) for word in name.split() if len(word) > 2)
        return
    yield from (("T", family + title) for title in _TITLES)
    yield from (("T", before + family) for before in ("老", "小"))
    if len(name) > len(family) + 1:
        yield "N", name[len(family) :]
    yield from _romanised(name, family)


def _romanised(name: str, family: str) -> Iterator[tuple[str, str]]:
    """The name in Latin letters, in both orders, and after Mr and Ms."""
    from pypinyin import Style, lazy_pinyin  # 0.3 s: only where something is asked of a model

    letters = lazy_pinyin(name, style=Style.NORMAL)
    last = SURNAMES[family][0].capitalize() if family in SURNAMES else "".join(letters[: len(family)]).capitalize()
    first = "".join(letters[len(family) :]).capitalize()
    if first:
        yield "N", f"{last} {first}"
        yield "N", f"{first} {last}"
    yield from (("T", f"{title} {last}") for title in _MR)


MaskOf = Callable[[ClientPicture | None, Lang], Mask]
"""Gives the mask for a client, or for a question about none."""
