"""A screen on which a model writes: what is under way, its text repainted at a low rate, all of it stopped when one leaves."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable
from dataclasses import dataclass

from textual.timer import Timer

from coach.tui.screens.base import CoachScreen
from coach.tui.watching import Watching

REPAINT_S = 1 / 8
"""Seconds between two looks at the text: repainting with every token moves an input method's window about."""


@dataclass(frozen=True, slots=True)
class Job:
    """Something that a model writes for this screen."""

    watching: Watching
    stopped: Callable[[bool], None]
    """Called once when it is stopped; true = by the person, false = because the screen was left."""


class WritingScreen(CoachScreen):
    """Keeps what is being written; subclasses show it."""

    def __init__(self) -> None:
        super().__init__()
        self.jobs: list[Job] = []
        """Newest last; the newest is stopped first."""
        self._repaint: Timer | None = None

    @abstractmethod
    def show_writing(self) -> None:
        """The text so far of everything that is being written, and the keys that go with it."""

    @property
    def writes(self) -> bool:
        """Whether anything is being written."""
        return bool(self.jobs)

    def begin(self, stopped: Callable[[bool], None]) -> Watching:
        """Something is going to be written: who looks on at it."""
        watching = Watching()
        self.jobs.append(Job(watching, stopped))
        if self._repaint is None:
            self._repaint = self.set_interval(REPAINT_S, self._look)
        self._repaint.resume()
        return watching

    def end(self, watching: Watching) -> None:
        """It has come to its end."""
        self.jobs = [job for job in self.jobs if job.watching is not watching]
        if not self.jobs and self._repaint is not None:
            self._repaint.pause()

    def stop_newest(self) -> bool:
        """The person stops what was begun last; false where nothing is being written."""
        if not self.jobs:
            return False
        self._stop(self.jobs[-1], by_person=True)
        self.show_writing()
        return True

    def stop_all(self) -> None:
        """The screen, or the client in view, is left."""
        for job in reversed(self.jobs):
            self._stop(job, by_person=False)

    def _stop(self, job: Job, *, by_person: bool) -> None:
        job.watching.stop()
        self.end(job.watching)
        job.stopped(by_person)

    def _look(self) -> None:
        grown = [job for job in self.jobs if job.watching.take_new()]
        if grown:
            self.show_writing()

    def on_unmount(self) -> None:
        self.stop_all()

    def on_screen_suspend(self) -> None:
        """Another section, or another screen over this one: nobody looks on any more. A dialog leaves it going."""
        if self.app.is_running and (self not in self.app.screen_stack or not self.app.screen.is_modal):
            self.stop_all()
