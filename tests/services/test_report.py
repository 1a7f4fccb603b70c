"""The report's figures against a second count in plain SQL: on the demo branch with a worked week, and on small invented branches."""

from __future__ import annotations

import json
import random
import shutil
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from coach.domain.chain import Kind
from coach.domain.report import BRANCH, Figures
from coach.domain.report_figures import FIGURES, Gap, gaps, medians, mend, praise
from coach.services.contacts import Entry, log_contact
from coach.services.day import plan
from coach.services.errors import Refused
from coach.services.log import append
from coach.services.report import Report, make
from coach.services.report_words import structure, words, words_for
from coach.services.workspace import Workspace
from coach.settings import SettingsError, load_policy
from coach.store.db import session
from coach.store.tables import (
    Assignment,
    Balance,
    Client,
    Contact,
    Holding,
    PracticeAttempt,
    Staff,
    SuggestionRecord,
    Task,
    TierChange,
)
from tests.conftest import TODAY
from tests.services.report_sql import recount

LINES = [5_000_000, 20_000_000, 50_000_000, 600_000_000]


def same(ws: Workspace, made: Report) -> int:
    """Fails where a figure of anybody is another than the SQL's. Returns how many people were compared."""
    path = Path(ws.engine.url.database or "")
    spans = [(made.period, made.figures), *((part.period, part.figures) for part in (*made.weeks, *made.months))]
    for period, figures in spans:
        for who in (*(p.staff_no for p in made.people), BRANCH):
            f, second = figures[who], recount(path, who or None, period.start, period.end, period.today, LINES)
            where = f"{who or 'branch'} {period.start}–{period.end}"
            first = {
                "clients": f.clients,
                "planned": {c: (w.planned, w.done) for c, w in f.work.items() if w.planned},
                "contacts": {c: (w.contacts, w.effective) for c, w in f.work.items() if w.contacts},
                "coverage": {t: (s.whole, s.part) for t, s in f.coverage.items() if s.whole},
                "matured": f.matured_fen, "placed": f.placed_fen, "lifted": f.lifted, "won": (f.won_clients, f.won_fen),
                "referrals": (f.asked, f.given), "suggestions": (f.shown, f.followed, f.changed, f.ignored),
                "practice": (f.attempts, f.score if f.score is None else pytest.approx(f.score, abs=0.051), f.passed),
                "cautions": (f.cautions, f.blocking),
            }  # fmt: skip
            for name, value in second.items():
                assert value == first[name], f"{where}: {name}"
    return len(made.people)


EDGES = [0, 1, 6, 7, 14, 29, 30, 31, 44, 59, 60, 61, 89, 90, 91, 119]
"""Days back on which everything happens, so that records meet each other and the ends of the windows."""
SUMS = [0, 3_500_000, 4_999_999, *LINES[:3], 20_000_001, 28_571_429, 30_000_000, 42_857_143, 49_999_999, 71_428_572]
"""Assets in fen: on the benefit lines, beside them, and where thirty per cent of one is just gone."""


def small(home: Path, rng: random.Random, today: date) -> Workspace:
    """An invented branch of a few clients: every kind of record that a figure reads, around the edges of a month."""
    ws = Workspace.at(home, lang="zh")
    staff = ["S1", "S2", "S3"]

    def day(back: int = 120) -> date:
        return today - timedelta(days=rng.choice([d for d in EDGES if d < back]))

    def moment(back: int = 120) -> datetime:
        return datetime.combine(day(back), datetime.min.time()) + timedelta(seconds=rng.choice([0, 43_200, 86_399]))

    with session(ws.engine) as s:
        s.add_all(Staff(staff_no=no, name=f"员工{no}", post="客户经理") for no in staff)
        s.flush()
        clients = [f"C{i}" for i in range(rng.randrange(1, 9))]
        for no in clients:
            s.add(Client(client_no=no, name=no, manager=rng.choice([*staff, None]), assets_fen=rng.choice(SUMS),
                         tier=rng.choice("ABC"), do_not_contact=rng.random() < 0.2))
        s.flush()
        for no in clients:
            for _ in range(rng.randrange(3)):
                s.add(Assignment(client_no=no, manager=rng.choice([*staff, None]), since=day()))
            for _ in range(rng.randrange(2)):
                s.add(TierChange(client_no=no, at=moment(), before=rng.choice("ABC"), after=rng.choice("ABC")))
            for month in range(rng.randrange(9)):
                year, ordinal = divmod(today.year * 12 + today.month - 1 - month, 12)
                on = date(year, ordinal + 1, 1) - timedelta(days=1)
                s.add(Balance(client_no=no, on=on, assets_fen=rng.choice(SUMS)))
            for i in range(rng.randrange(9)):
                kind = rng.choice(["deposit", "wealth", "fund", "insurance", "demand"])
                s.add(Holding(client_no=no, holding_no=f"{no}-{i}", product_type=kind,
                              amount_fen=rng.choice([0, 1, 3_000_000, 7_000_001]), start_on=rng.choice([None, day(45), day(45)]),
                              matures_on=rng.choice([None, day(75), day(75), today + timedelta(days=3)])))
            for i in range(rng.randrange(6)):
                s.add(Contact(contact_no=f"{no}-{i}", client_no=no, at=moment(), channel=rng.choice(["visit", "call", "message"]),
                              staff_no=rng.choice([*staff, None]), effective=rng.random() < 0.6,
                              outcome=rng.choice(["done", "agreed", "sent", None]),
                              play=rng.choice(["revive.referral", "revive.referral", None]), voided_at=rng.choice([None, None, moment()])))
            for i in range(rng.randrange(4)):
                s.add(Task(task_no=f"{no}-{i}", plan_on=day(60), manager=rng.choice(staff), client_no=no, play="stage.life", step="x",
                           signal="x", anchor=today, channel=rng.choice(["visit", "call", "message"]), due=today, priority=1, position=i,
                           state=rng.choice(["open", "done", "skipped"])))
            for i in range(rng.randrange(4)):
                rules = [rng.choice(["compliance.a", "compliance.b"]) for _ in range(rng.randrange(3))]
                told = [{"rule": rule, "severity": rng.choice(["block", "warn"])} for rule in rules]
                made = SuggestionRecord(suggestion_no=f"{no}-{i}", client_no=no, on=day(60), engine="offline", lang="zh", rule_version="1",
                                        body={"cautions": told})
                s.add(made)
                for _ in range(rng.randrange(3)):
                    at = datetime.combine(made.on + timedelta(days=rng.randrange(3)), datetime.min.time())
                    append(ws, s, Kind.SUGGESTION_USED, at, {"how": rng.choice(["followed", "changed", "ignored"])},
                           staff_no="S1", client_no=no, subject=made.suggestion_no)  # fmt: skip
        for i in range(rng.randrange(5)):
            total = rng.choice([None, 61.5, 88.0, 70.25])
            s.add(PracticeAttempt(attempt_no=str(i), scenario="x", version="1", staff_no=rng.choice([*staff, None]), lang="zh",
                                  engine="offline",
                                  began_at=moment(60), ended_at=moment(60), total=total, passed=None if total is None else total > 70))
    return ws


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace with an empty database, to be copied: making one takes a second."""
    home = tmp_path_factory.mktemp("empty") / "home"
    ws = Workspace.at(home, lang="zh")
    ws.engine.connect().close()
    ws.close()
    return home


NO_SHRINKING = [Phase.explicit, Phase.reuse, Phase.generate]
"""An example costs a database; the seed that failed is told as it is."""


@settings(max_examples=40, phases=NO_SHRINKING, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 10**9), start=st.integers(0, 70), length=st.integers(0, 40), run_on=st.booleans())
def test_figures_equal_a_second_count_on_invented_branches(
    empty: Path, tmp_path: Path, seed: int, start: int, length: int, run_on: bool
) -> None:
    home = Path(shutil.copytree(empty, tmp_path / "small", dirs_exist_ok=True))
    ws = small(home, random.Random(seed), TODAY)
    try:
        first = TODAY - timedelta(days=start)
        made = make(ws, first, TODAY + timedelta(days=9) if run_on else first + timedelta(days=length), TODAY)
        assert made.period.end <= TODAY
        same(ws, made)
    finally:
        ws.close()
        shutil.rmtree(home)


def test_figures_equal_a_second_count_on_the_demo_branch(demo_ws: Workspace) -> None:
    rng = random.Random(3)
    with session(demo_ws.engine) as s:  # money placed again, and a suggestion with a caution: the demo has neither
        due = s.execute(sa.select(Holding).where(sa.and_(sa.column("matures_on") <= TODAY)).limit(8)).scalars().all()  # type: ignore[arg-type]
        for i, held in enumerate(due):
            s.add(Holding(client_no=held.client_no, holding_no=f"new-{i}", product_type="deposit", amount_fen=held.amount_fen // 2,
                          start_on=held.matures_on + timedelta(days=i)))  # type: ignore[operator]
    for back in (4, 1, 0):
        on = TODAY - timedelta(days=back)
        for task in plan(demo_ws, "1001", on).tasks[:30]:
            if rng.random() < 0.7:
                at = datetime.combine(on, datetime.min.time()) + timedelta(hours=10)
                outcome = rng.choice(["done", "reached", "no_answer"])
                log_contact(demo_ws, task.client_no, Entry(task.channel, outcome, at, task_no=task.task_no))
    made = make(demo_ws, date(2026, 9, 15), TODAY, TODAY)
    assert same(demo_ws, made) >= 1
    f = made.figures["1001"]
    assert f.tasks.part > 0 and f.placed_fen > 0 and f.lifted > 0 and f.won_fen > 0 and f.contacts.part > 0, "nothing was compared"
    assert f.work["visit"].target == 5 * made.working_days and f.work["message"].target == 30 * made.working_days


def test_by_example_who_gets_what(own_workspace: Path) -> None:
    """A client handed over in the month: deeds stay with who did them, the maturity goes to who looks after the client at the end."""
    ws = Workspace.at(own_workspace, lang="en")
    with session(ws.engine) as s:
        s.add_all([Staff(staff_no="S1", name="A"), Staff(staff_no="S2", name="B")])
        s.flush()
        s.add(Client(client_no="C1", name="C", manager="S2", assets_fen=21_000_000, tier="A"))
        s.flush()
        s.add(Assignment(client_no="C1", manager="S1", since=date(2026, 1, 1)))
        s.add(Assignment(client_no="C1", manager="S2", since=date(2026, 11, 10)))
        s.add(Balance(client_no="C1", on=date(2026, 9, 30), assets_fen=40_000_000))
        s.add(Balance(client_no="C1", on=date(2026, 10, 31), assets_fen=18_000_000))
        s.add(Holding(client_no="C1", holding_no="1", product_type="deposit", amount_fen=10_000_000, matures_on=date(2026, 11, 3)))
        s.add(Holding(client_no="C1", holding_no="2", product_type="wealth", amount_fen=4_000_000, start_on=date(2026, 11, 5)))
        s.add(Holding(client_no="C1", holding_no="3", product_type="deposit", amount_fen=9_000_000, start_on=date(2026, 11, 2)))
        s.add(Contact(contact_no="1", client_no="C1", at=datetime(2026, 11, 3, 23, 59), channel="call", staff_no="S1", effective=True))
        s.add(Contact(contact_no="2", client_no="C1", at=datetime(2026, 11, 12, 9), channel="call", effective=False))
    made = make(ws, date(2026, 11, 1), date(2026, 11, 30), TODAY)
    one, two = made.figures["S1"], made.figures["S2"]
    assert (one.clients, one.work["call"].effective, one.matured_fen) == (0, 1, 0)
    assert (two.clients, two.work["call"].contacts, two.work["call"].effective) == (1, 1, 0)
    assert (two.matured_fen, two.placed_fen) == (10_000_000, 4_000_000), "a deposit begun before the maturity is not that money"
    assert two.lifted == 1, "180 to 210 thousand crosses the line at 200"
    assert (two.won_clients, two.won_fen) == (1, 3_000_000), "220 of 400 thousand had gone, 30 came back"
    assert two.coverage["A"].rate == 1.0, "talked to by the manager before, within thirty days"
    assert made.as_json()["counted_to"] == TODAY
    earlier = make(ws, date(2026, 11, 1), date(2026, 11, 9), TODAY)
    assert earlier.figures["S1"].clients == 1 and earlier.figures["S1"].matured_fen == 10_000_000
    ws.close()


def test_what_cannot_be_reported_is_refused_in_one_line(demo_ws: Workspace) -> None:
    for start, end, manager, said in (
        (TODAY, TODAY - timedelta(days=1), None, "早于"), (TODAY + timedelta(days=1), TODAY + timedelta(days=2), None, "还没到"),
        (TODAY - timedelta(days=2000), TODAY, None, "超过"), (TODAY, TODAY, "nobody", "nobody"),
    ):
        with pytest.raises(Refused) as refused:
            make(demo_ws, start, end, TODAY, manager=manager)
        assert said in str(refused.value) and "\n" not in str(refused.value)


def test_an_empty_database_gives_an_empty_report(own_workspace: Path) -> None:
    ws = Workspace.at(own_workspace, lang="zh")
    made = make(ws, TODAY - timedelta(days=30), TODAY, TODAY)
    assert made.people == () and made.figures[BRANCH].clients == 0 and made.figures[BRANCH].contacts.rate is None
    assert json.dumps(made.as_json(), default=str)
    ws.close()


# --- advice -----------------------------------------------------------------------------------------------------------


def _person(made: Report, **changes: object) -> Figures:
    return replace(next(f for no, f in made.figures.items() if no != BRANCH), **changes)  # type: ignore[arg-type]


def test_advice_speaks_of_the_figure_furthest_from_its_goal(demo_ws: Workspace) -> None:
    made = make(demo_ws, date(2026, 10, 1), TODAY, TODAY)
    known, rules = structure().targets(demo_ws.policy), demo_ws.policy.report.effective
    for lang in ("zh", "en"):
        demo_ws.lang = lang  # type: ignore[assignment]
        told = make(demo_ws, date(2026, 10, 1), TODAY, TODAY)
        for of in told.advice.values():
            for one in of:
                assert one.text.count("%") >= 1 and words(lang).figures[one.gap.figure] in one.text  # type: ignore[arg-type]
                assert all(c.startswith("support.") and (c, lang) in demo_ws.playbook.passages for c in one.cites)
                assert set(one.cites) <= {p.id for p in told.passages}
    everyone = [_person(made, staff_no=str(i), score=score, attempts=3) for i, score in enumerate((80.0, 82.0, 84.0, 40.0))]
    middle = medians(everyone, known)
    assert middle["practice"] == 81.0
    found = gaps(everyone[3], known, rules, middle, 30)
    shorts = [g.short for g in found]
    assert shorts == sorted(shorts, reverse=True) and next(g for g in found if g.figure == "practice").short == pytest.approx(41 / 81)
    assert not {"lifted", "won_back"} & {g.figure for g in found}, "a month of lifts is no ground for advice"
    assert medians(everyone[:2], known) == {}, "two people have no middle"


def test_a_branch_sets_its_own_targets(demo_ws: Workspace) -> None:
    def told() -> Report:
        demo_ws.__dict__.pop("policy", None)
        return make(demo_ws, date(2026, 10, 1), TODAY, TODAY)

    before = told()
    someone = before.people[0].staff_no
    assert before.held[someone]["coverage_A"].against == "target" and before.held[someone]["coverage_A"].goal == 0.9
    file = demo_ws.home / "policy.toml"
    own = "[report.targets]\ncoverage_A = 0.25\ncoverage_B = 0\nretention = 0.6\n[report.effective]\ncall = 0.5\n"
    file.write_text(own, encoding="utf-8")
    after = told()
    held = after.held[someone]
    assert held["coverage_A"].goal == 0.25 and held["coverage_A"].met == (held["coverage_A"].value >= 0.25)
    assert held["retention"].goal == 0.6 and held["retention"].against == "target"
    assert after.targets["coverage_B"].target is None and "coverage_B" not in after.held[BRANCH], "no target, and no median of one branch"
    meant = after.words.definitions
    assert "A 类 25%、B 类 不设" in meant["coverage"].formula and "电话 50%" in meant["effective"].formula
    assert after.as_json()["branch"]["coverage"]["B"]["target"] is None
    assert after.figures == before.figures, "a target changes no figure"
    file.write_text("[report.targets]\ncoverge_A = 0.5\n", encoding="utf-8")
    with pytest.raises(SettingsError, match=r"policy.toml: unknown key 'report.targets.coverge_A'; did you mean 'coverage_A'"):
        told()


@given(st.lists(st.floats(-2, 1, allow_nan=False), min_size=1, max_size=8))
def test_one_thing_is_to_be_mended_and_one_is_praised(shorts: list[float]) -> None:
    found = [Gap(f.id, 1, 1, "target", short) for f, short in zip(FIGURES, sorted(shorts, reverse=True), strict=False)]
    worst, best = mend(found), praise(found)
    assert (worst is None) == (max(shorts) < 0.1) and (best is None) == (min(shorts) > -0.1)
    assert worst is None or worst.short == max(shorts)
    assert best is None or best.short == min(shorts)


def test_every_figure_has_a_definition_in_both_languages() -> None:
    for lang in ("zh", "en"):
        told = words_for(load_policy(Path("none")), lang)  # type: ignore[arg-type]
        for figure in FIGURES:
            meant = told.definitions[structure().figures[figure.id].definition]
            assert all(len(text) > 8 and "{" not in text for text in (meant.counts, meant.records, meant.formula)), meant
            assert told.figures[figure.id]
