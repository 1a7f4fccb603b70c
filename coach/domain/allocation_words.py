"""Why a client passes to another manager, as a person reads it."""

from __future__ import annotations

from collections.abc import Mapping

from coach.domain.allocation import Book, Move
from coach.domain.format import money
from coach.domain.words import Lang

WHY: dict[str, tuple[str, str]] = {
    "familiar": ("{to} 与客户熟悉，优先由熟悉的人维护", "{to} knows the client well, and who knows a client is chosen first"),
    "harder": ("首次分户：难度较大的优质客户，{to} 能力强，多分一些",
               "first allocation: a difficult, valuable client; {to} may take more of them"),
    "dealt": ("首次分户：按资产从大到小，补给当时资产最少的人（{to}）",
              "first allocation: largest clients first, each to who had least ({to})"),
    "unassigned": ("客户没有负责人；{to} 应有 {fair}，原有 {has}，补上这一户",
                   "nobody looked after the client; {to} should have {fair} and had {has}"),
    "left": ("{from} 不在管户名单（离岗，或主管代管），由 {to} 接手（应有 {fair}，原有 {has}）",
             "{from} is not among those who look after clients (leaves, or is a supervisor);"
             " {to} takes over (should have {fair}, had {has})"),
    "post": ("按岗位分工，这类客户由 {to} 的岗位维护", "by the division of work such clients belong to {to}'s post"),
    "joined": ("{to} 刚开始管户，从 {from} 处匀出", "{to} has just begun to look after clients and is given one of {from}'s"),
    "number": ("户数找平：{from} 应有 {from_fair}，原有 {from_has}；{to} 应有 {fair}，原有 {has}",
               "levels the numbers: {from} should have {from_fair} and had {from_has}, {to} should have {fair} and had {has}"),
    "value": ("资产找平：{from} 应有 {from_fair}，原有 {from_has}；{to} 应有 {fair}，原有 {has}",
              "levels the assets: {from} should have {from_fair} and had {from_has}, {to} should have {fair} and had {has}"),
    "exchange": ("资产找平，一户换一户：{from} 应有 {from_fair}，原有 {from_has}；{to} 应有 {fair}，原有 {has}",
                 "levels the assets, one client for another: {from} should have {from_fair} and had {from_has},"
                 " {to} should have {fair} and had {has}"),
}
"""Code of a move → (Chinese, English). «has» and «fair»: number, or assets, before the adjustment."""

_BY_NUMBER = {"number", "unassigned", "left"}


def reason(move: Move, books: Mapping[str, Book], called: Mapping[str, str], lang: Lang) -> str:
    """Why in one line. ``books``: by staff number, as they stood before; ``called``: staff_no → what a person is called by."""
    told = {"to": called.get(move.after, move.after), "from": called.get(move.before or "", move.before or "")}
    for key, staff_no in (("", move.after), ("from_", move.before)):
        if (book := books.get(staff_no or "")) is not None:
            told[f"{key}fair"], told[f"{key}has"] = _figures(book, move.why in _BY_NUMBER, lang)
    return WHY[move.why][0 if lang == "zh" else 1].format_map(told)


def _figures(book: Book, by_number: bool, lang: Lang) -> tuple[str, str]:
    if by_number:
        unit = (" 户", "")[lang != "zh"]
        return f"{round(book.fair_clients):,}{unit}", f"{book.clients:,}{unit}"
    return money(book.fair_assets_fen, lang), money(book.assets_fen, lang)
