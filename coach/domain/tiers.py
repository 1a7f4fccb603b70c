"""Tiers A/B/C: by assets within each manager's book, then raised for relation, potential or intent (A17).

The shares of the tiers are a default of ours: the article's cut-offs are lost.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import polars as pl

from coach.domain.exact import fraction
from coach.domain.policy import Policy
from coach.domain.words import Lang, label

_BY = {"relationship": ("关系", "relationship"), "potential": ("潜力", "potential"), "intent": ("意愿", "intent")}
_TIERS = ("A", "B", "C")


def assign(clients: pl.DataFrame, policy: Policy) -> pl.DataFrame:
    """Every client's tier and why: columns ``client_no``, ``tier``, ``reason`` (JSON).

    Rank by assets within the manager's book (ties by client number); the first ``share_a`` are A, the next
    ``share_b`` are B, both cut-offs rounded up. One good reason (a score from the policy's line on) raises a
    client by one tier, two or more by two; nothing lowers (A17 only moves up). ``reason``:
    ``{"rank", "of", "base", "moves": [{"by", "score"}]}``; ``moves`` is empty where nothing was raised.
    """
    rules = policy.tiers
    ranked = clients.select("client_no", "manager", pl.col("assets_fen").fill_null(0), *_BY).sort(
        ["assets_fen", "client_no"], descending=[True, False]
    ).with_columns(rank=pl.int_range(1, pl.len() + 1, dtype=pl.Int64).over("manager"), of=pl.len().over("manager").cast(pl.Int64))
    marks = {"relationship": rules.raise_relationship, "potential": rules.raise_potential, "intent": rules.raise_intent}
    good = {by: (pl.col(by) >= line).fill_null(False) for by, line in marks.items()}
    share_a = fraction(rules.share_a)
    base = (
        pl.when(_within(share_a.numerator, share_a.denominator)).then(0)
        .when(_within(*(share_a + fraction(rules.share_b)).as_integer_ratio())).then(1)
        .otherwise(2)
    )
    raised = ranked.with_columns(base=base, ups=pl.sum_horizontal(good.values()).clip(0, 2))
    moves = pl.concat_str([_move(by, on) for by, on in good.items()], separator=",", ignore_nulls=True)
    return raised.select(
        "client_no",
        tier=_letter((pl.col("base") - pl.col("ups")).clip(0)),
        reason=pl.concat_str([
            pl.lit('{"rank":'), pl.col("rank"), pl.lit(',"of":'), pl.col("of"), pl.lit(',"base":"'), _letter(pl.col("base")),
            pl.lit('","moves":['), moves, pl.lit("]}"),
        ]),
    )


def _within(numerator: int, denominator: int) -> pl.Expr:
    """Rank ≤ the share of the book, rounded up: rank − 1 < of × share."""
    return (pl.col("rank") - 1) * denominator < pl.col("of") * numerator


def _move(by: str, good: pl.Expr) -> pl.Expr:
    said = pl.concat_str([pl.lit(f'{{"by":"{by}","score":'), pl.col(by), pl.lit("}")])
    return pl.when(good & (pl.col("base") > 0)).then(said)


def _letter(index: pl.Expr) -> pl.Expr:
    return pl.when(index == 0).then(pl.lit("A")).when(index == 1).then(pl.lit("B")).otherwise(pl.lit("C"))


def reason_of(row: Mapping[str, Any]) -> dict[str, Any]:
    """The reason of a row of :func:`assign`, as a value."""
    return json.loads(row["reason"])


def tier_text(reason: Mapping[str, Any], lang: Lang) -> str:
    """Why a client is in a tier, in one line. A tier set by hand carries ``{"by_hand": text}``."""
    if by_hand := reason.get("by_hand"):
        return f"手工设定：{by_hand}" if lang == "zh" else f"set by hand: {by_hand}"
    if "rank" not in reason:
        return "尚未分层" if lang == "zh" else "not yet tiered"
    rank, of, base, moves = reason["rank"], reason["of"], reason["base"], reason["moves"]
    said = [(_BY[move["by"]][0 if lang == "zh" else 1], move["score"]) for move in moves]
    tier = _TIERS[max(_TIERS.index(base) - min(len(said), 2), 0)]
    if lang == "zh":
        text = f"资产排第 {rank}/{of} 位，{label(base, lang)}"
        return text + (f"；{'、'.join(f'{by} {score} 分' for by, score in said)}，上调为 {label(tier, lang)}" if said else "")
    text = f"rank {rank} of {of} by assets, {label(base, lang)}"
    return text + (f"; raised to {label(tier, lang)}: {', '.join(f'{by} {score}' for by, score in said)}" if said else "")
