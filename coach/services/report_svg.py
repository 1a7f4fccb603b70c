"""Small plots as inline SVG: no script, no outside font or picture; colours that print in grey; every text escaped."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

WIDTH = 680
_LEFT, _RIGHT, _ROW, _GAP = 170, 70, 13, 9
_FILLS = ("#1f5a8a", "#7aa6c9", "#c9a24a")
MOST = 2.0
"""A bar longer than twice its target is cut there; its figure stands beside it."""


def bars(title: str, names: Sequence[str], series: Sequence[tuple[str, Sequence[float | None]]], *, top: float,
         lines: Sequence[float] = ()) -> str:
    """Grouped bars, one group a name. Values are shares; ``top`` is the full width; ``lines`` a target for each series, 0 = none."""
    width = WIDTH - _LEFT - _RIGHT
    height = 34 + len(names) * (len(series) * _ROW + _GAP)
    out = [_open(title, height)]
    x = float(_LEFT)
    for i, (label, _) in enumerate(series):
        out.append(f'<rect x="{x:.0f}" y="4" width="10" height="10" fill="{_FILLS[i % 3]}"/>'
                   f'<text x="{x + 14:.0f}" y="13">{escape(label)}</text>')
        x += 150
    y = 28
    for row, name in enumerate(names):
        middle = y + len(series) * _ROW / 2 + 4
        out.append(f'<text x="{_LEFT - 8}" y="{middle:.0f}" text-anchor="end">{escape(_short(name))}</text>')
        for i, (_, values) in enumerate(series):
            value = values[row]
            long = min((value or 0) / top, 1) * width
            out.append(f'<rect x="{_LEFT}" y="{y}" width="{long:.1f}" height="{_ROW - 2}" fill="{_FILLS[i % 3]}"/>')
            told = "–" if value is None else f"{value * 100:.0f}%"
            out.append(f'<text class="n" x="{_LEFT + long + 4:.1f}" y="{y + _ROW - 3}">{told}</text>')
            if i < len(lines) and lines[i]:
                at = _LEFT + lines[i] / top * width
                out.append(f'<line class="t" x1="{at:.1f}" x2="{at:.1f}" y1="{y - 1}" y2="{y + _ROW - 1}"/>')
            y += _ROW
        y += _GAP
    return "".join([*out, "</svg>"])


def curve(title: str, names: Sequence[str], values: Sequence[float | None], goal: Sequence[float | None] = ()) -> str:
    """Shares over time as a line with its dots; a dashed line for the goal. What was not counted leaves a gap."""
    height, left, right, top, bottom = 190, 40, 20, 14, 26
    step = (WIDTH - left - right) / max(len(names) - 1, 1)

    def at(i: int, value: float) -> str:
        return f"{left + i * step:.1f},{top + (1 - min(value, 1)) * (height - top - bottom):.1f}"

    out = [_open(title, height)]
    for mark in (0.0, 0.5, 1.0):
        y = at(0, mark).split(",")[1]
        out.append(f'<line class="g" x1="{left}" x2="{WIDTH - right}" y1="{y}" y2="{y}"/>'
                   f'<text class="n" x="{left - 6}" y="{float(y) + 4:.0f}" text-anchor="end">{mark * 100:.0f}%</text>')
    for line, drawn in (("v", values), ("w", goal)):
        for run in _runs(drawn):
            out.append(f'<polyline class="{line}" points="{" ".join(at(i, v) for i, v in run)}"/>')
    every = max(1, len(names) // 9)
    for i, (name, value) in enumerate(zip(names, values, strict=True)):
        x = left + i * step
        if i % every == 0:
            out.append(f'<text class="n" x="{x:.1f}" y="{height - 8}" text-anchor="middle">{escape(name)}</text>')
        if value is not None:
            cx, cy = at(i, value).split(",")
            out.append(f'<circle cx="{cx}" cy="{cy}" r="3"/><text class="n" x="{cx}" y="{float(cy) - 7:.1f}" '
                       f'text-anchor="middle">{value * 100:.0f}%</text>')
    return "".join([*out, "</svg>"])


def _open(title: str, height: int) -> str:
    return (f'<svg viewBox="0 0 {WIDTH} {height}" role="img" aria-label="{escape(title)}">'
            f"<title>{escape(title)}</title>")


def _runs(values: Sequence[float | None]) -> list[list[tuple[int, float]]]:
    runs: list[list[tuple[int, float]]] = [[]]
    for i, value in enumerate(values):
        if value is None:
            runs.append([])
        else:
            runs[-1].append((i, value))
    return [run for run in runs if len(run) > 1]


def _short(name: str, most: int = 24) -> str:
    """A name that fits: a Chinese character counts two."""
    size = 0
    for i, letter in enumerate(name):
        size += 2 if ord(letter) > 0x2E7F else 1
        if size > most:
            return name[:i] + "…"
    return name
