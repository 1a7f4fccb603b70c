"""The weeks behind a figure, drawn: one line a channel, a tier or the figure itself, and its goal.

Nothing but digits stands in the drawing (a plot counts characters, not cells); names and colours stand in the legend above.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, floor, log10
from typing import TYPE_CHECKING

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static
from textual_plotext import PlotextPlot

from coach.domain.report import CHANNELS, TIERS
from coach.domain.report_figures import FIGURES, Unit, effective_target
from coach.domain.words import Lang, label
from coach.tui.widgets.report_cells import shown
from coach.tui.words import say

if TYPE_CHECKING:
    from coach.domain.report_figures import Figure
    from coach.services.report import Part, Report

Colour = tuple[int, int, int]
COLOURS: tuple[Colour, ...] = ((86, 156, 214), (220, 160, 60), (120, 190, 110))
GOAL: Colour = (150, 150, 150)
BY_ID: dict[str, Figure] = {figure.id: figure for figure in FIGURES}


@dataclass(frozen=True, slots=True)
class Line:
    """One line: its name, its values by week (``None`` = nothing to count), and the goal where it has one of its own."""

    name: str
    figure: Figure
    values: tuple[float | None, ...]
    goals: tuple[float | None, ...]


@dataclass(frozen=True, slots=True)
class Drawing:
    """What is drawn for a figure."""

    title: str
    weeks: tuple[str, ...]
    lines: tuple[Line, ...]

    @property
    def unit(self) -> Unit:
        return self.lines[0].figure.unit

    @property
    def one_goal(self) -> bool:
        """All lines are held against the same."""
        return len({line.goals for line in self.lines}) == 1


def nice_ticks(top: float) -> list[float]:
    """At most five even steps from nothing to ``top`` or a little above: 0 20 40 60 80 100."""
    top = max(top, 4.0)
    size = 10.0 ** floor(log10(top / 4))
    step = next(size * times for times in (1, 2, 2.5, 5, 10) if size * times * 5 >= top)
    return [step * n for n in range(ceil(top / step) + 1)]


def drawing(figure_id: str, who: str, weeks: Sequence[Part], made: Report, lang: Lang) -> Drawing:
    """Channels together against 5-20-30 (A18), tiers together, any other figure by itself."""
    if figure_id in (group := [f"{channel}s" for channel in CHANNELS]):
        names, title = [label(channel, lang) for channel in CHANNELS], say("report.plot.work", lang)
    elif figure_id in (group := [f"coverage_{tier}" for tier in TIERS]):
        names, title = [label(tier, lang) for tier in TIERS], say("report.plot.coverage", lang)
    else:
        group, names = [figure_id], [made.words.figures[figure_id]]
        title = say("report.plot.one", lang, figure=names[0])
    return Drawing(
        title, tuple(f"{part.period.start:%m-%d}" for part in weeks),
        tuple(_line(name, BY_ID[one], who, weeks, made) for one, name in zip(group, names, strict=True)),
    )  # fmt: skip


def _line(name: str, figure: Figure, who: str, weeks: Sequence[Part], made: Report) -> Line:
    values: list[float | None] = []
    goals: list[float | None] = []
    for part in weeks:
        of = part.figures.get(who)
        values.append(None if of is None else figure.value(of))
        if figure.id == "effective":
            goals.append(None if of is None else effective_target(of, made.effective))
        else:
            goals.append(made.targets[figure.id].target)
    return Line(name, figure, tuple(values), tuple(goals))


class WeekPlot(Vertical):
    """A drawing with its title and legend."""

    DEFAULT_CSS = """
    WeekPlot { height: 1fr; }
    WeekPlot #plot-title { height: 1; text-style: bold; color: $primary; }
    WeekPlot #plot-legend { height: 1; }
    WeekPlot PlotextPlot { height: 1fr; }
    """

    def __init__(self, lang: Lang, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.lang = lang
        self.drawn: Drawing | None = None

    def compose(self) -> ComposeResult:
        yield Static("", id="plot-title", markup=False)
        yield Static("", id="plot-legend", markup=False)
        yield PlotextPlot(id="plot")

    def show(self, drawn: Drawing, whose: str) -> None:
        """Another drawing; ``whose`` stands beside its title."""
        self.drawn = drawn
        self.query_one("#plot-title", Static).update(f"{drawn.title} · {whose}")
        self.query_one("#plot-legend", Static).update(self._legend(drawn))
        self._draw(drawn)

    def _legend(self, drawn: Drawing) -> Content:
        """Each line's name in its colour with its newest value."""
        parts = []
        for line, colour in zip(drawn.lines, COLOURS, strict=False):
            last = next((v for v in reversed(line.values) if v is not None), None)
            value = "-" if last is None else shown(line.figure, last, self.lang)
            parts.append(Content.styled(f"-- {line.name} {value}", "rgb({},{},{})".format(*colour)))
        if any(goal is not None for line in drawn.lines for goal in line.goals):
            parts.append(Content.styled(f".. {say('report.plot.goal', self.lang)}", "rgb({},{},{})".format(*GOAL)))
        return Content("   ").join(parts)

    def _draw(self, drawn: Drawing) -> None:
        widget = self.query_one(PlotextPlot)
        plt, scale = widget.plt, {"share": 100.0, "money": 1 / 1_000_000}.get(drawn.unit, 1.0)
        plt.clear_figure()
        top = 0.0
        for line, colour in zip(drawn.lines, COLOURS, strict=False):
            for values, dots, shade in ((line.goals, "dot", GOAL if drawn.one_goal else colour), (line.values, "braille", colour)):
                points = [(at, value * scale) for at, value in enumerate(values) if value is not None]
                if points:
                    top = max(top, *(y for _, y in points))
                    plt.plot([x for x, _ in points], [y for _, y in points], marker=dots, color=shade)
        ticks = nice_ticks(top)
        plt.xlim(0, max(len(drawn.weeks) - 1, 1))
        plt.ylim(0, ticks[-1])
        plt.yticks(ticks, [f"{tick:g}" for tick in ticks])
        step = 2 if len(drawn.weeks) > 6 else 1
        at = list(range((len(drawn.weeks) - 1) % step, len(drawn.weeks), step))
        plt.xticks(at, [drawn.weeks[i] for i in at])
        widget.refresh()


