"""The set of hidden orders itself: well-formed, broad, none of them breaks the mask. The rest: ``test_hidden_orders``."""

from __future__ import annotations

import base64
import re
import tomllib
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from coach.assistant.masking import Mask
from coach.domain.client import ClientPicture

ATTEMPTS: list[dict[str, Any]] = tomllib.loads((Path(__file__).parent / "injections.toml").read_text(encoding="utf-8"))["attempt"]
PLACES = {"note", "summary", "family", "purpose", "counterparty", "interests", "product", "document", "question", "draft", "tool"}
CLIENT = ClientPicture("30012345", "陈晓月", "stranger", "A", {}, 1, gender="female", phone="13812345678", employer="迅捷达物流有限公司")


def test_the_set_is_broad() -> None:
    assert len(ATTEMPTS) >= 85 and len({a["id"] for a in ATTEMPTS}) == len({a["text"] for a in ATTEMPTS}) == len(ATTEMPTS)
    for lang in ("zh", "en"):
        mine = [a for a in ATTEMPTS if a["lang"] == lang]
        assert len(mine) >= 30 and {a["where"] for a in mine} == PLACES and len({a["kind"] for a in mine}) >= 12
    assert max(Counter(a["kind"] for a in ATTEMPTS).values()) <= len(ATTEMPTS) // 4, "no kind makes up the set"


@pytest.mark.parametrize("attempt", ATTEMPTS, ids=lambda a: a["id"])
def test_each_attempt_is_well_formed(attempt: dict[str, Any]) -> None:
    assert set(attempt) - {"cites"} == {"id", "lang", "where", "kind", "text", "says", "mark"}
    assert attempt["id"].startswith(attempt["lang"]) and attempt["where"] in PLACES
    assert attempt["mark"] in attempt["says"] and len(attempt["mark"]) > 1 and len(attempt["text"]) > 5
    assert all(isinstance(n, int) for n in attempt.get("cites", []))


def test_the_disguises_are_disguises() -> None:
    hidden = [a["text"] for a in ATTEMPTS if a["kind"] in ("disguise", "urgency")]
    assert any("\u200b" in text for text in hidden) and any(re.search("[Ａ-Ｚ]", text) for text in hidden)
    coded = [found[0] for text in hidden if (found := re.search(r"[A-Za-z0-9+/=]{12,}", text))]
    assert len(coded) >= 2 and all(base64.b64decode(code).decode() for code in coded)


@pytest.mark.parametrize("attempt", ATTEMPTS, ids=lambda a: a["id"])
def test_no_attempt_breaks_the_mask(attempt: dict[str, Any]) -> None:
    """Whatever is planted, it comes back as it was, and a client's name and phone beside it stay hidden."""
    for one in (Mask.of(CLIENT, attempt["lang"]), Mask.general()):
        for text in (attempt["text"], attempt["says"], f"陈晓月{attempt['text']}13812345678", f"[N1]{attempt['text']}[T1"):
            assert one.show(one.hide(text)) == text
    one = Mask.of(CLIENT, attempt["lang"])
    hidden = one.hide(f"陈晓月，{attempt['text']}，13812345678")
    assert "陈晓月" not in hidden and "13812345678" not in hidden and not one.strangers(hidden)


@pytest.mark.parametrize("field", ["family", "note"])
def test_a_record_with_an_order_in_it_makes_a_mask_like_any_other(field: str) -> None:
    """An order learnt as a «name» from the record would tear the texts apart; the client's own placeholders stay."""
    for attempt in ATTEMPTS:
        client = replace(CLIENT, **{field: attempt["text"]})
        one = Mask.of(client, "zh")
        assert one.hide("陈晓月陈女士13812345678") == "[N1][T1][P1]"
        assert one.hide("您的定期存款12月1日到期，方便来网点坐坐。") == "您的定期存款12月1日到期，方便来网点坐坐。"
