"""What is known of model servers from before, in the workspace: what they can do, and which did not answer a moment ago."""

from __future__ import annotations

import json
import os
import tempfile
from dataclasses import asdict
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from coach.assistant.llm.asking import WAYS, Capabilities, public
from coach.assistant.llm.faults import Fault, FaultKind

FILE = "model.json"
KEPT_DAYS = 7
"""After so many days a server is looked at again."""
REST = timedelta(minutes=3)
"""A server that did not answer is left alone for so long: its timeout is not paid at every suggestion."""
_DEAD: tuple[FaultKind, ...] = ("refused", "slow")
"""Faults that cost time and will be the same a moment later. Others are told at once, and asking again is cheap."""


def remembered(home: Path, base_url: str, model: str, today: date) -> Capabilities | None:
    """What was found out about this server and model before; ``None`` where it is unknown, damaged or too old."""
    try:
        found = Capabilities(**_read(home)[_name(base_url, model)])
        seen = date.fromisoformat(found.seen_on)
        sound = found.structured in WAYS and found.length in ("max_tokens", "max_completion_tokens")
    except (ValueError, KeyError, TypeError, AttributeError):
        return None
    return found if sound and today - timedelta(days=KEPT_DAYS) <= seen <= today else None


def remember(home: Path, base_url: str, model: str, found: Capabilities) -> None:
    """Keep what was found out, readable for its owner only. A folder that cannot be written is no reason to fail."""
    kept = _read(home) | {_name(base_url, model): asdict(found)}
    kept.pop(_rests(base_url, model), None)
    _write(home, kept)


def rest(home: Path, base_url: str, model: str, fault: Fault, now: datetime) -> bool:
    """Leave a server alone for :data:`REST` where the fault says that it is not there; whether it does."""
    if fault.kind not in _DEAD:
        return False
    told = {"at": now.isoformat(timespec="seconds"), "kind": fault.kind, "detail": fault.detail, "cause": fault.cause}
    _write(home, _read(home) | {_rests(base_url, model): told})
    return True


def resting(home: Path, base_url: str, model: str, now: datetime) -> Fault | None:
    """The fault of a server that is being left alone; ``None`` where it may be asked."""
    try:
        told = _read(home)[_rests(base_url, model)]
        since = now - datetime.fromisoformat(told["at"])
        fault = Fault(told["kind"], told["detail"], cause=told["cause"], rests=True)
        fault.line("en")  # a damaged file names what there is not
    except (ValueError, KeyError, TypeError, AttributeError):
        return None
    return fault if fault.kind in _DEAD and timedelta(0) <= since < REST else None


def _read(home: Path) -> dict[str, Any]:
    try:
        kept = json.loads((home / FILE).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return kept if isinstance(kept, dict) else {}


def _write(home: Path, kept: dict[str, Any]) -> None:
    try:
        with tempfile.NamedTemporaryFile("w", dir=home, prefix=".model-", encoding="utf-8", delete=False) as out:
            json.dump(kept, out, ensure_ascii=False, indent=1)
        os.replace(out.name, home / FILE)
    except OSError:
        return


def _name(base_url: str, model: str) -> str:
    return f"{model} @ {public(base_url)}"


def _rests(base_url: str, model: str) -> str:
    return f"rests: {_name(base_url, model)}"
