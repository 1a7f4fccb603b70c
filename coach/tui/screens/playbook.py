"""The playbook screen."""

from __future__ import annotations

from coach.tui.screens.base import CoachScreen


class PlaybookScreen(CoachScreen):
    SECTION = "playbook"
