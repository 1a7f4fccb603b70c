"""``coach report`` as a person or a script runs it: the JSON's shape, the page, the workbook, whole files or none."""

from __future__ import annotations

import json
import shutil
import subprocess
from datetime import date
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from python_calamine import CalamineWorkbook
from sqlmodel import select

from coach.domain.report import BRANCH
from coach.services.errors import Refused
from coach.services.report import make
from coach.services.report_files import write
from coach.services.workspace import Workspace
from coach.store.db import session
from coach.store.tables import Staff
from tests.cli.conftest import DATE, run_coach
from tests.cli.schemas import COUNT, DAY, NUMBER, STRING, many, nullable, thing

SPAN = ("--from", "2026-09-01", "--to", DATE)
RATE = nullable({"type": "number", "minimum": 0})
_WORK = thing({"planned": COUNT, "done": COUNT, "contacts": COUNT, "target": COUNT})
_TALKS = {"contacts": COUNT, "effective": COUNT, "rate": RATE}
_TIER = thing({"clients": COUNT, "reached": COUNT, "rate": RATE, "target": nullable(NUMBER)})
FIGURES: dict[str, Any] = {
    "clients": COUNT,
    "tasks": thing({"visit": _WORK, "call": _WORK, "message": _WORK}),
    "effective": thing(_TALKS | {"target": RATE, "by_channel": thing({c: thing(_TALKS) for c in ("visit", "call", "message")})}),
    "coverage": thing({"A": _TIER, "B": _TIER, "C": _TIER}),
    "retention": thing({"matured": NUMBER, "placed": NUMBER, "rate": RATE}),
    "lifted": COUNT,
    "won_back": thing({"clients": COUNT, "amount": NUMBER}),
    "referrals": thing({"asked": COUNT, "given": COUNT}),
    "suggestions": thing({"shown": COUNT, "followed": COUNT, "changed": COUNT, "ignored": COUNT}),
    "practice": thing({"attempts": COUNT, "mean": nullable(NUMBER), "passed": COUNT}),
    "cautions": thing({"open": COUNT, "blocking": COUNT}),
}
_ADVICE = thing({
    "kind": {"enum": ["mend", "praise"]}, "figure": STRING, "value": NUMBER, "goal": NUMBER, "against": {"enum": ["target", "median"]},
    "text": STRING, "cites": many({"type": "string", "pattern": r"^support\."}, 1),
})  # fmt: skip
_PART = thing({
    "from": DAY, "to": DAY, "working_days": COUNT, "managers": many(thing({"staff_no": STRING, **FIGURES})), "branch": thing(FIGURES),
})  # fmt: skip
REPORT = thing({
    "from": DAY, "to": DAY, "counted_to": DAY, "working_days": COUNT,
    "managers": many(thing({"staff_no": STRING, "name": STRING, "post": STRING, **FIGURES, "advice": many(_ADVICE)}), 1),
    "branch": thing(FIGURES), "medians": {"type": "object", "additionalProperties": NUMBER}, "weeks": many(_PART, 2),
    "months": many(_PART, 2), "definitions": many(thing(dict.fromkeys(("id", "name", "counts", "records", "formula"), STRING)), 10),
    "citations": many(thing({"id": STRING, "topic": STRING, "title": STRING, "quote": STRING})), "files": many(STRING),
})  # fmt: skip


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_json_has_the_contracts_shape(coach_json: Any, lang: str) -> None:
    value = coach_json("report", *SPAN, lang=lang)
    jsonschema.validate(value, REPORT)
    cited = {c["id"] for c in value["citations"]}
    assert all(set(a["cites"]) <= cited for m in value["managers"] for a in m["advice"])
    assert value["branch"]["clients"] == sum(m["clients"] for m in value["managers"]) == 600
    weeks = value["weeks"]
    assert sum(w["branch"]["effective"]["contacts"] for w in weeks) == value["branch"]["effective"]["contacts"] > 0
    assert (weeks[0]["from"], weeks[0]["to"], weeks[-1]["to"]) == ("2026-09-01", "2026-09-06", DATE)
    assert [m["from"] for m in value["months"]] == ["2026-09-01", "2026-10-01", "2026-11-01"]
    assert sum(w["working_days"] for w in weeks) == value["working_days"]


def test_one_manager_stands_beside_the_branch(coach_json: Any) -> None:
    one = coach_json("report", *SPAN, "--manager", "1001")
    assert [m["staff_no"] for m in one["managers"]] == ["1001"]
    assert one["branch"] == coach_json("report", *SPAN)["branch"]


def test_what_is_wrong_is_one_line(demo_home: Path, tmp_path: Path, coach_here) -> None:
    for args, said in (
        (("--from", DATE, "--to", "2026-11-01"), "早于"), ((*SPAN, "--manager", "9"), "9"),
        ((*SPAN, "--html", str(tmp_path)), "文件夹"), ((*SPAN, "--xlsx", str(tmp_path / "none" / "r.xlsx")), "没有文件夹"),
        ((*SPAN, "--html", str(tmp_path / "a"), "--xlsx", str(tmp_path / "a")), "同一个文件"),
    ):  # fmt: skip
        done = coach_here(demo_home, "report", *args, "--date", DATE, code=1)
        assert said in done.stderr and len(done.stderr.splitlines()) == 1 and not done.stdout
    coach_here(demo_home, "report", "--from", DATE, code=2)
    assert list(tmp_path.iterdir()) == []


# --- the page and the workbook ------------------------------------------------------------------------------------------

NASTY = "=HYPERLINK(\"http://x\",\"点\")<script>alert(1)</script>&\"'"


@pytest.fixture
def nasty_ws(demo_ws: Workspace) -> Workspace:
    """The demo branch with a name that would be a formula and a script."""
    with session(demo_ws.engine) as s:
        staff = s.exec(select(Staff).where(Staff.staff_no == "1001")).one()
        staff.name, staff.post = NASTY, "+1+1"
        s.add(staff)
    return demo_ws


class _Page(HTMLParser):
    """What a page holds: tags with their attributes, what is left open, texts."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.texts: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in ("meta", "br", "rect", "line", "circle", "polyline"):
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open and self.open.pop() == tag, f"</{tag}> closes something else"

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_page_stands_alone_and_is_escaped(nasty_ws: Workspace, tmp_path: Path, lang: Any) -> None:
    nasty_ws.lang = lang
    made = make(nasty_ws, date(2026, 9, 1), date.fromisoformat(DATE), date.fromisoformat(DATE))
    write(made, html=tmp_path / "r.html")
    text = (tmp_path / "r.html").read_text(encoding="utf-8")
    page = _Page(text)
    assert page.open == []
    names = {tag for tag, _ in page.tags}
    assert not names & {"script", "link", "img", "iframe", "object", "embed", "base", "form", "a", "audio", "video", "image", "use"}
    for tag, attrs in page.tags:
        assert not {"src", "href", "xlink:href", "srcset", "data", "action"} & set(attrs), tag
        assert not any(name.startswith("on") for name in attrs), tag
    assert "url(" not in text and "@import" not in text and "@media print" in text and "@page" in text
    policy = [a["content"] or "" for tag, a in page.tags if tag == "meta" and "Content-Security-Policy" in (a.get("http-equiv") or "")]
    assert policy and policy[0].startswith("default-src 'none'")
    assert page.tags[0] == ("html", {"lang": "zh-CN" if lang == "zh" else "en"})
    assert any(NASTY in t for t in page.texts) and len([1 for tag, _ in page.tags if tag == "svg"]) == 3
    for told in made.words.definitions.values():
        assert told.name in page.texts and told.formula in " ".join(page.texts)
    if lang == "en":
        shown = " ".join(t for t in page.texts if "font" not in t)
        for staff in made.people:
            shown = shown.replace(staff.name, "")
        assert not [c for c in shown if "一" <= c <= "鿿"], "Chinese words in the English page"


def test_the_workbook_read_by_another_library(nasty_ws: Workspace, tmp_path: Path) -> None:
    made = make(nasty_ws, date(2026, 9, 1), date.fromisoformat(DATE), date.fromisoformat(DATE))
    write(made, xlsx=tmp_path / "r.xlsx")
    book = CalamineWorkbook.from_path(str(tmp_path / "r.xlsx"))
    w = made.words.page
    assert book.sheet_names[0] == w["people"] and {w["weeks"], w["months"], w["advice"], w["definitions"]} <= set(book.sheet_names)
    head, *rows = book.get_sheet_by_name(w["people"]).to_python()
    assert rows[0][0] == f"{NASTY} 1001", "a name is a text"
    assert [r[1] for r in rows] == [made.figures[p.staff_no].clients for p in made.everyone]
    at = head.index(f"{made.words.figures['won_back']} (元)")
    assert rows[-1][at] == made.figures[BRANCH].won_fen / 100
    assert rows[-1][head.index(made.words.figures["effective"])] == made.figures[BRANCH].contacts.rate
    assert len(book.get_sheet_by_name(w["weeks"]).to_python()) == 1 + len(made.weeks) * len(made.everyone)
    folder = tmp_path / "inside"
    shutil.unpack_archive(tmp_path / "r.xlsx", folder, "zip")
    sheets = list((folder / "xl" / "worksheets").glob("*.xml"))
    assert len(sheets) == len(book.sheet_names)
    assert not any("<f>" in sheet.read_text("utf-8") or "<hyperlink" in sheet.read_text("utf-8") for sheet in sheets)


def test_files_are_written_whole_or_not_at_all(demo_ws: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = make(demo_ws, date(2026, 11, 1), date.fromisoformat(DATE), date.fromisoformat(DATE))
    page, book = tmp_path / "r.html", tmp_path / "r.xlsx"
    page.write_text("before", encoding="utf-8")

    def full(path: Path, content: bytes) -> None:
        if path.name.startswith(".r.xlsx"):
            path.write_bytes(content[:100])
            raise OSError(28, "No space left on device")
        path.write_bytes(content)

    with monkeypatch.context() as patched:
        patched.setattr("coach.services.report_files._put", full)
        with pytest.raises(Refused, match=r"r\.xlsx"):
            write(made, html=page, xlsx=book)
    assert page.read_text(encoding="utf-8") == "before" and [p.name for p in tmp_path.iterdir() if p.is_file()] == ["r.html"]
    assert write(made, html=page, xlsx=book) == [page, book]
    assert {p.name for p in tmp_path.iterdir() if p.is_file()} == {"r.html", "r.xlsx"} and page.read_bytes().endswith(b"</html>\n")


def test_the_page_is_drawn_and_printed_by_a_browser(demo_home: Path, tmp_path: Path) -> None:
    browser = shutil.which("chromium") or shutil.which("google-chrome")
    if browser is None:
        pytest.skip("no Chromium on this machine")
    page = tmp_path / "r.html"
    done = run_coach(demo_home, "report", *SPAN, "--date", DATE, "--html", str(page), "--json")
    assert json.loads(done.stdout)["files"] == [str(page)]
    flags = ("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
             "--disable-component-update", "--disable-sync", f"--user-data-dir={tmp_path / 'profile'}",
             "--no-pdf-header-footer")  # fmt: skip
    for want in (f"--screenshot={tmp_path / 'r.png'}", f"--print-to-pdf={tmp_path / 'r.pdf'}"):
        subprocess.run([browser, *flags, want, page.as_uri()], capture_output=True, timeout=120, check=True)
    assert (tmp_path / "r.png").stat().st_size > 20_000
    from pypdf import PdfReader

    assert 2 <= len(PdfReader(tmp_path / "r.pdf").pages) <= 12
