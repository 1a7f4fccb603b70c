"""The chain by itself: canonical JSON, hashes, what a walk finds; and the difference of two texts."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from hashlib import sha256
from itertools import pairwise

import pytest
import rfc8785
from hypothesis import given, settings
from hypothesis import strategies as st

from coach.domain.chain import GENESIS, Entry, Kind, Walk, Why, canonical, digest_of, kind_name, next_entry, read_anchors
from coach.domain.difference import difference, marked

WORDS = st.text(max_size=12) | st.sampled_from(["", "客户", '"', "\\", "\x00", "\u2028", "\U0001f600", "é", "a\nb"])
TEXT = WORDS.filter(lambda t: not any(0xD800 <= ord(c) < 0xE000 for c in t))
NUMBERS = st.integers(-(2**53) + 1, 2**53 - 1) | st.floats(-(2.0**52), 2.0**52)
VALUES = st.recursive(
    st.none() | st.booleans() | NUMBERS | TEXT, lambda v: st.lists(v, max_size=3) | st.dictionaries(TEXT, v, max_size=3), max_leaves=8
)
BODY = st.dictionaries(TEXT, VALUES, max_size=4)
OPTIONAL = st.none() | TEXT
PARTS = st.fixed_dictionaries(
    {"kind": st.sampled_from(list(Kind)).map(str), "staff_no": OPTIONAL, "client_no": OPTIONAL, "subject": OPTIONAL, "body": BODY}
)
AT = "2026-11-24T09:30:00"


def chain(parts: list[dict]) -> list[Entry]:
    made: list[Entry] = []
    for n, part in enumerate(parts):
        made.append(next_entry(n, made[-1].hash if made else GENESIS, at=AT, **part))
    return made


def row(entry: Entry) -> tuple:
    return tuple(asdict(entry).values())


def walked(entries: list[Entry], anchors: dict[int, str] | None = None, head: tuple[int, str] | None = None) -> tuple[int, Why] | None:
    walk = Walk(anchors or {})
    for entry in entries:
        if not walk.take(row(entry)):
            break
    walk.end(*(head or (len(entries), entries[-1].hash if entries else GENESIS)))
    return walk.broken


@settings(max_examples=60)
@given(st.lists(PARTS, max_size=3))
def test_a_hash_is_over_the_canonical_json_of_everything_else(parts: list[dict]) -> None:
    made = chain(parts)
    for entry in made:
        whole = {**asdict(entry), "body": json.loads(entry.body)}
        del whole["hash"]
        assert entry.hash == sha256(rfc8785.dumps(whole)).hexdigest()
        line = json.loads(entry.line())
        assert line.pop("hash") == entry.hash and line == whole and rfc8785.dumps(whole | {"hash": entry.hash}).decode() == entry.line()
    assert [e.entry_no for e in made] == list(range(1, len(made) + 1))
    assert all(b.prev_hash == a.hash for a, b in pairwise(made)) and walked(made) is None


@given(BODY)
def test_one_value_has_one_spelling(body: dict) -> None:
    again = json.loads(json.dumps(dict(reversed(list(body.items())))))
    assert canonical(again) == canonical(body) and digest_of(again) == digest_of(body)


@given(BODY, TEXT, OPTIONAL)
def test_what_moves_from_one_column_to_another_is_seen(body: dict, staff: str, subject: str | None) -> None:
    """An entry cut up otherwise never reads as the same canonical JSON."""
    (entry,) = chain([{"kind": "contact", "staff_no": staff, "client_no": subject, "subject": subject, "body": body}])
    assert (walked([replace(entry, staff_no=subject, client_no=staff)]) is None) == (staff == subject)
    assert walked([replace(entry, body=entry.body + " ")]) == (1, Why.CHANGED)
    trick = entry.body[:-1] + "}" * 2
    assert walked([replace(entry, body=trick)]) == (1, Why.CHANGED)


@pytest.mark.parametrize("value", [float("nan"), 2**60, "\ud800", {1: 2}])
def test_what_json_cannot_hold_is_refused(value: object) -> None:
    with pytest.raises(ValueError, match=r".+"):
        canonical({"x": value} if not isinstance(value, dict) else value)


SIX = [{"kind": "contact", "staff_no": "1001", "client_no": f"C{n}", "subject": None, "body": {"n": n}} for n in range(6)]


def rehashed(entries: list[Entry], start: int = 0) -> list[Entry]:
    """All hashes worked out anew from a place on, as one who knows how would."""
    out = entries[:start]
    for n, e in enumerate(entries[start:], start):
        part = {k: getattr(e, k) for k in ("kind", "staff_no", "client_no", "subject")}
        out.append(next_entry(n, out[-1].hash if out else GENESIS, at=e.at, body=json.loads(e.body), **part))
    return out


def test_what_a_walk_names() -> None:
    good = chain(SIX)
    head = (6, good[-1].hash)
    assert walked([*good[:2], replace(good[2], body='{"n":9}'), *good[3:]], head=head) == (3, Why.CHANGED)
    assert walked([*good[:2], *good[3:]], head=head) == (3, Why.MISSING)
    assert walked(good[1:], head=head) == (1, Why.MISSING)
    swapped = [*good[:2], replace(good[3], entry_no=3), replace(good[2], entry_no=4), *good[4:]]
    assert walked(swapped, head=head) == (3, Why.CHANGED)
    assert walked(good[:4], head=head) == (5, Why.CUT) and walked([], head=head) == (1, Why.CUT)
    one = rehashed([*good[:2], replace(good[2], body='{"n":9}')])[2]
    assert walked([*good[:2], one, *good[3:]], head=head) == (4, Why.LINK)
    put_in = [*good[:2], one, *(replace(e, entry_no=e.entry_no + 1) for e in good[2:])]
    assert walked(put_in, head=(7, good[-1].hash)) == (4, Why.CHANGED)
    assert walked([*good, next_entry(6, good[-1].hash, at=AT, **SIX[0])], head=head) == (7, Why.EXTRA)
    assert walked([replace(good[0], entry_no=0), *good], head=head) == (0, Why.EXTRA)
    assert walked(good, head=(6, GENESIS)) == (6, Why.LINK)


def test_a_log_written_anew_does_not_fit_an_anchor() -> None:
    good = chain(SIX)
    forged = rehashed([*good[:2], replace(good[2], body='{"n":9}'), *good[3:]])
    assert walked(forged) is None, "inside the database nothing shows"
    every = {e.entry_no: e.hash for e in good}
    assert walked(forged, every) == (3, Why.ANCHOR)
    assert walked(forged, {2: good[1].hash, 4: good[3].hash}) == (4, Why.ANCHOR)
    assert walked(forged, {2: good[1].hash}) is None, "an anchor vouches for what stands before it"
    assert walked(forged[:4], {6: good[5].hash}) == (5, Why.CUT) and walked(good, every) is None


def test_anchors_are_read_from_anchor_lines_and_exports() -> None:
    good = chain(SIX)
    lines = [json.dumps({"count": 2, "hash": good[1].hash, "at": AT}), "", canonical(good[3].as_json())]
    assert read_anchors(iter(lines)) == {2: good[1].hash, 4: good[3].hash}
    assert read_anchors(iter(['{"count":0,"hash":"x"}'])) == {}
    against = read_anchors(iter([lines[0], json.dumps({"count": 2, "hash": "0" * 64})]))
    assert walked(good, against) == (2, Why.ANCHOR), "anchors that contradict each other fit nothing"
    for bad in ("x", "[]", "{}", '{"count":"2","hash":"x"}', '{"count":true,"hash":"x"}', '{"count":2}', '{"count":2,"hash":1}'):
        with pytest.raises(ValueError, match="2"):
            read_anchors(iter([lines[0], bad]))


def test_every_kind_has_a_name_in_both_languages() -> None:
    assert all(kind_name(k, "zh") != k and kind_name(k, "en") != k.value for k in Kind if "_" in k) and kind_name("x", "zh") == "x"


@given(st.text("今天下午来 网点ab,.1\n", max_size=40), st.text("今天上午来 网点ab,.2\n", max_size=40))
def test_a_difference_holds_both_texts(before: str, after: str) -> None:
    pieces = difference(before, after)
    assert "".join(t for sign, t in pieces if sign != "+") == before and "".join(t for sign, t in pieces if sign != "-") == after
    assert all(t for _, t in pieces) and ([s for s, _ in pieces] in ([], ["="])) == (before == after)


def test_a_difference_is_by_words_and_characters() -> None:
    assert marked(difference("今天下午来网点", "今天上午来网点")) == "今天[-下-]{+上+}午来网点"
    assert marked(difference("Come at 10:30 today.", "Come at 11:00 today.")) == "Come at [-10:30-]{+11:00+} today."
    assert difference("", "x") == [("+", "x")] and difference("x", "") == [("-", "x")]
