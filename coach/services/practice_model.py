"""The language model in practice talks: the client's voice, and the score. Used by :mod:`coach.services.practice`."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from coach.assistant.engine import Watch
from coach.assistant.masking import Mask
from coach.domain.words import Lang
from coach.practice.model_score import model_score
from coach.practice.model_voice import ModelVoice
from coach.practice.scenario import CriterionId, Scenario
from coach.practice.scoring import Score
from coach.practice.talk import Transcript
from coach.services.clients import picture
from coach.services.model import mask_of, model_writer
from coach.services.practice_files import bench
from coach.services.workspace import Workspace
from coach.store.db import session
from coach.store.tables import Client


def voice(ws: Workspace, lang: Lang, client_no: str | None = None, today: date | None = None) -> ModelVoice:
    """The client's voice for one talk. ``client_no``: the client of the branch about whom the scenario was made.

    Raises :class:`~coach.services.errors.Refused` where no model is configured.
    """
    return ModelVoice(model_writer(ws), mask(ws, lang, client_no, today))


def score(
    ws: Workspace, talk: Transcript, played: Scenario, today: date, *, rubric: Mapping[CriterionId, int] | None = None,
    client_no: str | None = None, watch: Watch | None = None,
) -> Score:  # fmt: skip
    """The score of a talk with the model's judgement; the offline score, which says why, where the model fails."""
    hidden = mask(ws, talk.lang, client_no, today)
    return model_score(talk, played, bench(ws, today), model_writer(ws, watch=watch), hidden, rubric=rubric, watch=watch)


def mask(ws: Workspace, lang: Lang, client_no: str | None, today: date | None) -> Mask:
    """What hides the client of the branch that a talk is about, and whoever else the trainee may name."""
    if client_no is not None:
        with session(ws.engine, write=False) as s:
            known = s.get(Client, client_no) is not None
        if known:
            return mask_of(ws)(picture(ws, client_no, today or date.today(), lang=lang, signals=()), lang)
    return mask_of(ws)(None, lang)
