"""Whether what a model wrote may be shown: sentence by sentence, in code, before anybody reads it.

A sentence stays when it cites passages that were given, when every figure, date and form of address in
it stands in the client's records or in what it cites, when the cited passages support it, when no rule
blocks it and when it is in the language asked for. Everything else is a flaw with its reason.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal, Protocol

from coach.assistant.deeds import unborne
from coach.domain.compliance import Caution
from coach.domain.quantities import unfounded
from coach.domain.surnames import FAMILY_NAME
from coach.domain.words import Lang, pick

FlawKind = Literal["cites", "placeholder", "link", "language", "figure", "name", "rule", "deed", "support"]

_SENTENCE = {
    "zh": re.compile(r"[^。！？!?；;\n]+[。！？!?；;]*[」”』）)]*"),
    "en": re.compile(r"[^.!?\n]+(?:\.(?=\S)[^.!?\n]*)*[.!?]*[”\")]*\s*"),
}
_HAN = re.compile(r"[\u3400-\u9fff]")
_LETTER = re.compile(r"[A-Za-z]")
_UNSEEN = re.compile(r"\x1b\[[0-9;]*[A-Za-z]|[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]")
_MARKUP = re.compile(
    r"\*\*|__|`+|^#+\s*|<[^<>\n]{1,80}>|^\s*(?:[-*•·]|\d+[.、)])\s+|^\s*(?:【[\u3400-\u9fff]{1,6}】|\[[a-z ]{3,20}\](?!\())\s*",
    re.MULTILINE,
)
_LINK = re.compile(r"https?://|www\.|!?\[[^\]]*\]\([^)]*\)|[\w.+-]+@[\w-]+\.\w|\b[\w-]+\.(?:com|cn|net|org|top|xyz|io)\b", re.IGNORECASE)
_INNARDS = re.compile(
    r"系统提示|提示词|(?:我的|全部)指令|【(?:段落|事实|记录|前文|原文)】|"
    r"system prompt|\bmy instructions|\bprompt\b|\[(?:passages|facts|records)\]",
    re.IGNORECASE,
)
"""What only the assistant's own set-up is called: nothing of it is said to a client or a colleague."""
_TITLES = "先生|女士|小姐|阿姨|叔叔|大爷|大妈|奶奶|爷爷|伯伯|大哥|大姐|老师|老板|主任|行长|医生|律师"
_CALLED_ZH = re.compile(rf"{FAMILY_NAME}(?:{_TITLES})")
_CALLED_EN = re.compile(r"\b(?:Mr|Mrs|Ms|Miss|Dr)\.? [A-Z][a-z]+")
_PLACEHOLDER = re.compile(r"[\[【]\s*[A-Za-z]\s*\d+\s*[\]】]|\{[a-z_]{2,}\}")
_SHORT = {"zh": 6, "en": 14}
"""A sentence of a message up to so many letters, with no figure, is a greeting: nothing in it needs support."""


class Supports(Protocol):
    """What tells whether passages support a claim: :class:`coach.assistant.support.Support`."""

    def holds(self, claim: str, passages: Sequence[str], lang: Lang, facts: Collection[str] = ()) -> bool: ...


@dataclass(frozen=True, slots=True)
class Flaw:
    """A sentence that may not be shown, and why, in words that its writer can act on."""

    text: str
    kind: FlawKind
    said: str


@dataclass(frozen=True, slots=True)
class Checked:
    """What is left of a text after its flawed sentences are taken out; empty where none is left."""

    text: str
    cites: tuple[str, ...]
    flaws: tuple[Flaw, ...] = ()


def reasons(flaws: Iterable[Flaw]) -> str:
    """Flaws as their writer is told of them, one a line."""
    return "\n".join(f"- {f.text.strip()} → {f.said}" for f in flaws)


def clean(text: str) -> str:
    """Without control characters, markup and list marks: a model's text is data, never formatting."""
    return _MARKUP.sub("", _UNSEEN.sub("", text)).strip()


def sentences(text: str, lang: Lang) -> list[str]:
    """The sentences, each with its closing marks; joined they are the text."""
    return [s for s in _SENTENCE[lang].findall(text) if s.strip()]


@dataclass(frozen=True, slots=True)
class Verifier:
    """The checks of one case. All texts are the real ones: placeholders have been put back."""

    lang: Lang
    today: date
    given: Mapping[str, str]
    """Passage or record id → the text that the model was given."""
    known: Collection[str]
    """Further texts that a figure or name may stand in: facts, records, today's date."""
    support: Supports
    rules: Callable[[str, str], list[Caution]]
    """Text and channel → what the rules say of it."""
    courtesies: str = ""
    """What a message may say besides: greetings, thanks, an offer to call."""
    values: Collection[str] = ()
    """The client's own values, which count neither for nor against support."""
    told: Collection[str] = ()
    """What alone can bear out that something was done for this client: records, what the person typed, an approved sample."""
    quoted: Collection[str] = ()
    """What besides may be quoted in a claim, where somebody says what he has done: the playbook's own passages, no other document."""

    def claim(self, text: str, cites: Sequence[str]) -> Checked:
        """A point, a care idea or a sentence of an answer, with the passages that it cites."""
        real = tuple(dict.fromkeys(c for c in cites if c in self.given))
        if not real or len(real) < len(set(cites)):
            said = pick(self.lang, "没有标出所给段落的编号", "it does not cite the numbers of the passages given")
            return Checked("", (), (Flaw(clean(text), "cites", said),))
        sources = [self.given[c] for c in real]
        own = (*self.told, *self.quoted)
        return self._kept(
            text, real, sources, "visit", lambda s: self.support.holds(s, sources, self.lang, self.values),
            lambda s: self._undone(s, own, ours=True),
        )  # fmt: skip

    def message(self, text: str) -> Checked:
        """A message to the client or a task: any passage given may support it, and courtesy needs none.

        That something was done is borne out by :attr:`told` alone, never by a passage, however short it is said.
        """
        sources = [*self.given.values(), self.courtesies]

        def holds(sentence: str) -> bool:
            return self._is_greeting(sentence) or self.support.holds(sentence, sources, self.lang, self.values)

        return self._kept(text, (), sources, "message", holds, lambda s: self._undone(s, (*self.told, self.courtesies)))

    def _undone(self, sentence: str, told: Collection[str], *, ours: bool = False) -> Flaw | None:
        odd = unborne(sentence, told, self.lang, self.values, ours=ours)
        if not odd:
            return None
        said = pick(
            self.lang,
            f"没有记录说「{odd[0]}」，没办的事不能说办了",
            f"no record says “{odd[0]}”; tell nothing as done that is not recorded",
        )
        return Flaw(sentence, "deed", said)

    def _is_greeting(self, sentence: str) -> bool:
        bare = sentence
        for value in self.values:
            bare = bare.replace(value, "")
        return len(re.findall(r"\w", bare)) <= _SHORT[self.lang] and not re.search(r"\d", bare)

    def _kept(
        self, text: str, cites: tuple[str, ...], sources: list[str], channel: str, holds: Callable[[str], bool],
        also: Callable[[str], Flaw | None],
    ) -> Checked:  # fmt: skip
        kept: list[str] = []
        flaws: list[Flaw] = []
        parts = sentences(clean(text), self.lang)
        for sentence in parts:
            flaw = self._flaw(sentence, sources, channel) or also(sentence) or (None if holds(sentence) else self._unsupported(sentence))
            if flaw is None:
                kept.append(sentence)
            else:
                flaws.append(flaw)
        if kept and kept[0] != parts[0]:
            kept = []  # what is left of a thought without its beginning says little, or something else
        whole = _balanced("".join(kept).strip())
        if whole and (found := self._blocked(whole, channel)):
            return Checked("", (), (*flaws, found))
        return Checked(whole, cites if whole else (), tuple(flaws))

    def _unsupported(self, sentence: str) -> Flaw:
        return Flaw(sentence, "support", pick(self.lang, "所引段落没有这样说", "the cited passages do not say this"))

    def _flaw(self, s: str, sources: list[str], channel: str) -> Flaw | None:  # noqa: PLR0911
        every = [*sources, *self.known]
        if found := _PLACEHOLDER.search(s):
            said = pick(self.lang, f"出现了没有给过的代号{found[0]}", f"{found[0]} is no placeholder that was given")
            return Flaw(s, "placeholder", said)
        if (found := _LINK.search(s)) and not any(found[0] in source for source in every):
            return Flaw(s, "link", pick(self.lang, "不许写链接或邮箱", "no links and no mail addresses"))
        if _INNARDS.search(s):
            said = pick(self.lang, "不谈助手自己的设置", "nothing of the assistant's own set-up is told")
            return Flaw(s, "rule", said)
        if not self._in_language(s):
            return Flaw(s, "language", pick(self.lang, "请用中文", "write in English"))
        if odd := unfounded(s, every, self.lang, self.today):
            said = pick(self.lang, f"「{odd[0]}」在事实和所引段落里没有", f"“{odd[0]}” stands in no fact and no cited passage")
            return Flaw(s, "figure", said)
        called = _CALLED_ZH.findall(s) + _CALLED_EN.findall(s)
        if odd := [name for name in called if not any(name in source for source in every)]:
            return Flaw(s, "name", pick(self.lang, f"「{odd[0]}」不是这位客户", f"“{odd[0]}” is not this client"))
        return self._blocked(s, channel)

    def _blocked(self, text: str, channel: str) -> Flaw | None:
        blocked = next((c for c in self.rules(text, channel) if c.severity == "block"), None)
        return Flaw(text, "rule", blocked.text) if blocked else None

    def _in_language(self, s: str) -> bool:
        """Mostly letters of the language asked for, the client's own values aside."""
        for value in self.values:
            s = s.replace(value, "")
        han, latin = len(_HAN.findall(s)), len(_LETTER.findall(s)) / 4
        return han == 0 if self.lang == "en" else han >= latin


def _balanced(text: str) -> str:
    """Without quotation marks whose other half went with a dropped sentence."""
    for left, right in ("「」", "“”", "（）"):
        if text.count(left) != text.count(right):
            text = text.replace(left, "").replace(right, "")
    return text
