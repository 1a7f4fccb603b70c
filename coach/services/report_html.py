"""The report as one self-contained page: no script, nothing from outside, every text escaped, made to be printed on A4."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

from coach.domain.report import BRANCH, CHANNELS, TIERS, Share
from coach.domain.report_figures import effective_target
from coach.domain.words import label
from coach.services import report_tables as t
from coach.services.report import Report
from coach.services.report_svg import MOST, bars, curve

MOST_ROWS = 1200
"""Rows of weeks and months that a page prints; the workbook holds them all."""

_STYLE = """
@page{size:A4 landscape;margin:12mm}
body{font:13px/1.5 "Noto Sans SC","Source Han Sans SC","Microsoft YaHei","PingFang SC","WenQuanYi Micro Hei",sans-serif;
 color:#1b2733;margin:24px auto;max-width:1120px;padding:0 16px;background:#fff}
h1{font-size:22px;margin:0}h2{font-size:16px;margin:26px 0 8px;border-bottom:2px solid #1f5a8a;padding-bottom:3px;break-after:avoid}
.sub{color:#51606e;margin:2px 0 4px}
.note{color:#51606e;font-size:12px}
table{border-collapse:collapse;width:100%;font-size:12px;font-variant-numeric:tabular-nums}
th,td{padding:3px 6px;border-bottom:1px solid #d9e0e6;text-align:right;vertical-align:top}
th{background:#eef3f7;font-weight:600;vertical-align:bottom}
th.l,td.l{text-align:left}td.k{white-space:nowrap}
tr{break-inside:avoid}thead{display:table-header-group}
tr.b td{font-weight:600;background:#f6f8fa;border-top:1px solid #1f5a8a}
.scroll{overflow-x:auto}
.plots{display:flex;flex-wrap:wrap;gap:20px;margin-top:18px}figure{margin:0;flex:1 1 460px;max-width:680px;break-inside:avoid}
figcaption{font-weight:600;margin-bottom:4px}
svg{width:100%;height:auto}svg text{font-size:11px;fill:#1b2733}svg text.n{font-size:10px;fill:#51606e}
svg line.t{stroke:#a33;stroke-width:1.5;stroke-dasharray:3 2}svg line.g{stroke:#d9e0e6}
svg polyline{fill:none;stroke-width:2}svg polyline.v{stroke:#1f5a8a}svg polyline.w{stroke:#a33;stroke-dasharray:4 3;stroke-width:1.5}
svg circle{fill:#1f5a8a}
dl{display:grid;grid-template-columns:14em 1fr;gap:4px 12px;margin:0}dt{font-weight:600}dd{margin:0}
.adv{break-inside:avoid;margin:0 0 8px}.adv b{margin-right:.5em}.cite{color:#51606e;font-size:11px}
@media print{body{margin:0;max-width:none;padding:0;font-size:11px}table{font-size:9.5px}th,td{padding:2px 3px}.scroll{overflow:visible}}
"""


def html(made: Report) -> str:
    """The whole page."""
    w = made.words.page
    sub = w["subtitle"].format(start=made.period.start, end=made.period.end, days=made.working_days)
    body = "\n".join(_body(made))
    return f"""<!DOCTYPE html>
<html lang="{'zh-CN' if made.lang == 'zh' else 'en'}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width">
<title>{escape(w['title'])} {made.period.start} – {made.period.end}</title>
<style>{_STYLE}</style>
</head>
<body>
<h1>{escape(w['title'])}</h1>
<p class="sub">{escape(sub)}</p>
<p class="note">{escape(w['note'])}</p>
{body}
</body>
</html>
"""


def _body(made: Report) -> Iterator[str]:
    w = made.words.page
    yield _section(w["people"], _table(made, t.people_table(made)))
    yield f'<div class="plots">{"".join(_plots(made))}</div>'
    if any(made.advice.values()):
        yield _section(w["advice"], "".join(_advice(made)))
    for table in (t.work_table(made), t.result_table(made), t.helped_table(made)):
        yield _section(table.title, _table(made, table))
    for title, parts in ((w["weeks"], made.weeks), (w["months"], made.months)):
        if parts:
            yield _section(title, _table(made, t.parts_table(made, title, parts[-max(1, MOST_ROWS // len(made.everyone)):])))
    yield _section(w["definitions"], "<dl>" + "".join(_definitions(made)) + "</dl>")


def _section(title: str, inside: str) -> str:
    return f"<section><h2>{escape(title)}</h2>{inside}</section>"


def _table(made: Report, table: t.Table) -> str:
    last = made.words.page["branch"]
    texts = [kind == "text" for _, kind in table.columns]
    head, *rows = t.cells(table, made.lang)
    out = ["".join(f'<th{" class=l" if text else ""}>{escape(name)}</th>' for name, text in zip(head, texts, strict=True))]
    for row in rows:
        tds = "".join(f"<td{_class(value, text)}>{escape(value)}</td>" for value, text in zip(row, texts, strict=True))
        out.append(f"<tr{' class=b' if last in row else ''}>{tds}</tr>")
    return f'<div class="scroll"><table><thead><tr>{out[0]}</tr></thead><tbody>{"".join(out[1:])}</tbody></table></div>'


def _class(value: str, text: bool) -> str:
    """Texts stand left; short ones (a date, a name) are not broken."""
    return (' class="l k"' if len(value) <= 24 else " class=l") if text else ""


def _plots(made: Report) -> Iterator[str]:
    w = made.words.page
    people = [made.figures[p.staff_no] for p in made.everyone]
    names = [f"{p.name} {p.staff_no}".strip() for p in made.everyone]
    work = [(label(c, made.lang), [Share(f.work[c].counted, f.work[c].target).rate for f in people]) for c in CHANNELS]
    wanted = [min(made.targets[f"{c}s"].target or 0, MOST) for c in CHANNELS]
    yield _figure(w["chart_work"], bars(w["chart_work"], names, work, top=MOST, lines=wanted))
    covered = [(label(tier, made.lang), [f.coverage[tier].rate for f in people]) for tier in TIERS]
    aims = [made.targets[f"coverage_{tier}"].target or 0 for tier in TIERS]
    yield _figure(w["chart_coverage"], bars(w["chart_coverage"], names, covered, top=1.0, lines=aims))
    if len(made.weeks) > 1:
        branch = [part.figures[BRANCH] for part in made.weeks]
        starts = [f"{part.period.start:%m-%d}" for part in made.weeks]
        goal = [effective_target(f, made.effective) for f in branch]
        yield _figure(w["chart_weeks"], curve(w["chart_weeks"], starts, [f.contacts.rate for f in branch], goal))


def _figure(title: str, svg: str) -> str:
    return f"<figure><figcaption>{escape(title)}</figcaption>{svg}</figure>"


def _advice(made: Report) -> Iterator[str]:
    for person in made.people:
        for one in made.advice.get(person.staff_no, ()):
            yield (
                f'<p class="adv"><b>{escape(person.name)} {escape(person.staff_no)} · {escape(made.words.page[one.kind])}</b>'
                f'{escape(one.text)} <span class="cite">[{escape(", ".join(one.cites))}]</span></p>'
            )


def _definitions(made: Report) -> Iterator[str]:
    w = made.words.page
    for told in made.words.definitions.values():
        parts = ((w["counts"], told.counts), (w["records"], told.records), (w["formula"], told.formula))
        yield f"<dt>{escape(told.name)}</dt><dd>{'<br>'.join(f'<i>{escape(a)}</i> {escape(b)}' for a, b in parts)}</dd>"
