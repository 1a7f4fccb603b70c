"""A figure beside its floor: what was measured, against the least that any program would need for it."""

from __future__ import annotations

import json
import math
import statistics
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from rich.cells import cell_len


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table. Times in seconds, memory in MiB; ``ratio`` is the figure over its floor."""

    name: str
    what: str
    figure: float
    floor: float | None = None
    floor_is: str = ""
    unit: Literal["s", "MiB", "x"] = "s"
    limit: float | None = None
    of: Literal["figure", "ratio"] = "figure"
    """What the limit holds for."""
    runs: int = 1
    cpu: float | None = None
    """Seconds of a processor that the figure's own process used, where that was counted."""
    cpu_floor: float | None = None
    note: str = ""
    details: dict[str, Any] = field(default_factory=dict)

    @property
    def ratio(self) -> float | None:
        return self.figure / self.floor if self.floor else None

    @property
    def cpu_ratio(self) -> float | None:
        """The ratio of processor times: what a busy machine does not change."""
        return self.cpu / self.cpu_floor if self.cpu is not None and self.cpu_floor else None

    @property
    def met(self) -> bool | None:
        """Whether the target holds; ``None`` where there is none."""
        value = self.ratio if self.of == "ratio" else self.figure
        return None if self.limit is None or value is None else value <= self.limit

    @property
    def target(self) -> str:
        if self.limit is None:
            return ""
        return f"<= {self.limit:g} x" if self.of == "ratio" else f"<= {shown(self.limit, self.unit)}"

    def as_json(self) -> dict[str, Any]:
        return asdict(self) | {"ratio": self.ratio, "cpu_ratio": self.cpu_ratio, "met": self.met}


def shown(value: float | None, unit: str) -> str:
    """A value with its unit, three digits of it."""
    if value is None:
        return ""
    if unit == "MiB":
        return f"{value:,.0f} MiB"
    if unit == "x":
        return f"{value:.2f}"
    return f"{value * 1000:.3g} ms" if value < 0.9995 else f"{value:,.3g} s"


def percentile(values: Sequence[float], part: float) -> float:
    """The value below which ``part`` (0 to 1) of the values lie: the next larger one that was measured."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(part * len(ordered)) - 1)]


def exponent(sizes: Sequence[float], values: Sequence[float]) -> float:
    """The slope of a straight line through the logarithms: 1 = grows as fast as the size. Needs two sizes."""
    x, y = [math.log(v) for v in sizes], [math.log(v) for v in values]
    return statistics.linear_regression(x, y).slope


def table(rows: Sequence[Row]) -> str:
    """The rows as text, columns lined up."""
    head = ("", "figure", "floor", "ratio", "target", "", "floor is; note")
    lines = [head]
    for row in rows:
        ratio = "" if row.ratio is None else f"{row.ratio:.2f}"
        met = {True: "met", False: "MISSED", None: ""}[row.met]
        note = "; ".join(part for part in (row.floor_is, row.note) if part)
        lines.append((row.what, shown(row.figure, row.unit), shown(row.floor, row.unit), ratio, row.target, met, note))
    widths = [max(cell_len(line[i]) for line in lines) for i in range(len(head))]
    out = []
    for line in lines:
        cells = [
            text + " " * (width - cell_len(text)) if i in (0, 5, 6) else " " * (width - cell_len(text)) + text
            for i, (text, width) in enumerate(zip(line, widths, strict=True))
        ]
        out.append("  ".join(cells).rstrip())
    return "\n".join(out)


def as_text(rows: Sequence[Row], machine: dict[str, Any]) -> str:
    """The rows and the machine as JSON."""
    return json.dumps({"machine": machine, "rows": [row.as_json() for row in rows]}, ensure_ascii=False, indent=1)
