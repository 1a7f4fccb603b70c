"""The today screen."""

from __future__ import annotations

from coach.tui.screens.base import CoachScreen


class TodayScreen(CoachScreen):
    SECTION = "today"
