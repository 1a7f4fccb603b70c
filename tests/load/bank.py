"""A bank for load tests: invented branches, people, clients and their records, put straight into PostgreSQL by COPY.

Rows are pseudo-random and the same for the same size. They are written month by month and mixed across the branches, as
a bank's come in: a branch's rows do not lie together on the disk.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import polars as pl
import sqlalchemy as sa

from coach.store.db import upgrade

PER_MANAGER = 600
HOLDINGS, MONTHS = 3, 7
_SLICES = 8
_LARGE = 100_000


@dataclass(frozen=True, slots=True)
class Bank:
    """So many branches with so many clients each; ``loose``: the last branch's name is not written anywhere."""

    branches: int
    clients: int
    today: date
    loose: bool = False

    @property
    def managers(self) -> int:
        """In each branch."""
        return max(-(-self.clients // PER_MANAGER), 1)

    def branch(self, b: int) -> str | None:
        return None if self.loose and b == self.branches - 1 else f"B{b:04d}"


def load(engine: sa.Engine, bank: Bank) -> int:
    """Fill an empty database. Returns the number of rows. References are not checked row by row: they hold by the making."""
    upgrade(engine)
    rows = 0
    with engine.begin() as connection:
        raw: Any = connection.connection.driver_connection
        connection.execute(sa.text("SET LOCAL session_replication_role = replica"))
        later = _drop_indexes(connection, bank.branches * bank.clients > _LARGE)
        for table, frame in _frames(bank):
            rows += frame.height
            names = ", ".join(f'"{name}"' for name in frame.columns)
            with raw.cursor() as cursor, cursor.copy(f'COPY "{table}" ({names}) FROM STDIN (FORMAT csv, HEADER)') as copy:
                copy.write(frame.write_csv(null_value=""))
        for statement in later:
            connection.execute(sa.text(statement))
    with engine.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
        connection.execute(sa.text("VACUUM ANALYZE"))
    return rows


def _drop_indexes(connection: sa.Connection, large: bool) -> list[str]:
    """The indexes of the large tables gone until all is in; returns how to make them again. A large bank's records, which a night
    only reads, are not written to the log of changes either."""
    again: list[str] = []
    for name, table, definition in connection.execute(sa.text(
        "SELECT conname, conrelid::regclass::text, pg_get_constraintdef(oid) FROM pg_constraint"
        " WHERE contype IN ('p', 'u') AND conrelid::regclass::text IN ('holding', 'balance', 'movement', 'contact')"
    )).all():  # fmt: skip
        connection.execute(sa.text(f'ALTER TABLE "{table}" DROP CONSTRAINT "{name}"'))
        again.append(f'ALTER TABLE "{table}" ADD CONSTRAINT "{name}" {definition}')
    for name, definition in connection.execute(sa.text(
        "SELECT indexname, indexdef FROM pg_indexes WHERE tablename IN ('client', 'holding', 'balance', 'movement', 'contact')"
        " AND indexname NOT IN (SELECT conname FROM pg_constraint)"
    )).all():  # fmt: skip
        connection.execute(sa.text(f'DROP INDEX "{name}"'))
        again.append(definition)
    if large:
        for table in ("holding", "balance", "movement"):
            connection.execute(sa.text(f'ALTER TABLE "{table}" SET UNLOGGED'))
    return again


def _frames(bank: Bank) -> Iterator[tuple[str, pl.DataFrame]]:
    people = [
        {"staff_no": f"{b:04d}{m:02d}", "name": f"员工{b}-{m}", "role": "staff", "post": "客户经理", "branch": bank.branch(b)}
        for b in range(bank.branches) for m in range(bank.managers)
    ]  # fmt: skip
    yield "staff", pl.DataFrame(people, schema_overrides={"branch": pl.String})
    for part in range(_SLICES):
        yield "client", _clients(bank, part)
        for kind in range(HOLDINGS):
            yield "holding", _holdings(bank, part, kind)
    for month in range(MONTHS, 0, -1):
        for part in range(_SLICES):
            yield "balance", _balances(bank, part, month)
            yield "movement", _movements(bank, part, month)
    for part in range(_SLICES):
        yield "contact", _contacts(bank, part)


def _keys(bank: Bank, part: int) -> pl.DataFrame:
    """A slice of every branch's clients, mixed: number, branch, place in the branch, and a seed."""
    numbers = pl.DataFrame({"n": pl.int_range(part, bank.branches * bank.clients, _SLICES, eager=True)})
    return numbers.with_columns(b=pl.col("n") // bank.clients, i=pl.col("n") % bank.clients, seed=pl.col("n").hash(7)).select(
        "b", "i", "seed", client_no=pl.format("{}{}", _padded("b", 4), _padded("i", 6))
    ).sort("seed")  # fmt: skip


def _padded(name: str, width: int) -> pl.Expr:
    return pl.col(name).cast(pl.String).str.zfill(width)


def _of(seed: int, below: int) -> pl.Expr:
    """A number from 0 on, for each row another."""
    return (pl.col("seed").hash(seed) % below).cast(pl.Int64)


def _ago(today: date, days: pl.Expr) -> pl.Expr:
    return pl.lit(today) - pl.duration(days=days)


def _assets() -> pl.Expr:
    """In fen: mostly tens of thousands of yuan, some hundreds of thousands, few millions."""
    return 1_000_000 + _of(1, 9_000_000) + pl.when(_of(2, 100) < 12).then(_of(3, 60_000_000)).otherwise(0)


def _clients(bank: Bank, part: int) -> pl.DataFrame:
    branches = pl.DataFrame({"b": range(bank.branches), "branch": [bank.branch(b) for b in range(bank.branches)]},
                            schema_overrides={"branch": pl.String})  # fmt: skip
    stage = pl.when(_of(5, 10) < 3).then(pl.lit("stranger")).when(_of(5, 10) < 7).then(pl.lit("acquainted"))
    return _keys(bank, part).join(branches, on="b", how="left", maintain_order="left").select(
        "client_no", "branch", name=pl.format("客户{}", "client_no"),
        manager=pl.format("{}{}", _padded("b", 4), (pl.col("i") % bank.managers).cast(pl.String).str.zfill(2)),
        birthday=_ago(bank.today, 9_000 + _of(4, 15_000)), assigned_on=_ago(bank.today, 30 + _of(6, 600)), assets_fen=_assets(),
        risk_level=pl.format("C{}", 1 + _of(7, 5)), stage=stage.when(_of(5, 10) < 9).then(pl.lit("trusted")).otherwise(pl.lit("loyal")),
        tier=pl.when(_of(8, 20) == 0).then(pl.lit("A")).when(_of(8, 20) < 5).then(pl.lit("B")).otherwise(pl.lit("C")),
        tier_reason=pl.lit("{}"), stage_by_hand=pl.lit(False), tier_by_hand=pl.lit(False), do_not_contact=_of(9, 100) == 0,
        search_key=pl.col("client_no"), version=pl.lit(1),
    )  # fmt: skip


def _holdings(bank: Bank, part: int, kind: int) -> pl.DataFrame:
    product = ("deposit", "wealth", "fund")[kind]
    held = _keys(bank, part).filter(_of(20 + kind, 3) > 0)
    ends = (pl.lit(bank.today) + pl.duration(days=_of(23 + kind, 400) - 20)) if product != "fund" else pl.lit(None, pl.Date)
    return held.select(
        "client_no", holding_no=pl.format("h{}", pl.lit(kind)), product_type=pl.lit(product), product=pl.lit("产品"),
        amount_fen=_assets() // 3, start_on=pl.lit(bank.today - timedelta(days=500)), matures_on=ends, product_risk=pl.lit("R2"),
    )  # fmt: skip


def _balances(bank: Bank, part: int, month: int) -> pl.DataFrame:
    year, zero = divmod(bank.today.year * 12 + bank.today.month - month, 12)
    fallen = pl.when((_of(30, 50) == 0) & (month <= 2)).then(_assets() // 2).otherwise(_assets())
    return _keys(bank, part).select("client_no", on=pl.lit(date(year, zero + 1, 1) - timedelta(days=1)), assets_fen=fallen)


def _movements(bank: Bank, part: int, month: int) -> pl.DataFrame:
    amount = (_of(40 + month, 2_000_000) - 900_000) * pl.when(_of(50 + month, 60) == 0).then(20).otherwise(1)
    return _keys(bank, part).filter(_of(60 + month, 10) < 9).select(
        "client_no", movement_no=pl.format("m{}", pl.lit(month)), on=_ago(bank.today, (month - 1) * 26 + _of(70 + month, 26)),
        amount_fen=amount, counterparty=pl.lit("某人"), purpose=pl.lit("转账"),
        counterparty_bank=pl.when(_of(80, 40) == 0).then(pl.lit("他行")).otherwise(pl.lit(None, pl.String)),
    )  # fmt: skip


def _contacts(bank: Bank, part: int) -> pl.DataFrame:
    return _keys(bank, part).filter(_of(90, 3) > 0).select(
        "client_no", contact_no=pl.format("c{}", "client_no"), channel=pl.lit("call"),
        at=(_ago(bank.today, 1 + _of(91, 200))).cast(pl.Datetime("us")) + pl.duration(hours=10), effective=_of(92, 2) == 0,
        staff_no=pl.format("{}{}", _padded("b", 4), (pl.col("i") % bank.managers).cast(pl.String).str.zfill(2)),
        outcome=pl.lit("已沟通"), summary=pl.lit("谈过存款到期的安排"),
    )  # fmt: skip

