"""From the strings of a column to its values, set-based and exact; what cannot be read is a fault, never a guess.

* Amounts → integer fen: thousands separators (also full-width), ¥, 元, 千/万/百万/千万/亿, a minus in
  front or brackets; more than two decimals of a yuan is a fault.
* Dates → ``2026-11-23``, ``2026/11/23``, ``2026.11.23``, ``20261123``, ``2026年11月23日``, an Excel day
  number; a time behind the date is dropped where only a date is wanted. ``9999-12-31`` and
  ``0000-00-00`` (a core system's "never") are empty.
* Text is kept as it stands, without spaces around it; a formula is text like any other.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

import polars as pl

from coach.store.importing.kinds import Column

Faults = list[tuple[pl.Series, str, dict[str, object]]]
"""(which rows, message key, what the message names)."""

MAX_FEN = 10**16
"""A hundred thousand billion yuan: more is a slip of the pen."""

_NOTHING = ["", "-", "--", "—", "/", "\\n", "null", "none", "nan", "n/a", "#n/a", "无"]
_NEVER = r"^(?:9999[-/.]?12[-/.]?31|0000[-/.]?00[-/.]?00|9999年12月31日)"
_CONTROL = r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]"
_DASHES = ["−", "–", "﹣"]
_MONEY = (
    r"^(\()?([+-])?\s*(?:¥|rmb|cny|人民币)?\s*([+-])?\s*"
    r"(\d{1,3}(?:[, ]\d{3})+|\d{1,4}(?:,\d{4})+|\d*)(?:\.(\d*))?\s*(千|万|百万|千万|亿)?(元|圆)?\s*(\))?$"
)
_UNITS = {"千": 3, "万": 4, "百万": 6, "千万": 7, "亿": 8}
_DATE = r"^(\d{4})(?:[-/.](\d{1,2})[-/.](\d{1,2})|年(\d{1,2})月(\d{1,2})日?|(\d{2})(\d{2}))"
_TIME = r"(?:[t\s]*(\d{1,2})(?:[::时](\d{1,2})(?:[::分](\d{1,2})(?:\.\d+)?秒?)?|点)分?|\s?(\d{2})(\d{2})(\d{2})?)?$"
_SERIAL = r"^\d{5}(?:\.\d+)?$"
_TRUE = ["是", "y", "yes", "1", "true", "t", "有", "√", "✓", "on", "同意", "有效", "1.0"]
_FALSE = ["否", "n", "no", "0", "false", "f", "无", "×", "✗", "x", "off", "不同意", "无效", "0.0"]


@dataclass(frozen=True, slots=True)
class Settings:
    """What a map file or a header says about a column."""

    unit: int = 0
    date_format: str | None = None
    today: date = date.max


def dtype_of(column: Column) -> pl.DataType | type[pl.DataType]:
    """The type of the stored value."""
    typed = {"money": pl.Int64, "date": pl.Date, "time": pl.Datetime("us"), "bool": pl.Boolean, "score": pl.Int64}
    return typed.get(column.form, pl.String)


def parse(column: Column, cells: pl.Series, settings: Settings = Settings()) -> tuple[pl.Series, Faults]:
    """Values of a column of strings, null where a cell is empty, and the faults; a faulty cell is null too."""
    cells = cells.fill_null("").str.strip_chars()
    control = cells.str.contains(_CONTROL)
    values, faults = _PARSERS[column.form](column, cells, settings)
    faults = [(control, "r_control", {}), *((mask & ~control, key, named) for mask, key, named in faults)]
    return values.alias(column.target), [fault for fault in faults if fault[0].any()]


def _narrow(cells: pl.Series) -> pl.Series:
    """Half-width, lower case; a dash, ``null`` or 无 is nothing."""
    text = cells.str.normalize("NFKC").str.strip_chars().str.to_lowercase().str.replace_many(_DASHES, ["-"] * len(_DASHES))
    return text.set(text.is_in(_NOTHING), "")


def _unread(text: pl.Series, values: pl.Series) -> pl.Series:
    return (text != "") & values.is_null()


def _text(column: Column, cells: pl.Series, _settings: Settings) -> tuple[pl.Series, Faults]:
    text = cells.str.replace(r"^'([=+\-@])", "$1")  # the mark that Coach, like Excel, puts before a formula
    if column.words:
        text = text.zip_with(~_narrow(text).is_in(list(column.words)), _narrow(text).replace(dict(column.words)))
    return text.set(text == "", None), [(text.str.len_chars() > column.limit, "r_long", {"limit": column.limit})]


def _key(column: Column, cells: pl.Series, _settings: Settings) -> tuple[pl.Series, Faults]:
    text = cells.str.normalize("NFKC").str.replace(r'^="([^"]*)"$', "$1").str.strip_chars().str.replace(r"^'", "")
    short = text.str.contains(r"^\d(?:\.\d+)?[eE]\+\d+$")
    long = text.str.len_chars() > column.limit
    return text.set(text == "", None), [(long, "r_long", {"limit": column.limit}), (short, "r_shortened", {})]


def _phone(column: Column, cells: pl.Series, settings: Settings) -> tuple[pl.Series, Faults]:
    text, faults = _key(column, cells, settings)
    text = text.str.replace_all(r"\s", "")
    text = text.set(text.fill_null("").str.to_lowercase().is_in(_NOTHING), None)
    shortened = faults[-1][0]
    strange = text.is_not_null() & ~shortened & ~text.fill_null("").str.contains(r"^[+\d(（][\d*xX\-()/,;+]{3,}$")
    return text, [*faults, (strange, "r_phone", {})]


def _list(column: Column, cells: pl.Series, settings: Settings) -> tuple[pl.Series, Faults]:
    text, faults = _text(column, cells, settings)
    known = {v: join_values(v) for v in text.unique().to_list() if v is not None}
    return text.replace_strict(known, default=None, return_dtype=pl.String), faults


def join_values(text: str) -> str | None:
    """Several values (``;``, ``,`` or ``、`` between them, of any width) in the stored form, each once."""
    parts = [part.strip() for part in re.split(r"[;；,，、|\n]", text)]
    return ";".join(dict.fromkeys(p for p in parts if p)) or None


def _money(_column: Column, cells: pl.Series, settings: Settings) -> tuple[pl.Series, Faults]:
    text = _narrow(cells)
    names = ["open", "sign", "sign2", "whole", "part", "unit", "yuan", "close"]
    groups = text.str.extract_groups(_MONEY).struct.rename_fields(names).struct.unnest()
    c = pl.col
    shift = (
        pl.when(c("unit").is_not_null()).then(c("unit").replace_strict(_UNITS, default=0, return_dtype=pl.Int64))
        .when(c("yuan").is_not_null()).then(pl.lit(0, pl.Int64)).otherwise(pl.lit(settings.unit, pl.Int64)) + 2
    )
    frame = groups.with_columns(
        shift=shift, whole=c("whole").str.replace_all(r"[, ]", "").str.strip_chars_start("0"),
        digits=c("whole").str.len_chars() + c("part").fill_null("").str.len_chars(),
        part=c("part").fill_null("").str.strip_chars_end("0"),
        form=c("whole").is_not_null() & (c("open").is_null() == c("close").is_null())
        & (c("sign").is_null().cast(pl.Int8) + c("sign2").is_null() + c("open").is_null() >= 2),
    ).with_columns(form=c("form") & (c("digits") > 0))
    number = pl.lit(None, pl.Int64)
    for power in frame.get_column("shift").unique():
        number = pl.when(c("shift") == power).then(
            (c("whole") + c("part").str.pad_end(int(power), "0")).str.to_integer(strict=False, dtype=pl.Int64)
        ).otherwise(number)
    minus = (c("sign") == "-").fill_null(False) | (c("sign2") == "-").fill_null(False) | c("open").is_not_null()
    frame = frame.with_columns(number=number, fine=(c("part").str.len_chars() > c("shift")).fill_null(False)).select(
        "form", "fine", wide=c("number").is_null() | (c("number") > MAX_FEN), fen=pl.when(minus).then(-c("number")).otherwise(c("number")),
    )
    given, form = text != "", frame["form"].fill_null(False)
    fine, wide = form & frame["fine"], form & ~frame["fine"] & frame["wide"]
    values = frame["fen"].set(~given | ~form | fine | wide, None)
    return values, [(given & ~form, "r_money", {}), (given & fine, "r_cents", {}), (given & wide, "r_large", {})]


def _moments(text: pl.Series, settings: Settings) -> pl.Series:
    """Dates with their times, midnight where none is given."""
    names = ["y", "m1", "d1", "m2", "d2", "m3", "d3", "h1", "i1", "s1", "h2", "i2", "s2"]
    groups = text.str.extract_groups(_DATE + _TIME).struct.rename_fields(names).struct.unnest()

    def two(*parts: str) -> pl.Expr:
        return pl.coalesce(*parts, pl.lit("0")).str.zfill(2)

    stamp = groups.select(
        pl.when(pl.col("y").is_not_null()).then(pl.format(
            "{}-{}-{} {}:{}:{}", "y", two("m1", "m2", "m3"), two("d1", "d2", "d3"), two("h1", "h2"), two("i1", "i2"), two("s1", "s2"),
        )).str.to_datetime("%Y-%m-%d %H:%M:%S", time_unit="us", strict=False).alias("at")
    )["at"]
    days = text.set(~text.str.contains(_SERIAL), None).cast(pl.Float64, strict=False)
    seconds = (days * 86_400).round(0).cast(pl.Int64)
    serial = pl.select(pl.lit(date(1899, 12, 30)).cast(pl.Datetime("us")) + pl.duration(seconds=seconds.alias("s"))).to_series()
    out = pl.select(pl.coalesce(stamp, serial)).to_series()
    if settings.date_format:
        own = text.str.to_titlecase() if re.search("%[abAB]", settings.date_format) else text
        out = pl.select(pl.coalesce(_by_format(own, settings.date_format), out)).to_series()
    return out.set((out.dt.year() < 1880) | (out.dt.year() > 2200), None)


def _by_format(text: pl.Series, form: str) -> pl.Series:
    try:
        if re.search("%[HIT]", form):
            return text.str.to_datetime(form, time_unit="us", strict=False)
        return text.str.to_date(form, strict=False).cast(pl.Datetime("us"))
    except pl.exceptions.PolarsError:
        return pl.Series(text.name, [None] * len(text), dtype=pl.Datetime("us"))


def _dated(cells: pl.Series) -> pl.Series:
    text = _narrow(cells)
    return text.set(text.str.contains(_NEVER), "")


def _date(column: Column, cells: pl.Series, settings: Settings) -> tuple[pl.Series, Faults]:
    text = _dated(cells)
    values = _moments(text, settings).dt.date()
    faults: Faults = [(_unread(text, values), "r_date", {})]
    if column.field in ("birthday", "opened_on"):
        faults.append(((values > settings.today).fill_null(False), "r_future", {}))
    return values, faults


def _time(_column: Column, cells: pl.Series, settings: Settings) -> tuple[pl.Series, Faults]:
    text = _dated(cells)
    values = _moments(text, settings)
    return values, [(_unread(text, values), "r_time", {})]


def _bool(_column: Column, cells: pl.Series, _settings: Settings) -> tuple[pl.Series, Faults]:
    text = cells.str.normalize("NFKC").str.to_lowercase()
    text = text.set(text.is_in([n for n in _NOTHING if n != "无"]), "")
    known = dict.fromkeys(_TRUE, True) | dict.fromkeys(_FALSE, False)
    values = text.replace_strict(known, default=None, return_dtype=pl.Boolean)
    return values, [(_unread(text, values), "r_bool", {})]


def _word(column: Column, cells: pl.Series, _settings: Settings) -> tuple[pl.Series, Faults]:
    text = _narrow(cells)
    values = text.replace_strict(dict(column.words), default=None, return_dtype=pl.String)
    return values, [(_unread(text, values), "r_word", {"known": ", ".join(dict.fromkeys(column.words.values()))})]


def _risk(column: Column, cells: pl.Series, _settings: Settings) -> tuple[pl.Series, Faults]:
    """``C3``, ``C3 平衡型``, ``R2（中低风险）``, ``PR2``: the letter and the figure count, a word alone does not."""
    letter = column.words["letter"]
    text = _narrow(cells).str.to_uppercase()
    figure = text.str.extract(rf"^P?{letter}\s*([1-5])(?:[^0-9.].*)?$")
    values = pl.select(pl.lit(letter) + figure).to_series()
    return values, [(_unread(text, values), "r_word", {"known": f"{letter}1–{letter}5"})]


def _score(_column: Column, cells: pl.Series, _settings: Settings) -> tuple[pl.Series, Faults]:
    text = _narrow(cells)
    values = text.str.extract(r"^([0-5])(?:\.0+)?分?$").cast(pl.Int64)
    return values, [(_unread(text, values), "r_score", {})]


def _lunar(_column: Column, cells: pl.Series, _settings: Settings) -> tuple[pl.Series, Faults]:
    text = _narrow(cells)
    known = {t: lunar_day(t) for t in text.unique().to_list() if t}
    values = text.replace_strict(known, default=None, return_dtype=pl.String)
    return values, [(_unread(text, values), "r_lunar", {})]


_DIGITS = {c: i for i, c in enumerate("〇一二三四五六七八九十")} | {"正": 1, "元": 1, "冬": 11, "腊": 12, "零": 0}
_LUNAR = re.compile(
    r"^(?:农历|阴历|旧历)?(?:\d{4}[-/.年]|[〇零一二三四五六七八九]{4}年)?\s*(闰)?"
    r"(?:(\d{1,2})[-/.月](\d{1,2})[日号]?|(闰)?([正一二三四五六七八九十冬腊]{1,2})月([初一二三四五六七八九十廿卅]{1,3})[日号]?)$"
)


def lunar_day(text: str) -> str | None:
    """A day of the lunar year as ``MM-DD``, with ``闰`` before a leap month: 08-15, 8月15日, 八月十五, 闰六月初一."""
    found = _LUNAR.match(unicodedata.normalize("NFKC", text))
    if found is None:
        return None
    leap, month, day, leap2, cn_month, cn_day = found.groups()
    m = int(month) if month else _chinese(cn_month)
    d = int(day) if day else _chinese(cn_day.removeprefix("初"))
    if m is None or d is None or not (1 <= m <= 12 and 1 <= d <= 30):
        return None
    return f"{'闰' if leap or leap2 else ''}{m:02d}-{d:02d}"


def _chinese(text: str) -> int | None:
    """A Chinese number up to thirty: 十五, 二十, 廿三, 卅."""
    text = text.replace("廿", "二十").replace("卅", "三十")
    if "十" in text and text != "十":
        tens, _, ones = text.partition("十")
        if len(tens) > 1 or len(ones) > 1:
            return None
        return (_DIGITS[tens] if tens else 1) * 10 + (_DIGITS[ones] if ones else 0)
    return _DIGITS.get(text)


_PARSERS: dict[str, Callable[[Column, pl.Series, Settings], tuple[pl.Series, Faults]]] = {
    "text": _text, "key": _key, "phone": _phone, "list": _list, "money": _money, "date": _date, "time": _time, "bool": _bool,
    "word": _word, "risk": _risk, "score": _score, "lunar": _lunar,
}
