"""Two hundred demo clients: grounded, specific, within the rules, quick."""

from __future__ import annotations

import time
from collections import defaultdict
from datetime import date

import pytest

from coach.assistant import guard
from coach.assistant.choose import given_before
from coach.domain.compliance import check_text
from coach.services.clients import ClientQuery, client_numbers, picture
from coach.services.suggestions import ask, suggest, upcoming

TODAY = date(2026, 11, 24)
MANY = 200


@pytest.fixture(scope="module")
def made(demo_branch, tmp_path_factory):
    """Two hundred suggestions in Chinese, each with the client's picture and the seconds that it took."""
    import shutil

    from coach.services.workspace import Workspace

    home = tmp_path_factory.mktemp("many") / "demo"
    shutil.copytree(demo_branch, home)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("COACH_HOME", str(home))
        ws = Workspace(lang="zh")
        numbers = client_numbers(ws, ClientQuery(manager="1001"))[:: 600 // MANY]
        suggest(ws, numbers[0], TODAY)
        found = []
        for number in numbers:
            start = time.perf_counter()
            one = suggest(ws, number, TODAY)
            found.append((one, picture(ws, number, TODAY, lang="zh", signals=()), time.perf_counter() - start))
        yield ws, found
        ws.close()


def test_every_claim_is_cited_and_supported(made) -> None:
    _, found = made
    assert len(found) == MANY
    for one, client, _ in found:
        assert (one.grounding.unsupported, one.grounding.cited) == (0, one.grounding.claims)
        assert one.grounding.claims >= 4 or client.do_not_contact
        assert {c for p in (*one.talking_points, *one.care_ideas) for c in p.cites} <= {c.id for c in one.citations}


def test_no_two_clients_of_a_play_get_the_same_points(made) -> None:
    _, found = made
    points = defaultdict(list)
    for one, _, _ in found:
        if one.next_action:
            points[one.play].append(tuple(p.text for p in one.talking_points))
    assert len(points) >= 6
    for play, lists in points.items():
        assert len(lists) == len(set(lists)), play


def test_gifts_stay_within_the_cap_and_are_never_given_twice(made) -> None:
    ws, found = made
    gifts = 0
    for one, client, _ in found:
        for idea in one.care_ideas:
            if idea.kind == "gift":
                gifts += 1
                assert 0 < idea.cost_cap <= ws.policy.gifts.cap // 100
                assert not given_before(ws.playbook.passage(idea.cites[0], "zh"), client)
    assert gifts


def test_nothing_said_breaks_a_rule(made) -> None:
    ws, found = made
    for one, client, _ in found:
        base = guard.context(ws.policy, TODAY, "zh", client=client)
        texts = [(one.message_draft, "message"), *((p.text, "visit") for p in (*one.talking_points, *one.care_ideas))]
        for text, channel in texts:
            assert not guard.blocks(check_text(text, guard.with_purpose(base, channel, "service"), ws.rules)), text
        if client.do_not_contact:
            assert one.next_action is None and any(c.severity == "block" for c in one.cautions)


def test_a_warm_suggestion_is_quick(made) -> None:
    _, found = made
    seconds = sorted(s for _, _, s in found)
    assert seconds[int(len(seconds) * 0.95)] < 0.5, "five times the promise: not noise"


def test_the_same_suggestion_is_kept_once_and_english_is_another(made) -> None:
    ws, found = made
    number = found[0][0].client_no
    assert suggest(ws, number, TODAY).suggestion_no == found[0][0].suggestion_no
    english = suggest(ws, number, TODAY, lang="en")
    assert english.suggestion_no != found[0][0].suggestion_no and english.talking_points[0].text.isascii() is not None
    assert upcoming(ws, number, TODAY)["channel"] == found[0][0].next_action.channel


def test_a_question_about_a_client_cites_the_record(made) -> None:
    ws, found = made
    client = next(c for _, c, _ in found if c.holdings)
    told = ask(ws, "这位客户持有什么产品，哪天到期？", TODAY, client_no=client.client_no)
    assert told.answered and any(c.startswith("record:holding/") for s in told.answer for c in s.cites)


def test_a_closed_workspace_holds_no_file(demo_ws) -> None:
    """The index's files and threads go with the database's: a program that opens many workspaces must not run out of them."""
    import os

    def held() -> list[str]:
        links = (f"/proc/self/fd/{number}" for number in os.listdir("/proc/self/fd"))
        return [where for link in links if os.path.lexists(link) and (where := os.readlink(link)).startswith(str(demo_ws.home))]

    if not os.path.isdir("/proc/self/fd"):
        pytest.skip("this system does not list a process's files")
    suggest(demo_ws, client_numbers(demo_ws, ClientQuery())[0], TODAY)
    assert held()
    demo_ws.close()
    assert not held()
    assert suggest(demo_ws, client_numbers(demo_ws, ClientQuery())[1], TODAY).play, "a later question opens it again"
