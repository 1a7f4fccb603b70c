"""Shares of the policy as exact fractions, so that money is compared in whole fen and never as a float."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import polars as pl

MILLION = 1_000_000


def fraction(share: float) -> Fraction:
    """The share as it is written in the policy file: ``0.6`` is 3/5. Finer than a millionth is rounded."""
    return Fraction(Decimal(repr(share))).limit_denominator(MILLION)


def at_least(part: pl.Expr, share: float, whole: pl.Expr) -> pl.Expr:
    """``part`` ≥ ``share`` × ``whole`` for integer columns, without rounding."""
    exact = fraction(share)
    return part * exact.denominator >= whole * exact.numerator

