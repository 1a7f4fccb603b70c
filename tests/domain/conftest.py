"""Fixtures of the domain tests: the default policy, a small set of plays, and records from literals."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from coach.domain import frames as f
from coach.domain.plays import Play, Step
from coach.domain.policy import Policy, parse
from coach.domain.signals import find

DEFAULT = Path(__file__).parents[2] / "knowledge" / "policy.toml"


@pytest.fixture(scope="session")
def default_policy() -> dict[str, Any]:
    return tomllib.loads(DEFAULT.read_text(encoding="utf-8"))


@pytest.fixture(scope="session")
def policy(default_policy: dict[str, Any]) -> Policy:
    return parse(default_policy)


def _play(play_id: str, pace: str, signals: dict[str, list[str]], *steps: tuple[Any, ...]) -> Play:
    return Play(
        play_id, pace, {s: frozenset(stages) for s, stages in signals.items()},  # type: ignore[arg-type]
        tuple(Step(name, offset, channel, "service", frozenset(only)) for name, offset, channel, *only in steps),
    )


@pytest.fixture(scope="session")
def plays() -> dict[str, Play]:
    """Plays shaped as the playbook's, so that a change of its words or days does not move these tests."""
    cadence = tuple((f"cad-{channel}", 0, channel, "cadence_due") for channel in ("message", "call", "visit"))
    made = [
        _play("stage.icebreak", "chain", {"unclaimed": []}, ("hello", 0, "message"), ("call", 1, "call"), ("invite", 7, "visit")),
        _play("stage.icebreak.rejected", "chain", {}, ("sorry", 0, "message"), ("again", 14, "call")),
        _play(
            "stage.service", "anchor",
            {"cadence_due": ["stranger", "acquainted"], "benefit_due": [], "large_movement": [], "key_date": [], "event_due": []},
            *cadence, ("benefit-call", 0, "call", "benefit_due"), ("movement-call", 0, "call", "large_movement"),
            ("date-call", -3, "call", "key_date"), ("date-message", 0, "message", "key_date"),
            ("event-message", -3, "message", "event_due"), ("event-call", -1, "call", "event_due"),
        ),
        _play("stage.value", "anchor", {"cadence_due": ["trusted"]}, *cadence),
        _play("stage.moved", "anchor", {"cadence_due": ["loyal"]}, *cadence),
        _play(
            "revive.maturity", "anchor", {"maturity_due": []}, ("week-before", -7, "message"), ("three-days", -3, "call"),
            ("day-before", -1, "call"), ("on-the-day", 0, "visit"), ("call-back", 1, "call"), ("two-weeks", 14, "message"),
        ),
        _play("revive.threshold", "chain", {"threshold_near": []}, ("explain", 0, "call"), ("plan", 7, "visit"), ("check", 30, "call")),
        _play("revive.winback", "chain", {"outflow": []}, ("care", 0, "call"), ("meet", 10, "visit")),
        _play("revive.windfall", "chain", {"windfall": []}, ("hear", 0, "call"), ("safety", 7, "visit")),
        _play("revive.product_fit", "chain", {"product_fit": []}, ("needs", 0, "call"), ("explain", 12, "visit")),
        _play("revive.mix", "chain", {"single_product": []}, ("open", 0, "call"), ("boxes", 7, "visit")),
        _play("revive.referral", "chain", {"referral_ready": []}, ("ask", 0, "visit"), ("thank", 7, "message")),
        _play("revive.competitor", "chain", {"competitor_flow": []}, ("why", 0, "call"), ("meet", 7, "visit")),
        _play("care.gift", "chain", {}, ("learn", 0, "call"), ("hand-over", 5, "visit")),
    ]
    return {play.id: play for play in made}


@pytest.fixture(scope="session")
def build() -> Callable[..., f.Frames]:
    """``build(clients=[{…}], holdings=[…], …)`` → Frames. Client ``c1`` is filled in where a row names none."""
    schemas = {
        "clients": f.CLIENTS, "holdings": f.HOLDINGS, "balances": f.BALANCES, "movements": f.MOVEMENTS, "contacts": f.CONTACTS,
        "key_dates": f.KEY_DATES, "gifts": f.GIFTS, "invitations": f.INVITATIONS,
    }
    usual = {"client_no": "c1", "name": "王芳", "manager": "m1", "assets_fen": 0, "stage": "acquainted", "tier": "B"}

    def made(**records: list[dict[str, Any]]) -> f.Frames:
        records.setdefault("clients", [{}])
        rows = {
            kind: f.frame(schemas[kind], [({**usual, **row} if kind == "clients" else {"client_no": "c1", **row}) for row in given])
            for kind, given in records.items()
        }
        return f.Frames(**rows)

    return made


@pytest.fixture(scope="session")
def today() -> date:
    """Tuesday, 24 November 2026: no holiday near."""
    return date(2026, 11, 24)


@pytest.fixture(scope="session")
def see(build, plays, policy, today):
    """``see("maturity_due", holdings=[…])`` → that signal's rows of client ``c1``, evidence as a dict, most urgent first."""

    def seen(signal: str, *, on: date = today, under: Policy = policy, **records: list[dict[str, Any]]) -> list[dict[str, Any]]:
        rows = find(build(**records), plays, under, on).filter(client_no="c1", signal=signal)
        return [{**row, "evidence": json.loads(row["evidence"])} for row in rows.iter_rows(named=True)]

    return seen
