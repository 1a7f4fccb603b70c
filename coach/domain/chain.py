"""The coaching log's chain: each entry carries the SHA-256 of its canonical JSON, the hash of the one before it included.

Canonical JSON is RFC 8785 (sorted keys, no spaces, UTF-8, one spelling for every number), so that another
program can work the hashes out again. Whoever changes, removes, puts in or moves an entry has to make every
later hash anew, and then they no longer fit an anchor that was written down outside the database.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from hashlib import sha256
from json.encoder import encode_basestring
from typing import Any

import rfc8785

from coach.domain.words import Lang

GENESIS = "0" * 64
"""What stands before the first entry."""


class Kind(StrEnum):
    """What an entry tells of."""

    SUGGESTION_SHOWN = "suggestion_shown"
    SUGGESTION_USED = "suggestion_used"
    CONTACT = "contact"
    PRACTICE = "practice"
    STAGE_CHANGE = "stage_change"
    TIER_CHANGE = "tier_change"
    REVIEW = "review"
    ALLOCATION = "allocation"
    CORRECTION = "correction"


_NAMES = {
    Kind.SUGGESTION_SHOWN: ("给出建议", "suggestion shown"), Kind.SUGGESTION_USED: ("建议的使用", "suggestion used"),
    Kind.CONTACT: ("接触", "contact"), Kind.PRACTICE: ("演练", "practice"), Kind.STAGE_CHANGE: ("手工改阶段", "stage changed by hand"),
    Kind.TIER_CHANGE: ("手工改分层", "tier changed by hand"), Kind.REVIEW: ("点评", "review"), Kind.CORRECTION: ("更正", "correction"),
    Kind.ALLOCATION: ("分户", "clients shared out"),
}  # fmt: skip


def kind_name(kind: str, lang: Lang) -> str:
    """What a person reads for a kind; the word itself where none is known."""
    names = _NAMES.get(kind)  # type: ignore[call-overload]
    return str(kind) if names is None else str(names[0 if lang == "zh" else 1])


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry as it is kept, in the order of the table's columns."""

    entry_no: int
    """1, 2, 3 … without a gap."""
    at: str
    """The branch's clock, ``2026-11-24T09:30:00``."""
    kind: str
    staff_no: str | None
    """Who did it."""
    client_no: str | None
    subject: str | None
    """The number of the suggestion, contact or attempt."""
    body: str
    """A canonical JSON object."""
    prev_hash: str
    hash: str

    def as_json(self) -> dict[str, Any]:
        """All of it, the body as an object (as it stands where it is no JSON any more)."""
        return {**asdict(self), "body": self.content}

    def line(self) -> str:
        """All of it as one line of canonical JSON, the hash included, without the line's end. Where columns hold what was
        never written, the line says ``unreadable``."""
        try:
            if isinstance(json.loads(self.body), dict) and "\n" not in self.body and "\r" not in self.body:
                return _json(asdict(self))
        except (ValueError, TypeError, RecursionError):
            pass
        return json.dumps({"entry_no": self.entry_no, "unreadable": repr(tuple(asdict(self).values())[1:])})

    @property
    def content(self) -> Any:
        """The body read; the bare text where it is no JSON any more."""
        try:
            return json.loads(self.body)
        except (ValueError, TypeError):
            return self.body if isinstance(self.body, str) else repr(self.body)


def canonical(value: Any) -> str:
    """RFC 8785 JSON. Raises ``ValueError`` for what JSON cannot hold exactly (NaN, integers beyond 2**53, lone surrogates)."""
    try:
        return rfc8785.dumps(value).decode("utf-8")
    except (rfc8785.CanonicalizationError, UnicodeError) as error:
        raise ValueError(str(error)) from None


def digest_of(value: Any) -> str:
    """SHA-256 of a value's canonical JSON, hex: what the log keeps of a record that stands elsewhere."""
    return sha256(canonical(value).encode()).hexdigest()


def hash_of(
    entry_no: int, at: str, kind: str, staff_no: str | None, client_no: str | None, subject: str | None, body: str, prev_hash: str
) -> str:
    """The hash of an entry: over the canonical JSON object of all these, the body as the object that it is.

    The body is put in as the text that is kept, so a single space in it counts too.
    """
    parts = (
        '{"at":', _text(at), ',"body":', body, ',"client_no":', _text(client_no), ',"entry_no":', f"{entry_no:d}", ',"kind":', _text(kind),
        ',"prev_hash":', _text(prev_hash), ',"staff_no":', _text(staff_no), ',"subject":', _text(subject), "}",
    )  # fmt: skip
    return sha256("".join(parts).encode()).hexdigest()


def _json(values: Mapping[str, Any]) -> str:
    """The columns as a canonical object; the body is put in as the text that it is."""
    said = {name: value if name == "body" else f"{value:d}" if name == "entry_no" else _text(value) for name, value in values.items()}
    return "{" + ",".join(f'"{name}":{said[name]}' for name in sorted(said)) + "}"


def _text(value: str | None) -> str:
    return "null" if value is None else encode_basestring(value)  # type: ignore[no-any-return]


def next_entry(
    entries: int, last: str, *, at: str, kind: str, staff_no: str | None, client_no: str | None, subject: str | None,
    body: Mapping[str, Any],
) -> Entry:  # fmt: skip
    """The entry that comes after ``entries`` others, the last of which has the hash ``last``."""
    text = canonical(dict(body))
    made = hash_of(entries + 1, at, kind, staff_no, client_no, subject, text, last)
    return Entry(entries + 1, at, kind, staff_no, client_no, subject, text, last, made)


class Why(StrEnum):
    """How it shows that an entry is not what was written."""

    MISSING = "missing"
    CHANGED = "changed"
    LINK = "link"
    ANCHOR = "anchor"
    CUT = "cut"
    EXTRA = "extra"


WHY = {
    Why.MISSING: ("这一条不在了", "this entry is gone"),
    Why.CHANGED: ("内容与它的哈希不符", "its content does not fit its hash"),
    Why.LINK: (
        "与前一条接不上：这里插入、删去或换过条目",
        "it does not follow on the one before it: an entry was put in, taken out or swapped",
    ),
    Why.ANCHOR: ("与库外的锚不符：到这一条为止重写过", "it does not fit the anchor kept outside: the log was rewritten up to here"),
    Why.CUT: ("从这一条起末尾被截掉", "the tail was cut off from this entry on"),
    Why.EXTRA: ("这一条不是由 Coach 写入的", "this entry was not written by Coach"),
}
"""Why → (Chinese, English)."""


@dataclass(slots=True)
class Walk:
    """Goes through the entries in order and stops at the first that is broken."""

    anchors: Mapping[int, str] = field(default_factory=dict)
    """Number of an entry → its hash, as kept outside the database."""
    entries: int = 0
    """How many were found good."""
    last: str = GENESIS
    broken: tuple[int, Why] | None = None

    def take(self, row: tuple[Any, ...]) -> bool:
        """The next row, columns as in :class:`Entry`. Returns whether all is well so far."""
        expected = self.entries + 1
        if row[0] < expected:  # numbers are unique, so this stands before the first one
            self.broken = (row[0], Why.EXTRA)
            return False
        why = self._fault(row, expected)
        if why is not None:
            self.broken = (expected, why)
            return False
        self.entries, self.last = expected, row[8]
        return True

    def _fault(self, row: tuple[Any, ...], expected: int) -> Why | None:
        entry_no, *_, body, prev_hash, kept = row
        if entry_no != expected:
            return Why.MISSING
        try:
            good = hash_of(*row[:8]) == kept and isinstance(json.loads(body), dict) and body[0] == "{" and body[-1] == "}"
        except (TypeError, ValueError, RecursionError):  # a column is no text any more, or the body no JSON
            good = False
        if not good:
            return Why.CHANGED
        if prev_hash != self.last:
            return Why.LINK
        return Why.ANCHOR if self.anchors.get(expected, kept) != kept else None

    def end(self, head_entries: int, head_hash: str) -> None:
        """The end of the log, held against what the head says it is and against anchors that lie further on."""
        if self.broken is not None:
            return
        furthest = max(self.anchors, default=0)
        if max(head_entries, furthest) > self.entries:
            self.broken = (self.entries + 1, Why.CUT)
        elif head_entries < self.entries:
            self.broken = (head_entries + 1, Why.EXTRA)
        elif head_hash != self.last:
            self.broken = (max(self.entries, 1), Why.LINK)


def read_anchors(lines: Iterator[str]) -> dict[int, str]:
    """Anchors from JSON lines: ``{"count", "hash", …}``, or the entries of an export, each of which is one.

    Raises ``ValueError`` with the line's number where a line is neither.
    """
    found: dict[int, str] = {}
    for n, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            told = json.loads(line)
            count, value = told.get("count", told.get("entry_no")), told["hash"]
        except (ValueError, AttributeError, KeyError):
            raise ValueError(str(n)) from None
        if type(count) is not int or count < 0 or not isinstance(value, str):
            raise ValueError(str(n))
        if count:
            found.setdefault(count, value)
            if found[count] != value:  # two anchors that contradict each other: neither fits both
                found[count] = ""
    return found
