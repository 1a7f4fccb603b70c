"""The language model in practice: what plays the client's part and judges the talk where ``--engine llm`` asks for it."""

from __future__ import annotations

from datetime import date
from typing import Any

from coach.assistant.engine import Watch
from coach.domain.words import Lang
from coach.practice.scenario import Scenario
from coach.practice.scoring import Score
from coach.practice.session import Voice
from coach.practice.talk import Transcript
from coach.services.errors import Refused, refuse
from coach.services.workspace import Workspace


def voice(ws: Workspace, lang: Lang) -> Voice:
    """What says the client's answers in the model's words. Raises :class:`~coach.services.errors.Refused` where there is none."""
    raise _none(ws)


def score(ws: Workspace, talk: Transcript, played: Scenario, today: date, *, rubric: Any = None, watch: Watch | None = None) -> Score:
    """A talk judged by the model. Raises :class:`~coach.services.errors.Refused` where there is none."""
    raise _none(ws)


def _none(ws: Workspace) -> Refused:
    if not ws.settings.model:
        return refuse(
            ws.lang, "没有配置模型；请设置 OPENAI_BASE_URL 和 COACH_MODEL（见 README 的设置），或用 --engine offline",
            "no model is configured; set OPENAI_BASE_URL and COACH_MODEL (see the README's settings), or use --engine offline",
        )  # fmt: skip
    return refuse(ws.lang, "情景演练目前只有离线引擎；请用 --engine offline", "practice has the offline engine only; use --engine offline")
