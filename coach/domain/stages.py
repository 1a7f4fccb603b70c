"""Stages of a relationship, earned by what was logged (A20–A33; the thresholds are a default of ours).

A stage never falls by itself: the caller keeps the later of the present and the earned one. It can be set
by hand, with a reason.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import polars as pl

from coach.domain.policy import Policy, StageRule
from coach.domain.words import Lang, Stage, label

ORDER: tuple[Stage, ...] = (Stage.STRANGER, Stage.ACQUAINTED, Stage.TRUSTED, Stage.LOYAL)


def earned(contacts: pl.DataFrame, policy: Policy) -> pl.DataFrame:
    """The stage that each client's contacts earn: ``client_no``, ``stage``, ``reason`` (JSON).

    Counted are effective contacts, visits among them, and the days between the first and the last.
    A client who has none of them earns nothing and has no row. ``reason``:
    ``{"effective", "visits", "days", "needs": {"effective_contacts", "visits", "days"}}``.
    """
    counted = (
        contacts.filter(pl.col("effective").fill_null(False))
        .group_by("client_no").agg(
            effective=pl.len().cast(pl.Int64),
            visits=(pl.col("channel") == "visit").sum().cast(pl.Int64),
            days=(pl.col("at").dt.date().max() - pl.col("at").dt.date().min()).dt.total_days(),
        )
    )
    rules: dict[str, StageRule] = {s.value: getattr(policy.stages, s.value) for s in ORDER[1:]}
    stage = pl.lit(None, dtype=pl.String)
    needs = pl.lit(None, dtype=pl.String)
    for name, rule in rules.items():  # the last rule that holds wins
        holds = (
            (pl.col("effective") >= rule.effective_contacts) & (pl.col("visits") >= rule.visits) & (pl.col("days") >= rule.days)
        )
        wanted = json.dumps({"effective_contacts": rule.effective_contacts, "visits": rule.visits, "days": rule.days})
        stage, needs = pl.when(holds).then(pl.lit(name)).otherwise(stage), pl.when(holds).then(pl.lit(wanted)).otherwise(needs)
    return (
        counted.with_columns(stage=stage, needs=needs).filter(pl.col("stage").is_not_null()).sort("client_no")
        .select(
            "client_no", "stage",
            reason=pl.concat_str([
                pl.lit('{"effective":'), "effective", pl.lit(',"visits":'), "visits", pl.lit(',"days":'), "days",
                pl.lit(',"needs":'), "needs", pl.lit("}"),
            ]),
        )
    )


def later(a: str, b: str) -> str:
    """The later of two stages."""
    return max(a, b, key=lambda stage: ORDER.index(Stage(stage)))


def reason_of(row: Mapping[str, Any]) -> dict[str, Any]:
    """The reason of a row of :func:`earned`, as a value."""
    return json.loads(row["reason"])


def reason_text(reason: Mapping[str, Any], lang: Lang) -> str:
    """Why a client is at a stage, in one line; by hand: ``{"by_hand": text}``; taken back: ``{"undone": contact}``."""
    zh = lang == "zh"
    if by_hand := reason.get("by_hand"):
        return f"手工设定：{by_hand}" if zh else f"set by hand: {by_hand}"
    if "undone" in reason:
        return "撤销了挣得该阶段的接触" if zh else "the contact that earned it was undone"
    if "effective" not in reason:
        return label(Stage.STRANGER, lang) if not reason else json.dumps(dict(reason), ensure_ascii=False)
    n, visits, days = reason["effective"], reason["visits"], reason["days"]
    if zh:
        return f"有效接触 {n} 次，其中{label('visit', lang)} {visits} 次，历时 {days} 天"
    return f"{_count(n, 'effective contact')}, of them {_count(visits, 'visit')}, over {_count(days, 'day')}"


def _count(n: int, thing: str) -> str:
    return f"{n} {thing}{'' if n == 1 else 's'}"
