"""``coach allocate``."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer

from coach.cli.out import Call, DateOption, JsonOption, LangOption, call, plain_errors, table
from coach.domain.words import pick

if TYPE_CHECKING:
    from coach.services.allocation import Proposal

SHOWN = 20
"""So many moves are told on the screen; all of them are in the JSON."""


def register(app: typer.Typer) -> None:
    """Add this module's command."""
    app.command("allocate")(plain_errors(allocate))


def allocate(
    mode: Annotated[str | None, typer.Option(metavar="initial|monthly|quarterly", help="首次分户、每月微调、每季大调。")] = None,
    apply: Annotated[bool, typer.Option("--apply", help="Carry it out; without it only a preview. 执行；不加只预览。")] = False,
    undo: Annotated[bool, typer.Option("--undo", help="Take the last one back. 撤回上一次。")] = False,
    leaving: Annotated[
        list[str] | None, typer.Option(metavar="NO", help="Staff who leave: their clients are given out. 离岗员工。")
    ] = None,
    by: Annotated[str | None, typer.Option(metavar="NO", help="The supervisor who carries it out. 执行的主管的工号。")] = None,
    as_json: JsonOption = False,
    lang: LangOption = None,
    day: DateOption = None,
) -> None:
    """Share out the clients among the staff: a preview with each move's reason, or carried out. 分户。"""
    from coach.domain.allocation import Mode
    from coach.services import allocation as service

    if undo and (mode or apply or leaving):
        raise typer.BadParameter("--undo stands alone")
    if not undo and mode not in list(Mode):
        raise typer.BadParameter("--mode initial, monthly or quarterly (or --undo)")
    now = call(as_json, lang, day)
    at = datetime.combine(now.today, datetime.now().time().replace(microsecond=0))
    if undo:
        done = service.undo(now.ws, at, by=by)
        stands = service.standing(now.ws, now.today)
        value = {"undone": done.run_no, "mode": done.mode, "clients": done.clients, **service.balance_json(stands)}
        told = pick(now.lang, f"已撤回分户 {done.run_no}：{done.clients} 位客户回到原负责人",
                    f"allocation {done.run_no} undone: {done.clients} clients are back with their managers")  # fmt: skip
        now.answer(value, lambda: [told])
        return
    chosen, gone = Mode(str(mode)), tuple(leaving or ())
    carry_out = partial(service.apply, now.ws, chosen, at, by=by) if apply else partial(service.propose, now.ws, chosen, now.today)
    found = carry_out(leaving=gone)
    now.answer(found.as_json(now.lang), lambda: _lines(now, found, apply))


def _lines(now: Call, found: Proposal, applied: bool) -> Iterator[str]:
    made, lang = found.made, now.lang
    yield from table(_books(now, found))
    for title, was, now_is in (
        (pick(lang, "资产最多/平均：", "assets, highest over mean: "), made.before.value, made.after.value),
        (pick(lang, "户数最多/平均：", "number, highest over mean: "), made.before.number, made.after.number),
    ):
        yield title + pick(lang, "，", ", ").join(f"{post} {was[post]:.3f} → {now_is[post]:.3f}".lstrip() for post in was)
    yield pick(lang, f"不动的客户 {made.protected}，归熟悉的人 {made.familiar_kept}，调动 {len(made.moves)}",
               f"protected {made.protected}, with somebody who knows them well {made.familiar_kept}, moves {len(made.moves)}")  # fmt: skip
    if made.large:
        first = made.large[0]
        yield pick(lang, f"大户 {len(made.large)} 位，单户就超过容差；最大的 {first.client_no} 占人均资产 {first.share:.0%}",
                   f"{len(made.large)} clients alone exceed the tolerance; the largest, {first.client_no}, is {first.share:.0%} of a"
                   " mean share")  # fmt: skip
    if made.unserved:
        yield pick(lang, f"{made.unserved} 位客户没有岗位可管，请看 policy.toml 的 [allocation] posts",
                   f"no post serves {made.unserved} clients; see posts in policy.toml, [allocation]")  # fmt: skip
    reasons = found.reasons(lang)
    for move, why in list(zip(made.moves, reasons, strict=True))[:SHOWN]:
        yield f"  {move.client_no}  {move.before or '-'} → {move.after}  {why}"
    if (more := len(made.moves) - SHOWN) > 0:
        yield pick(lang, f"  …… 另有 {more} 户，全部见 --json", f"  … and {more} more; all of them with --json")
    if found.run_no:
        yield pick(lang, f"已执行（{found.run_no}）；撤回用 coach allocate --undo",
                   f"carried out ({found.run_no}); take it back with coach allocate --undo")  # fmt: skip
    elif applied:
        yield pick(lang, "没有要动的客户，什么都没有改", "nobody is to be moved; nothing was changed")
    else:
        yield pick(lang, "这是预览；执行请加 --apply", "this is a preview; add --apply to carry it out")


def _books(now: Call, found: Proposal) -> Iterator[list[str]]:
    from coach.domain.format import money

    made = found.made
    before = {b.staff_no: b for b in made.before.books}
    yield pick(now.lang, "岗位,员工,户数,,资产,", "post,staff,clients,,assets,").split(",")
    for book in made.after.books:
        was = before[book.staff_no]
        yield [
            book.post, found.called.get(book.staff_no, book.staff_no), f"{was.clients:,}", f"→ {book.clients:,}",
            money(was.assets_fen, now.lang), f"→ {money(book.assets_fen, now.lang)}",
        ]  # fmt: skip
