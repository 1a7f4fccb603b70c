"""What every dialog shares: the app's language, a title, nothing typed lost when it is closed by a slip."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, TypeVar, cast

from textual.binding import Binding, BindingType
from textual.screen import ModalScreen

from coach.domain.words import Lang
from coach.tui.words import say

if TYPE_CHECKING:
    from coach.tui.app import CoachApp

Result = TypeVar("Result")


class Dialog(ModalScreen[Result]):
    """A dialog that answers with a typed result, or ``None`` where it was left."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "leave", show=False)]

    @property
    def coach(self) -> CoachApp:
        return cast("CoachApp", self.app)

    @property
    def lang(self) -> Lang:
        return self.coach.lang

    def t(self, key: str, **values: object) -> str:
        """A text in the language in force."""
        return say(key, self.lang, **values)

    @property
    def unsaved(self) -> bool:
        """Whether something was typed that leaving would lose."""
        return False

    def may_leave(self) -> bool:
        """Whether it may be closed now; where not, the dialog itself says why."""
        return True

    def action_leave(self) -> None:
        if self.may_leave():
            self.dismiss(None)
