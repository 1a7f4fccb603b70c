"""Who a text is about, taken out before it leaves the process and put back after.

A placeholder is a letter and a number in square brackets: ``[N1]`` a name, ``[T1]`` a form of address,
``[P1]`` a phone, ``[D1]`` a number of a client, account, card or document, ``[E1]`` an employer or
counterparty, ``[C1]`` a community or address, ``[M1]`` a mail address or chat id.

The same original has the same placeholder in every text and on every day, whatever was hidden before. The
client's own name, ways of being called, phone and numbers have fixed numbers below 1000. Everything else (staff,
counterparties, people close, what only a text shows) has a number of four figures that is a hash of the original,
keyed by the client's number and name, so that a server can neither guess it back nor follow a person from one
client to another. What the record holds is numbered first, in the order of the alphabet; where two hashes meet, the
later one takes its next hash. Only two originals that no record holds can so change places (one chance in 9,000
for a pair), and then the answer is still put back rightly.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect
from collections.abc import Callable, Collection, Iterable
from hashlib import blake2b

from coach.assistant.masking_forms import Form, Known, form, free_texts, others, own
from coach.assistant.masking_names import names, names_in_record, windows
from coach.assistant.masking_numbers import Span, narrow, numbers
from coach.domain.client import ClientPicture
from coach.domain.words import Lang

KnownNames = Callable[[Collection[str]], Collection[str]]
"""Which of these are names of the branch's clients."""

_PLACEHOLDER = re.compile(r"\\?[\[【［〔]\s*([NTPDECMntpdecmＮＴＰＤＥＣＭ])\s*[-_]?\s*(\d{1,4})\s*\\?[\]】］〕]")


class Mask:
    """What is hidden for one client (or for a question about none), and the way back."""

    def __init__(
        self,
        forms: Iterable[Form] = (),
        *,
        key: str = "",
        keep: Collection[str] = (),
        known_names: KnownNames | None = None,
        off: bool = False,
    ) -> None:
        """``forms``: what is known from the start; ``keep``: names of products and banks, in which an employer or place is not hidden."""
        self._known_names, self._off = known_names, off
        self._key = blake2b(key.encode()).digest()
        self._to: dict[str, str] = {}
        self._back: dict[str, str] = {}
        self._late: set[str] = set()
        """Names that only a text has shown: looked for in every text from then on."""
        self._asked: set[str] = set()
        ordered = sorted(forms, key=lambda f: (not f[1], f[2]))  # fixed numbers first, the rest in the order of the alphabet
        for kind, placeholder, word, _ in ordered:
            if word not in self._to:
                self._keep(word, placeholder) if placeholder else self._learn(kind, word)
        self._known = Known(ordered)
        self._readable = tuple(keep)

    @classmethod
    def of(cls, client: ClientPicture, lang: Lang, *, staff: Collection[str] = (), known_names: KnownNames | None = None) -> Mask:
        """The mask of a client. ``staff``: names and numbers of the branch's people."""
        forms = [*own(client, lang), *others(client, staff)]
        for text in free_texts(client):
            forms += [form("N", "", word) for word in names_in_record(text) if len(word) > 1]
            forms += [form(kind, "", text[start:end]) for start, end, kind in numbers(text) if kind == "M"]
        products = {h.product for h in client.holdings} | {m.counterparty_bank for m in client.movements}
        keep = sorted(filter(None, products))
        return cls(forms, key=f"{client.client_no}|{client.name}", keep=keep, known_names=known_names)

    @classmethod
    def general(cls, *, staff: Collection[str] = (), known_names: KnownNames | None = None) -> Mask:
        """A question about no client: numbers, addresses, and names that the branch knows or a cue shows."""
        forms = [form("D" if any(ch.isdigit() for ch in word) else "N", "", word) for word in sorted(set(staff)) if len(word.strip()) > 1]
        return cls(forms, key="|".join(sorted(staff)), known_names=known_names)

    @classmethod
    def off(cls) -> Mask:
        """Changes nothing: for an address that the branch trusts."""
        return cls(off=True)

    def hide(self, text: str) -> str:
        """The text with a placeholder for everything that tells who it is about."""
        if self._off or not text:
            return text
        out, at = [], 0
        for start, end, kind in self._spans(text):
            out += [text[at:start], self._learn(kind, text[start:end])]
            at = end
        return "".join([*out, text[at:]])

    def show(self, text: str) -> str:
        """The text with the originals put back, also where a model has spoilt a placeholder's spaces or brackets."""
        return text if self._off else _PLACEHOLDER.sub(lambda m: self._back.get(_plain(m), m[0]), text)

    def strangers(self, text: str) -> list[str]:
        """Placeholders in a text that were never given."""
        return [found for m in _PLACEHOLDER.finditer(text) if (found := _plain(m)) not in self._back]

    def _keep(self, original: str, placeholder: str) -> None:
        self._to[original], self._back[placeholder] = placeholder, original

    def _learn(self, kind: str, original: str) -> str:
        """The placeholder of an original; one that is new gets the number of its hash."""
        if original not in self._to:
            for salt in range(1000):
                digest = blake2b(f"{salt}{original}".encode("utf-8", "surrogatepass"), digest_size=4, key=self._key).digest()
                placeholder = f"[{kind}{int.from_bytes(digest, 'big') % 9000 + 1000}]"
                if placeholder not in self._back:
                    break
            self._keep(original, placeholder)
        return self._to[original]

    def _spans(self, text: str) -> list[Span]:
        """What is to be hidden, in order; where two overlap they are hidden as one."""
        text = narrow(text)
        found = [*self._known.spans(text), *numbers(text), *((m.start(), m.end(), "D") for m in _PLACEHOLDER.finditer(text))]
        shown = list(names(text))
        self._late |= {text[start:end] for start, end, kind in shown if kind == "N"} | self._clients_in(text)
        found += shown
        for word in self._late:
            at = text.find(word)
            while at >= 0:
                found.append((at, at + len(word), "N"))
                at = text.find(word, at + 1)
        if found and self._readable:
            found = self._without_readable(text, found)
        merged: list[Span] = []
        for start, end, kind in sorted(found, key=lambda s: (s[0], -s[1])):
            if merged and start < merged[-1][1]:
                merged[-1] = (merged[-1][0], max(end, merged[-1][1]), merged[-1][2])
            else:
                merged.append((start, end, kind))
        return merged

    def _without_readable(self, text: str, found: list[Span]) -> list[Span]:
        """Without an employer, company or place within a product's or a bank's name."""
        if not any(kind in "EC" for _, _, kind in found):
            return found
        whole = sorted({(m.start(), m.end()) for word in self._readable if word in text for m in re.finditer(re.escape(word), text)})

        def within(span: Span) -> bool:
            at = bisect(whole, (span[0], len(text) + 1))
            return any(start <= span[0] and span[1] <= end for start, end in whole[max(0, at - 3) : at])

        return [span for span in found if span[2] not in "EC" or not within(span)]

    def _clients_in(self, text: str) -> set[str]:
        """Names of other clients that stand in a text."""
        if self._known_names is None:
            return set()
        fresh = windows(text) - self._asked - self._to.keys()
        self._asked |= fresh
        return set(self._known_names(sorted(fresh))) if fresh else set()


def _plain(m: re.Match[str]) -> str:
    return f"[{unicodedata.normalize('NFKC', m[1]).upper()}{int(m[2])}]"


MaskOf = Callable[[ClientPicture | None, Lang], Mask]
"""Gives the mask for a client, or for a question about none."""
