"""The report's figures counted a second time, in plain SQL written from the definitions (``knowledge/en/report.toml``) alone.

Nothing here comes from :mod:`coach.domain.report`; each query answers for one person (``:who``) or for the branch (``:who`` null).
"""

from __future__ import annotations

import sqlite3
from datetime import date, timedelta
from pathlib import Path
from typing import Any

_BOOK = """
with book as (
  select c.client_no, c.assets_fen, c.do_not_contact,
    case when exists (select 1 from assignment a where a.client_no = c.client_no and a.since <= :end)
         then (select a.manager from assignment a where a.client_no = c.client_no and a.since <= :end
               order by a.since desc, a.id desc limit 1)
         when exists (select 1 from assignment a where a.client_no = c.client_no)
         then (select a.manager from assignment a where a.client_no = c.client_no order by a.since, a.id limit 1)
         else c.manager end as manager,
    coalesce((select t.before from tierchange t where t.client_no = c.client_no and date(t.at) > :end order by t.at, t.id limit 1),
             c.tier) as tier
  from client c),
talk as (select k.*, date(k.at) as day from contact k where k.voided_at is null),
mine as (select t.*, coalesce(t.staff_no, b.manager) as who from talk t join book b using (client_no) where t.day between :start and :end),
said as (select l.subject, json_extract(l.body, '$.how') as how from log_entry l where l.kind = 'suggestion_used'
         and substr(l.at, 1, 10) <= :end and l.entry_no = (select max(x.entry_no) from log_entry x where x.kind = 'suggestion_used'
         and x.subject = l.subject and substr(x.at, 1, 10) <= :end))
"""
_OURS = "(:who is null or {} = :who)"

_TIERS = """select tier, count(*), sum(exists (select 1 from talk t where t.client_no = b.client_no and t.effective and t.day <= :end
  and julianday(:end) - julianday(t.day) < case b.tier when 'A' then 30 when 'B' then 30 else 90 end))
  from book b where not do_not_contact and """ + _OURS.format("b.manager") + " group by tier"

_RETENTION = """select sum(m), sum(min(m, p)) from (
  select b.client_no, sum(h.amount_fen) as m, (
    select coalesce(sum(n.amount_fen), 0) from holding n where n.client_no = b.client_no and n.amount_fen > 0 and n.start_on <= :today
      and n.product_type in ('deposit', 'wealth', 'fund', 'insurance', 'bond', 'metal')
      and exists (select 1 from holding o where o.client_no = n.client_no and o.holding_no <> n.holding_no and o.amount_fen > 0
        and o.product_type in ('deposit', 'wealth', 'insurance') and o.matures_on between :start and :end
        and n.start_on between o.matures_on and date(o.matures_on, '+30 days'))) as p
  from book b join holding h on h.client_no = b.client_no
  where h.product_type in ('deposit', 'wealth', 'insurance') and h.amount_fen > 0 and h.matures_on between :start and :end
    and """ + _OURS.format("b.manager") + " group by b.client_no)"

_ASSETS = """select client_no, s.assets_fen as begun,
    case when :end >= :today then b.assets_fen else (select e.assets_fen from balance e where e.client_no = b.client_no
      and e."on" <= :end and e."on" >= date(:start, '-62 days') order by e."on" desc limit 1) end as ended,
    (select max(p.assets_fen) from balance p where p.client_no = b.client_no and p."on" <= s."on" and p."on" >= :half_year) as peak
  from book b join balance s using (client_no)
  where s."on" = (select max(x."on") from balance x where x.client_no = b.client_no and x."on" < :start
                  and x."on" >= date(:start, '-62 days'))
    and """ + _OURS.format("b.manager")

_QUERIES = {
    "clients": "select count(*) from book b where " + _OURS.format("b.manager"),
    "work": "select channel, count(*), sum(state = 'done') from task where plan_on between :start and :end and "
    + _OURS.format("manager") + " group by channel",
    "contacts": "select channel, count(*), sum(effective) from mine where " + _OURS.format("who") + " group by channel",
    "asked": "select count(distinct client_no), count(distinct case when outcome in ('agreed', 'appointment', 'done') then client_no end)"
    " from mine where play = 'revive.referral' and effective and " + _OURS.format("who"),
    "suggestions": "select count(*), coalesce(sum(how = 'followed'), 0), coalesce(sum(how = 'changed'), 0),"
    " coalesce(sum(how = 'ignored'), 0)"
    ' from suggestion g join book b using (client_no) left join said on said.subject = g.suggestion_no where g."on" between :start and :end'
    " and " + _OURS.format("b.manager"),
    "practice": "select count(*), avg(total), coalesce(sum(passed), 0) from practice_attempt where total is not null"
    " and staff_no is not null and date(ended_at) between :start and :end and " + _OURS.format("staff_no"),
    "cautions": "select count(*), coalesce(sum(block), 0) from (select g.client_no, json_extract(c.value, '$.rule') as rule,"
    " max(json_extract(c.value, '$.severity') = 'block') as block from suggestion g join book b using (client_no),"
    ' json_each(g.body, \'$.cautions\') c where g."on" = (select max(x."on") from suggestion x where x.client_no = g.client_no and'
    ' x."on" between :start and :end) and not exists (select 1 from talk t where t.client_no = g.client_no and t.day between'
    ' g."on" and :end)'
    " and not exists (select 1 from said where said.subject = g.suggestion_no) and " + _OURS.format("b.manager") + " group by 1, 2)",
}


def recount(path: Path, who: str | None, start: date, end: date, today: date, lines: list[int]) -> dict[str, Any]:
    """All figures of one person, or of the branch. ``lines``: the benefit lines in fen; the policy's other values are the defaults."""
    given = {"who": who, "start": start.isoformat(), "end": end.isoformat(), "today": today.isoformat()}
    base = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    try:
        def ask(query: str, **more: Any) -> list[tuple[Any, ...]]:
            return base.execute(_BOOK + query, given | more).fetchall()

        out: dict[str, Any] = {name: ask(query) for name, query in _QUERIES.items()}
        out["tiers"], out["retention"] = ask(_TIERS), ask(_RETENTION)[0]
        out["assets"] = []
        begins = {on for (on,) in base.execute('select distinct "on" from balance')}
        months = {on: _half_year_before(date.fromisoformat(on)).isoformat() for on in begins if on < given["start"]}
        for on, half in months.items():
            out["assets"] += ask(_ASSETS + ' and s."on" = :begin', begin=on, half_year=half)
    finally:
        base.close()
    known = [(begun, ended, peak) for _, begun, ended, peak in out["assets"] if ended is not None]
    gone = [min(ended - begun, peak - begun) for begun, ended, peak in known
            if peak - begun >= 50_000_00 and (peak - begun) * 10 >= peak * 3 and ended > begun]
    return {
        "clients": out["clients"][0][0], "planned": {c: (n, d) for c, n, d in out["work"]},
        "contacts": {c: (n, e) for c, n, e in out["contacts"]}, "coverage": {t: (n, r) for t, n, r in out["tiers"]},
        "matured": out["retention"][0] or 0, "placed": out["retention"][1] or 0,
        "lifted": sum(any(begun < line <= ended for line in lines) for begun, ended, _ in known),
        "won": (len(gone), sum(gone)), "referrals": out["asked"][0], "suggestions": out["suggestions"][0],
        "practice": (out["practice"][0][0], None if out["practice"][0][1] is None else out["practice"][0][1], out["practice"][0][2]),
        "cautions": out["cautions"][0],
    }  # fmt: skip


def _half_year_before(day: date) -> date:
    """The same day of the month six months before; the month's last where it has none."""
    month = day.month - 6
    year, month = (day.year, month) if month > 0 else (day.year - 1, month + 12)
    last = (date(year + month // 12, month % 12 + 1, 1) - timedelta(days=1)).day
    return date(year, month, min(day.day, last))
