"""Practice about a trainee's own clients: a maturity scenario with the client's own records in place of the invented ones.

What the scenario tells of a life stays invented (and says so); the name, the amounts, the days and the pronouns in its words
follow the client, so that nobody practises with one sum and meets another in the client's mouth.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from coach.domain.client import ClientPicture
from coach.domain.facts import call_name
from coach.domain.format import money
from coach.domain.words import LANGS, Lang, ProductType, Signal, label, pick
from coach.practice.scenario import Held, Scenario, Sheet, Words
from coach.services.clients import picture, require_manager
from coach.services.practice_files import scenarios
from coach.services.practice_retelling import amounts, days, pronouns, renamed, through
from coach.services.signals import branch_signals, facts
from coach.services.workspace import Workspace

TOPIC = "revive.maturity"
WEEK = 7
YOUNGER, OLDER = 15, 25
"""So many years may the client be younger or older than the one of the story: at thirty nobody's son marries in spring."""

LEAST_FEN = 5_000_000
"""A smaller deposit carries none of the stories: nobody pays for a flat out of it."""


@dataclass(frozen=True, slots=True)
class Case:
    """A scenario made about one client. Played with ``begin(ws, case.scenario, …, client_no=case.client_no)``."""

    client_no: str
    scenario: Scenario
    """It keeps its own id, so that attempts count for the same scenario."""
    amount_fen: int
    matures_on: date


def from_maturities(ws: Workspace, staff_no: str, today: date) -> list[Case]:
    """Practice from a person's own maturity list: deposits of the week to come and those just missed, the most urgent first.

    A client whom none of the maturity scenarios fits (by day, age, or kind of product) is left out. Raises
    :class:`~coach.services.errors.Refused` for a staff number that does not exist.
    """
    require_manager(ws, staff_no, ws.lang)
    stories = [story for story in scenarios(ws) if story.topic == TOPIC and _maturing(story) is not None]
    found = branch_signals(ws, today, staff_no)
    cases: dict[str, Case] = {}
    maturing = found.filter(found["signal"] == Signal.MATURITY_DUE)
    for number, fact in zip(maturing["client_no"], facts(maturing), strict=True):
        left = fact.evidence["days_left"]
        if number in cases or left > WEEK or fact.evidence["amount_fen"] < LEAST_FEN:
            continue
        client = picture(ws, number, today, lang=ws.lang, signals=())
        story = _fitting(stories, client, fact.evidence["product_type"], left, today)
        if story is not None:
            on = date.fromisoformat(fact.evidence["matures_on"])
            cases[number] = Case(number, about(story, client, fact.evidence["amount_fen"], on, today), fact.evidence["amount_fen"], on)
    return list(cases.values())


def _maturing(story: Scenario) -> Held | None:
    """The holding that the story is about: the one whose day is nearest."""
    held = [h for h in story.client.holdings if h.matures_in is not None]
    return min(held, key=lambda h: abs(h.matures_in or 0), default=None)


def _fitting(stories: Iterable[Scenario], client: ClientPicture, product_type: str, left: int, today: date) -> Scenario | None:
    """The story nearest to the client: matured or not yet, of the same gender rather than not, then nearest in age."""
    age = client.age_on(today)
    able = []
    for story in stories:
        about_it = _maturing(story)
        if about_it is None or about_it.matures_in is None or about_it.product_type != product_type:
            continue
        if (about_it.matures_in < 0) != (left < 0) or (about_it.matures_in == 0 and left != 0):
            continue
        gap = 0 if age is None else age - story.client.age
        if -YOUNGER <= gap <= OLDER:
            other_day = (about_it.matures_in == 0) != (left == 0)
            able.append((_gender(client, story) != story.client.gender, other_day, abs(gap), story.id, story))
    return min(able, key=lambda x: x[:4])[-1] if able else None


def _gender(client: ClientPicture, story: Scenario) -> str:
    return {"female": "f", "male": "m"}.get(client.gender or "", story.client.gender)


def about(story: Scenario, client: ClientPicture, amount_fen: int, matures_on: date, today: date) -> Scenario:
    """The story told of a client: the sheet from the records, the words made to agree with it."""
    its = _maturing(story)
    assert its is not None
    sheet = _sheet(story, client, today)
    left = abs((matures_on - today).days)
    told: dict[str, Words] = {}
    for lang in LANGS:
        words: Words | None = getattr(story, lang)
        if words is None:
            continue
        called = call_name(client.name, {"f": "female", "m": "male"}[sheet.gender], lang)
        changes = [
            renamed(words, called, lang), amounts(story, its.amount, amount_fen // 100, sheet.assets, lang),
            days(abs(its.matures_in or 0), left, lang),
        ]  # fmt: skip
        if sheet.gender != story.client.gender:
            changes.append(pronouns(story.client.gender, lang))
        told[lang] = Words.model_validate(through(words.model_dump(), changes)).model_copy(update={
            "title": f"{words.title} · {called}", "name": called, "call_name": called,
            "situation": _situation(sheet, called, amount_fen, matures_on, today, lang),
        })  # fmt: skip
    return story.model_copy(update={"client": sheet, **told})


def _sheet(story: Scenario, client: ClientPicture, today: date) -> Sheet:
    assessed = client.risk_assessed_on
    age = client.age_on(today) or story.client.age
    return Sheet.model_validate({
        "gender": _gender(client, story), "age": min(max(age, 18), 100), "stage": client.stage, "tier": client.tier,
        "risk_level": client.risk_level, "assessed_days_ago": max((today - assessed).days, 0) if assessed else None,
        "marketing_consent": bool(client.marketing_consent), "assets": max(client.assets_fen // 100, 0),
        "holdings": [
            {"product_type": h.product_type, "amount": h.amount_fen // 100, "risk": h.product_risk,
             "matures_in": (h.matures_on - today).days if h.matures_on else None}
            for h in client.holdings if h.amount_fen >= 100
        ],
    })  # fmt: skip


def _situation(sheet: Sheet, called: str, amount_fen: int, on: date, today: date, lang: Lang) -> str:
    """What the trainee reads: the records, and that the rest is invented."""
    left = (on - today).days
    days = f"{abs(left)} day{'' if abs(left) == 1 else 's'}"
    if left == 0:
        when = pick(lang, "今天到期", "matures today")
    elif left > 0:
        when = pick(lang, f"{left} 天后到期", f"matures in {days}")
    else:
        when = pick(lang, f"{-left} 天前已到期，还没有安排", f"matured {days} ago, not placed again")
    level, run_out = sheet.risk_level, sheet.assessed_days_ago is None or sheet.assessed_days_ago > 365
    stage = label(sheet.stage, lang)
    risk = (
        pick(lang, "没有做过风险测评", "never assessed for risk") if level is None
        else pick(lang, f"风险等级 {level}，测评已过期", f"risk level {level}, assessment run out") if run_out
        else pick(lang, f"风险等级 {level}，测评在有效期内", f"risk level {level}, assessment valid")
    )  # fmt: skip
    consent = pick(lang, "同意" if sheet.marketing_consent else "没有同意", "given" if sheet.marketing_consent else "not given")
    total, sum_ = money(sheet.assets * 100, lang), money(amount_fen, lang)
    kind = label(ProductType.DEPOSIT, lang)
    return pick(
        lang,
        f"{called}，{sheet.age} 岁，您名下的客户，关系阶段：{stage}。在行资产 {total}，其中一笔 {sum_}的{kind}{when}。"
        f"{risk}，{consent}接收营销信息。账户情况取自您的客户资料，对话里的生活经历是编的。",
        f"{called}, {sheet.age}, is a client of yours; stage: {stage}. Assets {total}, of which a {kind.lower()} of {sum_} {when}. "
        f"Records say: {risk}; consent to marketing {consent}. The accounts come from your records; the life in the talk is invented.",
    )
