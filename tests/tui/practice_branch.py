"""For the practice screens: a trainer in the small branch, and a talk and a score that stay the same whatever the engine learns."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from typing import Any

from coach.domain.words import Lang
from coach.practice.breaches import Violation
from coach.practice.kit import CRITERIA
from coach.practice.scenario import Scenario
from coach.practice.scoring import Better, Criterion, Evidence, Score
from coach.practice.session import Hint, Said
from coach.practice.talk import Transcript, Turn
from coach.services.practice import Attempt, Playing, Review
from coach.services.workspace import Workspace
from coach.store.db import session
from coach.store.tables import Staff

TRAINER = "S09"
AT = datetime(2026, 11, 24, 9, 30)
_WORDS: dict[Lang, dict[str, str]] = {
    "zh": {
        "title": "到期的钱要挪走", "name": "陈静", "call_name": "陈女士", "goal": "问清这笔钱什么时候用，约好周四的时间。",
        "situation": "陈女士，46 岁，会计。定期 30 万元，3 天后到期；活期 8 万元。风险等级 C2，测评在有效期内。您今天给她打电话。",
        "persona": "她儿子春天结婚，二十万要付首付，不愿意先说。", "opening": "喂，哪位？",
    },
    "en": {
        "title": "The money is to go elsewhere", "name": "Chen Jing", "call_name": "Ms Chen",
        "goal": "Learn when the money is needed and agree on Thursday.",
        "situation": "Ms Chen, 46, an accountant. A deposit of 300,000 yuan matures in 3 days; 80,000 on demand. You ring her today.",
        "persona": "Her son marries in spring and 200,000 is for the flat; she does not say so at first.", "opening": "Hello, who is it?",
    },
}  # fmt: skip
SAID: dict[Lang, tuple[tuple[str, str], ...]] = {
    "zh": (
        ("陈女士您好，我是城东支行的客户经理陈静，耽误您一分钟。", "嗯，你说吧。"),
        ("您那笔三年定期周五到期，这笔钱近期有打算用吗？", "别的银行利率比你们高，我想挪过去。"),
        ("您放心，我们这款理财保本，肯定不会亏，今天就办吧。", "你别催我，我再想想。"),
    ),
    "en": (
        ("Ms Chen, this is Chen Jing from the East Gate branch; have you a minute?", "Yes, go on."),
        ("Your three-year deposit matures on Friday. Do you need the money soon?", "Another bank pays more, so I mean to move it."),
        ("Our wealth product is guaranteed, you cannot lose. Let us do it today.", "Do not push me. I will think about it."),
    ),
}  # fmt: skip
SHARES = (0.9, 0.75, 0.5, 0.2, 0.6, 0.4, 0.1, 0.0, 0.3, 0.7)


def scenario() -> Scenario:
    """The scenario of the pictures, in both languages."""
    one = {"trust": 4, "patience": 6}
    words = {}
    for lang, told in _WORDS.items():
        twice = [told["opening"], told["opening"] + " "]
        words[lang] = {
            **told, "opening": twice, "traps": {},
            "facts": {"wedding": {"tells": twice, "dodges": twice, "asked": ["a", "b", "c", "d", "e"], "signs": ["x"]}},
            "objections": {"rate": {"says": twice, "soothed": twice, "angered": twice, "signs": ["x"], "like": ["a", "b", "c", "d"]}},
            "points": {name: {"advice": "…", "say": "…", "like": ["a", "b", "c", "d", "e"]} for name in ("date", "use")},
            "endings": dict.fromkeys(("agreed", "thinking", "refused", "hung_up"), twice),
        }  # fmt: skip
    return Scenario.model_validate({
        "id": "maturity-elsewhere", "topic": "revive.maturity", "difficulty": 2, "channel": "call", "turns": 12, "minutes": 10,
        "temper": "brisk",
        "client": {
            "gender": "f", "age": 46, "stage": "acquainted", "tier": "B", "risk_level": "C2", "assessed_days_ago": 90, "assets": 380000,
            "holdings": [{"product_type": "deposit", "amount": 300000, "matures_in": 3}, {"product_type": "demand", "amount": 80000}],
        },
        "state": one, "facts": [{"id": "wedding", "kind": "hides", "trust": 6, "key": True}],
        "objections": [{"id": "rate", "turn": 3, "soothes": ["empathise"]}],
        "points": [{"id": name, "criterion": "reason", "cites": ["revive.maturity/step-three-days"]} for name in ("date", "use")],
        "endings": {"agreed": {"trust": 7}, "thinking": {"trust": 5}}, "rubric": dict.fromkeys(CRITERIA, 10), **words,
    })  # fmt: skip


def shelf_of_three() -> list[Scenario]:
    """It and two more like it, for the list and the board."""
    first = scenario()
    titles = {"zh": ("新经理的第一通电话", "老人的四十万快到期了"), "en": ("The new manager's first call", "The old lady's deposit")}
    more = [
        first.model_copy(update={
            "id": name, "difficulty": level, "channel": channel,
            **{lang: getattr(first, lang).model_copy(update={"title": titles[lang][at]}) for lang in titles},
        })
        for at, (name, level, channel) in enumerate((("first-call", 1, "call"), ("elderly-deposit", 3, "visit")))
    ]  # fmt: skip
    return [more[0], first, more[1]]


def turns(lang: Lang, upto: int = 3) -> tuple[Turn, ...]:
    said = [Turn("client", _WORDS[lang]["opening"])]
    for staff, client in SAID[lang][:upto]:
        said += [Turn("staff", staff), Turn("client", client)]
    return tuple(said)


def score(lang: Lang) -> Score:
    """A score with a breach, evidence of every criterion and a better sentence."""
    cites = ("revive.maturity/step-three-days",)
    advice = {"zh": "先问这笔钱什么时候用，再谈去处。", "en": "Ask when the money is needed before you speak of products."}[lang]
    said = [(number, turn.text) for number, turn in enumerate(turns(lang), 1) if turn.who == "staff"]
    lines = tuple(
        Criterion(name, round(share * 10, 1), 10, (Evidence(*said[at % 3]),) if at != 6 else (), advice, cites)
        for at, (name, share) in enumerate(zip(CRITERIA, SHARES, strict=True))
    )
    quote = {"zh": "保本", "en": "guaranteed"}[lang]
    told = {"zh": "理财不能说保本；改成讲清风险等级和可能的亏损。", "en": "A wealth product may not be called guaranteed."}[lang]
    broken = Violation("compliance.promise.guarantee", "block", 6, quote, told, ("compliance.promise/point-listed-rate", *cites))
    better = {"zh": "理财不保本，我先讲清楚风险，您再定。", "en": "It is not guaranteed; let me explain the risk first."}[lang]
    weakest = Better(6, said[2][1], better, advice, cites)
    return Score("maturity-elsewhere", 40.0, False, lines, (broken,), (), weakest, 1, "offline", dict.fromkeys(CRITERIA, 10))


def attempt(lang: Lang, *, reviewed: bool = True) -> Attempt:
    """The attempt of the pictures; a trainer has looked at it."""
    comment = {"zh": "开场很好，承诺的话以后一句也不能说。", "en": "A good opening; never promise again."}[lang]
    reviews = (Review(TRAINER, "郑岚", AT, comment, {"opening": 8.0, "needs": 6.0}),) if reviewed else ()
    return Attempt(
        "A1", "maturity-elsewhere", "S01", "陈静", lang, "offline", AT, AT, "thinking", 1, 40.0, False, None, None, len(reviews),
        Transcript(turns(lang), "maturity-elsewhere", lang, 1), scenario(), score(lang), reviews,
    )  # fmt: skip


class Told:
    """A session that says what is written above: for pictures of the talk."""

    def __init__(self, lang: Lang) -> None:
        self.lang, self.scenario, self.ended, self.hints, self.at = lang, scenario(), None, 0, 0

    @property
    def turns_left(self) -> int:
        return self.scenario.turns - self.at

    @property
    def transcript(self) -> Transcript:
        return Transcript(turns(self.lang, self.at), self.scenario.id, self.lang, self.hints)

    def say(self, text: str, watch: Any = None) -> Said:
        self.at += 1
        return Said(SAID[self.lang][self.at - 1][1], None, "open")

    def hint(self) -> Hint:
        self.hints += 1
        text = {"zh": "先问这笔钱近期用不用，再谈放在哪里。", "en": "Ask whether the money is needed soon, then where to put it."}
        say = {"zh": "这笔钱近期有打算用吗？", "en": "Will you need this money soon?"}
        return Hint(text[self.lang], say[self.lang], ("revive.maturity/step-three-days",))


def playing(lang: Lang, today: date) -> Playing:
    told = Told(lang)
    return Playing("A1", told, told.scenario, "S01", today, None)  # type: ignore[arg-type]


def add_trainer(ws: Workspace) -> None:
    """A trainer beside the two managers of the branch."""
    with session(ws.engine) as s:
        s.add(Staff(staff_no=TRAINER, name="郑岚", role="trainer", branch="城东支行"))


def in_list(one: Attempt, **values: Any) -> Attempt:
    """As the list of attempts has it: without transcript and score."""
    return replace(one, transcript=None, played=None, score=None, reviews=(), **values)
