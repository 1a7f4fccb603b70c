"""``coach log list | show | used | correct | verify | anchor | export``."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from coach.cli.out import Call, DateOption, JsonOption, LangOption, call, parse_day, plain_errors, table
from coach.domain.words import pick

if TYPE_CHECKING:
    from coach.domain.chain import Entry

app = typer.Typer(help="The coaching log: read it, add to it, prove it whole. 辅导日志。", no_args_is_help=True)

StaffOption = Annotated[str | None, typer.Option(help="Staff number. 工号。", metavar="NO")]
FromOption = Annotated[date | None, typer.Option("--from", parser=parse_day, metavar="YYYY-MM-DD", help="First day. 从哪天。")]
ToOption = Annotated[date | None, typer.Option("--to", parser=parse_day, metavar="YYYY-MM-DD", help="Last day. 到哪天。")]


@app.command("list")
@plain_errors
def list_(
    staff: StaffOption = None,
    client: Annotated[str | None, typer.Option(help="Client number. 客户号。", metavar="NO")] = None,
    kind: Annotated[str | None, typer.Option(help="Only this kind. 只看一类。")] = None,
    since: FromOption = None,
    until: ToOption = None,
    limit: Annotated[int, typer.Option(min=1, max=100_000, help="How many, the newest first. 最多几条。")] = 50,
    as_json: JsonOption = False,
    lang: LangOption = None,
) -> None:
    """Entries, the newest first. 列出条目，新的在前。"""
    from coach.services.log_read import Wanted, entries

    now = call(as_json, lang)
    found = entries(now.ws, Wanted(staff, client, kind, since=since, until=until), limit=limit)
    none = pick(now.lang, "没有条目", "no entries")
    now.answer([e.as_json() for e in found], lambda: table(_cells(now, e) for e in found) or [none])


def _cells(now: Call, entry: Entry) -> list[str]:
    from coach.domain.chain import kind_name
    from coach.domain.log_words import gist

    return [str(entry.entry_no), entry.at.replace("T", " "), kind_name(entry.kind, now.lang), entry.staff_no or "", entry.client_no or "",
            entry.subject or "", gist(entry.content, now.lang)]  # fmt: skip


@app.command("show")
@plain_errors
def show(entry_no: Annotated[int, typer.Argument(metavar="NO")], as_json: JsonOption = False, lang: LangOption = None) -> None:
    """One entry, and whether the record that it tells of is unchanged. 看一条。"""
    from coach.services.log_read import entry

    now = call(as_json, lang)
    found = entry(now.ws, entry_no)
    value = {**found.entry.as_json(), "record_intact": found.record_intact, "corrected_by": list(found.corrected_by)}
    now.answer(value, lambda: _told(now, value))


def _told(now: Call, value: dict[str, Any]) -> Iterator[str]:
    from coach.domain.chain import kind_name
    from coach.domain.log_words import told

    yield f"{value['entry_no']}  {value['at'].replace('T', ' ')}  {kind_name(value['kind'], now.lang)}"
    names = {"staff_no": ("工号", "staff"), "client_no": ("客户", "client"), "subject": ("编号", "number")}
    yield from (f"  {pick(now.lang, *words)}: {value[key]}" for key, words in names.items() if value[key])
    yield from (f"  {fact.name}: {fact.text}" if fact.name else f"  {fact.text}" for fact in told(value["body"], now.lang))
    yield f"  hash: {value['hash']}"
    if value["record_intact"] is not None:
        good, bad = ("原始记录未变", "the record is unchanged"), ("原始记录已被改动或删除", "the record was changed or removed since")
        yield "  " + pick(now.lang, *(good if value["record_intact"] else bad))
    for number in value["corrected_by"]:
        yield "  " + pick(now.lang, f"被第 {number} 条更正", f"corrected by entry {number}")


@app.command("used")
@plain_errors
def used(
    suggestion_no: Annotated[str, typer.Argument(metavar="NO", help="The suggestion's number. 建议编号。")],
    followed: Annotated[bool, typer.Option("--followed", help="Done as proposed. 照做了。")] = False,
    changed: Annotated[str | None, typer.Option("--changed", metavar="TEXT", help="What was really sent or said. 改后的文字。")] = None,
    ignored: Annotated[str | None, typer.Option("--ignored", metavar="REASON", help="A reason of the policy. 不采用的理由。")] = None,
    remark: Annotated[str | None, typer.Option(help="A few words, with --ignored. 补充说明。")] = None,
    staff: StaffOption = None,
    as_json: JsonOption = False,
    lang: LangOption = None,
    day: DateOption = None,
) -> None:
    """Say what was done with a suggestion. 记下建议怎么用的。"""
    from coach.domain.difference import marked
    from coach.services.log_uses import used as note
    from coach.services.practice_records import moment

    if followed + (changed is not None) + (ignored is not None) != 1:
        raise typer.BadParameter("give one of --followed, --changed TEXT, --ignored REASON")
    if remark is not None and ignored is None:
        raise typer.BadParameter("--remark goes with --ignored")
    now = call(as_json, lang, day)
    how = "followed" if followed else "ignored" if changed is None else "changed"
    text = changed if changed is not None else remark
    made = note(now.ws, suggestion_no, how, reason=ignored, text=text, staff_no=staff, at=moment(now.today))  # type: ignore[arg-type]
    value = {
        "entry_no": made.entry_no, "suggestion_no": made.suggestion_no, "client_no": made.client_no, "staff_no": made.staff_no, "how": how,
        "reason": made.body.get("reason"), "difference": made.body.get("difference"), "corrects": made.body["corrects"],
    }  # fmt: skip
    words = {"followed": ("照做", "followed"), "changed": ("有改动", "changed"), "ignored": ("未采用", "ignored")}
    line = pick(now.lang, f"已记入第 {made.entry_no} 条：{words[how][0]}", f"logged as entry {made.entry_no}: {words[how][1]}")
    now.answer(value, lambda: [line, *([marked(value["difference"])] if value["difference"] else [])])


@app.command("correct")
@plain_errors
def correct(
    entry_no: Annotated[int, typer.Argument(metavar="NO")],
    text: Annotated[str, typer.Option(metavar="TEXT", help="What is true. 实际情况。")],
    staff: StaffOption = None,
    as_json: JsonOption = False,
    lang: LangOption = None,
    day: DateOption = None,
) -> None:
    """Set an entry right by a new one; the old one stays as it is. 以新条目更正。"""
    from coach.services.log_correct import correct as note
    from coach.services.practice_records import moment

    now = call(as_json, lang, day)
    made = note(now.ws, entry_no, text, by=staff, at=moment(now.today))
    told = pick(now.lang, f"已记入第 {made.entry_no} 条，更正第 {entry_no} 条", f"logged as entry {made.entry_no}, correcting {entry_no}")
    now.answer(made.as_json(), lambda: [told])


@app.command("anchor")
@plain_errors
def anchor(as_json: JsonOption = False, lang: LangOption = None, day: DateOption = None) -> None:
    """Verify the log and write an anchor of its end to the policy's file. 检验后写一个锚。"""
    from coach.services.log_anchor import anchor_now
    from coach.services.practice_records import moment

    now = call(as_json, lang, day)
    made = anchor_now(now.ws, at=moment(now.today))
    told = pick(now.lang, f"锚已写入，到第 {made.count} 条", f"the anchor is written, up to entry {made.count}")
    now.answer({"count": made.count, "hash": made.hash, "at": made.at}, lambda: [told])


@app.command("verify")
@plain_errors
def verify(
    anchor: Annotated[Path | None, typer.Option(metavar="FILE", help="Anchors or an export kept elsewhere. 库外的锚或导出。")] = None,
    as_json: JsonOption = False,
    lang: LangOption = None,
) -> None:
    """Whether the log is whole; exit 1 where it is not. 检验日志是否完整。"""
    from coach.services.log_verify import verify as check

    now = call(as_json, lang)
    found = check(now.ws, anchor)
    now.answer(found.as_json(), lambda: [found.line(now.lang)])
    if not found.whole:
        raise typer.Exit(1)


@app.command("export")
@plain_errors
def export(
    file: Annotated[Path, typer.Argument(metavar="FILE")], as_json: JsonOption = False, lang: LangOption = None, day: DateOption = None
) -> None:
    """Every entry as a line of JSON, and the anchor beside it in FILE.anchor. 导出日志与锚。"""
    from coach.services.log_read import export as write
    from coach.services.practice_records import moment

    now = call(as_json, lang, day)
    made = write(now.ws, file, at=moment(now.today))
    anchor = made.anchor and {"count": made.anchor.count, "hash": made.anchor.hash, "at": made.anchor.at}
    value = {"file": str(made.file), "entries": made.entries, "whole": made.first_broken is None, "first_broken": made.first_broken,
             "anchor": anchor, "anchor_file": made.anchor_file and str(made.anchor_file)}  # fmt: skip
    good = pick(now.lang, f"已导出 {made.entries} 条到 {made.file}，锚在 {made.anchor_file}；请把锚存到别处",
                f"{made.entries} entries written to {made.file}, the anchor to {made.anchor_file}; keep the anchor elsewhere")  # fmt: skip
    # fmt: off
    bad = pick(now.lang, f"已导出 {made.entries} 条到 {made.file}；日志从第 {made.first_broken} 条起不完整，没有写锚",
               f"{made.entries} entries written to {made.file}, without an anchor: not whole from entry {made.first_broken} on")
    # fmt: on
    now.answer(value, lambda: [bad if made.first_broken else good])
    if made.first_broken:
        raise typer.Exit(1)
