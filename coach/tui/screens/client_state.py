"""What the client screen knows of the client in view; kept while the screen is open, also over n and p."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from coach.tui.cites import Cites
from coach.tui.watching import Watching
from coach.tui.widgets.chat_pane import Turn

if TYPE_CHECKING:
    from coach.domain.client import ClientPicture
    from coach.domain.compliance import Caution
    from coach.domain.suggestion import Suggestion
    from coach.domain.words import Lang
    from coach.services.workspace import Workspace


@dataclass(slots=True)
class Proposal:
    """A suggestion in one language, with what its pane needs besides."""

    suggestion: Suggestion
    play_title: str
    upcoming: dict[str, Any] | None = None
    """The next step, once it is known: what a contact that is logged now belongs to."""

    @classmethod
    def of(cls, made: Suggestion, ws: Workspace, lang: Lang) -> Proposal:
        """A suggestion with the title of its play."""
        card = ws.playbook.cards.get((made.play or "", lang))
        return cls(made, card.title if card else made.play or "")


@dataclass(slots=True)
class Written:
    """What became of asking the model for a suggestion in one language."""

    state: Literal["writing", "done", "fallback", "stopped", "left", "none"] = "writing"
    """``stopped`` by the person; ``left`` with the client, and asked again on coming back; ``none`` = nothing to write."""
    watching: Watching | None = None
    proposal: Proposal | None = None
    """The verified suggestion, once it is there."""
    why: str = ""
    """Why there is none."""


@dataclass(slots=True)
class Seen:
    """One client: the records, the proposals by language, the message as edited, the chat."""

    client_no: str
    picture: ClientPicture | None = None
    error: str = ""
    proposals: dict[str, Proposal] = field(default_factory=dict)
    """The offline ones: at once, and always."""
    written: dict[str, Written] = field(default_factory=dict)
    """The model's, by language; empty where no model is configured."""
    by_playbook: bool = False
    """The person looks at the offline one though the model's is there."""
    fresh: bool = False
    """The model is to write anew, even where it has written before and nothing has changed."""
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
        proposal = self.shown(lang)
        return proposal.suggestion.message_draft if proposal else ""

    def shown(self, lang: str) -> Proposal | None:
        """The proposal in view: the model's where it is there and wanted."""
        written = self.written.get(lang)
        return (not self.by_playbook and written is not None and written.proposal) or self.proposals.get(lang)

    def is_edited(self, lang: str) -> bool:
        """Whether the message is the person's own by now: nothing may replace it unasked."""
        proposal = self.shown(lang)
        return bool(self.draft and self.draft.strip()) and (proposal is None or self.draft != proposal.suggestion.message_draft)

    @property
    def blocked(self) -> bool:
        """Whether the last check found something that must not be sent."""
        return self.checked is not None and any(c.severity == "block" for c in self.checked[1])

    def forget(self) -> None:
        """The records have changed: read again, propose again; what was typed and asked stays."""
        self.picture, self.error, self.why_none = None, "", ""
        self.proposals, self.written = {}, {}
        self.checked = None
