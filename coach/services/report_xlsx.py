"""The report as a workbook: figures as numbers with their formats, texts always as texts, so that no name becomes a formula."""

from __future__ import annotations

from io import BytesIO
from typing import Any

from coach.domain.format import yuan
from coach.services import report_tables as t
from coach.services.report import Report

_FORMATS = {"share": "0%", "money": "#,##0.00", "count": "#,##0", "score": "0.0"}


def xlsx(made: Report) -> bytes:
    """The workbook's bytes. Amounts are yuan."""
    from xlsxwriter import Workbook

    out, w = BytesIO(), made.words.page
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    book = Workbook(out, options)
    formats = {kind: book.add_format({"num_format": how, "valign": "top"}) for kind, how in _FORMATS.items()}
    text = book.add_format({"text_wrap": True, "valign": "top"})
    head = book.add_format({"bold": True, "text_wrap": True, "bg_color": "#EEF3F7", "valign": "top", "bottom": 1})
    tables = [t.people_table(made), t.work_table(made), t.result_table(made), t.helped_table(made)]
    tables += [t.parts_table(made, title, parts) for title, parts in ((w["weeks"], made.weeks), (w["months"], made.months)) if parts]
    tables += [t.advice_table(made), t.definitions_table(made)]
    for table in tables:
        _sheet(book.add_worksheet(_sheet_name(table.title)), table, head, text, formats, w["yuan"])
    book.close()
    return out.getvalue()


def _sheet_name(title: str) -> str:
    """At most 31 characters, none of those that a sheet's name may not hold."""
    return "".join("-" if letter in "[]:*?/\\：" else letter for letter in title)[:31]


def _sheet(sheet: Any, table: t.Table, head: Any, text: Any, formats: dict[str, Any], unit: str) -> None:
    long = len(table.rows) > 0 and all(kind == "text" for _, kind in table.columns)
    for x, (heading, kind) in enumerate(table.columns):
        sheet.write_string(0, x, f"{heading} ({unit})" if kind == "money" else heading, head)
        sheet.set_column(x, x, 40 if long and x > 0 else 22 if kind == "text" else 13)
        for y, row in enumerate(table.rows, 1):
            value = row[x]
            if value is None:
                sheet.write_blank(y, x, None, formats.get(kind, text))
            elif kind == "text":
                sheet.write_string(y, x, str(value), text)
            else:
                sheet.write_number(y, x, float(yuan(int(value))) if kind == "money" else value, formats[kind])
    sheet.freeze_panes(1, 1)
    if table.rows:
        sheet.autofilter(0, 0, len(table.rows), len(table.columns) - 1)
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(0)
