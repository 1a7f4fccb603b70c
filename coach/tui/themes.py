"""Two calm themes of our own, dark and light. Text stands at 7:1 or better on its ground, muted text at 4.5:1."""

from __future__ import annotations

from textual.theme import Theme

DARK = Theme(
    name="coach-dark", dark=True, primary="#4f8fba", secondary="#7aa37a", accent="#c9a14a", foreground="#dfe3e6",
    background="#14181b", surface="#1b2024", panel="#252c31", success="#7fbf7f", warning="#d9b25f", error="#e88a80",
    variables={"border": "#4f8fba", "border-blurred": "#3a444b",
               "block-cursor-background": "#2f6690", "block-cursor-foreground": "#ffffff",
               "block-cursor-blurred-background": "#2a3b47", "block-cursor-blurred-foreground": "#dfe3e6",
               "input-selection-background": "#4f8fba 40%"},
)
LIGHT = Theme(
    name="coach-light", dark=False, primary="#1f5f8b", secondary="#3d6b3d", accent="#8a5a00", foreground="#1d2327",
    background="#f7f6f2", surface="#fdfcf9", panel="#e9e6dd", success="#2a6b2a", warning="#7a5200", error="#a3281d",
    variables={"border": "#1f5f8b", "border-blurred": "#b9b4a6",
               "block-cursor-background": "#1f5f8b", "block-cursor-foreground": "#ffffff",
               "block-cursor-blurred-background": "#cfdde7", "block-cursor-blurred-foreground": "#1d2327",
               "input-selection-background": "#1f5f8b 30%"},
)
OURS = (DARK, LIGHT)
DEFAULT_THEME = DARK.name
