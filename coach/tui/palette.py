"""The command palette: every command by Chinese, English or pinyin initials, and clients by number, name or initials."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, cast

from textual.command import DiscoveryHit, Hit, Hits, Provider

from coach.domain.words import label
from coach.tui.words import TEXTS, say

if TYPE_CHECKING:
    from coach.services.clients import ClientRow
    from coach.tui.app import CoachApp

CLIENTS = 8
"""So many clients are offered."""


@dataclass(frozen=True, slots=True)
class Command:
    """A command: its text's key, the pinyin initials it is found by, what it does."""

    text: str
    initials: str
    run: Callable[[], object]
    value: str = ""
    """Put into the text as ``{value}``."""


def commands(app: CoachApp) -> list[Command]:
    """All commands, in the order in which they are offered."""
    fixed = [
        Command("palette.today", "jr rw", partial(app.action_section, "today")),
        Command("palette.clients", "kh lb", partial(app.action_section, "clients")),
        Command("palette.playbook", "sc df", partial(app.action_section, "playbook")),
        Command("palette.practice", "lx mn kh", partial(app.action_section, "practice")),
        Command("palette.practice.board", "lx kb", lambda: app.call_later(app.action_practice_board)),
        Command("palette.supervise", "dd fh bb fh rz", partial(app.action_section, "supervise")),
        Command("palette.manager", "hr khjl", app.action_choose_manager),
        Command("palette.undo", "cx", app.action_undo),
        Command("palette.import", "dr tz wj", app.action_import_files),
        Command("palette.demo", "ys wd", app.action_welcome),
        Command("palette.lang", "yy zw yw", lambda: app.call_later(app.action_switch_language)),
        Command("palette.help", "bz aj", app.action_help),
        Command("palette.quit", "tc", app.exit),
    ]
    ours = sorted(app.available_themes, key=lambda name: (not name.startswith("coach-"), name))
    return fixed + [Command("palette.theme", "zt ys", partial(app.set_theme, name), theme_name(name, app.lang)) for name in ours]


def theme_name(name: str, lang: str) -> str:
    """Our own themes have names in words, Textual's keep theirs."""
    key = f"theme.{name}"
    return say(key, "en" if lang == "en" else "zh") if key in TEXTS else name


class CoachCommands(Provider):
    """Commands first, then clients."""

    @property
    def coach(self) -> CoachApp:
        return cast("CoachApp", self.app)

    def _text(self, command: Command) -> str:
        return say(command.text, self.coach.lang, value=command.value) if command.value else say(command.text, self.coach.lang)

    async def discover(self) -> Hits:
        for command in commands(self.coach):
            if not command.value or command.value.startswith("Coach") or "coach" in command.value:
                yield DiscoveryHit(self._text(command), command.run)

    async def search(self, query: str) -> Hits:
        matcher = self.matcher(query)
        wanted = query.strip().lower()
        for command in commands(self.coach):
            shown = self._text(command)
            both = " ".join(part.format(value=command.value) for part in TEXTS[command.text])
            score = matcher.match(shown)
            if any(part.startswith(wanted) for part in command.initials.split()):
                score += 20
            elif wanted in both.lower():
                score += 10
            if score > 0:
                yield Hit(score, matcher.highlight(shown), command.run, text=shown)
        for row in await self._clients(wanted):
            told = f"{row.name} {row.client_no}  {label(row.tier, self.coach.lang)} · {label(row.stage, self.coach.lang)}"
            yield Hit(0.5, told, partial(self.coach.open_client, row.client_no), text=told)

    async def _clients(self, wanted: str) -> list[ClientRow]:
        """Clients that the text finds; looked up in a thread."""
        ws = self.coach.ws
        if ws is None or (len(wanted) < 2 and not any(c >= "㐀" for c in wanted)):
            return []

        def find() -> list[ClientRow]:
            from coach.services.clients import ClientQuery, list_clients
            from coach.tui.errors import expected

            try:
                return list_clients(ws, ClientQuery(text=wanted, limit=CLIENTS))
            except expected():
                return []

        return await asyncio.to_thread(find)
