"""The clients screen."""

from __future__ import annotations

from coach.tui.screens.base import CoachScreen


class ClientsScreen(CoachScreen):
    SECTION = "clients"
