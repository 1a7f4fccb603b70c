"""What the client screen knows of the client in view; kept while the screen is open, also over n and p."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from coach.tui.cites import Cites
from coach.tui.widgets.chat_pane import Turn

if TYPE_CHECKING:
    from coach.domain.client import ClientPicture
    from coach.domain.compliance import Caution
    from coach.domain.suggestion import Suggestion


@dataclass(slots=True)
class Proposal:
    """A suggestion in one language, with what its pane needs besides."""

    suggestion: Suggestion
    play_title: str
    upcoming: dict[str, Any] | None = None
    """The next step, once it is known: what a contact that is logged now belongs to."""


@dataclass(slots=True)
class Seen:
    """One client: the records, the proposals by language, the message as edited, the chat."""

    client_no: str
    picture: ClientPicture | None = None
    error: str = ""
    proposals: dict[str, Proposal] = field(default_factory=dict)
    why_none: str = ""
    draft: str | None = None
    """The message as the person left it; ``None`` = untouched."""
    checked: tuple[str, list[Caution]] | None = None
    """The text that was checked and what was found."""
    turns: list[Turn] = field(default_factory=list)
    cites: Cites = field(default_factory=Cites)
    phone_shown: bool = False

    def message(self, lang: str) -> str:
        """The message as it stands now."""
        if self.draft is not None:
            return self.draft
        proposal = self.proposals.get(lang)
        return proposal.suggestion.message_draft if proposal else ""

    @property
    def blocked(self) -> bool:
        """Whether the last check found something that must not be sent."""
        return self.checked is not None and any(c.severity == "block" for c in self.checked[1])

    def forget(self) -> None:
        """The records have changed: read again, propose again; what was typed and asked stays."""
        self.picture, self.error, self.why_none = None, "", ""
        self.proposals = {}
        self.checked = None
