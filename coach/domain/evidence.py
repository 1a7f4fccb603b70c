"""Evidence as it goes out: yuan instead of fen, under keys without the unit."""

from __future__ import annotations

from decimal import Decimal
from typing import Any


def yuan_out(fen: int) -> int | float:
    """Fen as a JSON number in yuan: whole where it is whole, else with its two decimals."""
    return fen // 100 if fen % 100 == 0 else float(Decimal(fen) / 100)


def evidence_out(evidence: dict[str, Any]) -> dict[str, Any]:
    """``{"amount_fen": 12500000}`` → ``{"amount": 125000}``; everything else as it is."""
    return {
        key.removesuffix("_fen"): yuan_out(value) if key.endswith("_fen") and value is not None else value
        for key, value in evidence.items()
    }
