"""Map files (``--map FILE.toml``): how a foreign ledger's columns become the contract's.

Top level, one line a field of the kind (``client_no``, ``name``, ``assets`` …)::

    kind = "clients"                             # optional: what the file is
    client_no = "client_id"                      # the field is the foreign column of that header
    tags = ["housing", "loan"]                   # a field of several values, joined with ";"
    client_no = { generate = "U{row:06d}" }      # no such column: made from the row (1 = first row under the headers)
    name = { template = "客户{row}" }            # text with {row} or {foreign header}
    phone = false                                # this field is not taken from the file at all

    [constants]                                  # where there is no column, or its cell is empty
    branch = "B01"

    [values.occupation]                          # foreign value = ours (capitals and spaces around do not matter)
    management = "管理人员"
    unknown = ""                                 # "" stands for nothing

    [values.tags]                                # for a field of several columns: "header=value" = ours
    "housing=yes" = "有房贷"
    "housing=no" = ""

    [options]
    date_format = "%d/%m/%Y"                     # or a table: { birthday = "%d/%m/%y" }; the usual forms are tried after it
    unit = "万"                                  # of amounts that name none: 元, 千, 万, 百万, 亿; or a table by field
    delimiter = ";"                              # found out where not given
    header_row = 3                               # the row of the headers, as a spreadsheet counts
    encoding = "big5"                            # found out where not given (UTF-8, UTF-16, GB18030)
    sheet = "明细"                               # of an XLSX

A table value of ``[values]`` that names a whole template's field works on the template's result. An
unknown key, or a header that the file does not have, is an error that names the nearest one.
"""

from __future__ import annotations

import codecs
import difflib
import string
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any

from coach.domain.words import Lang
from coach.store.importing.kinds import KINDS, Kind, find_kind
from coach.store.importing.messages import ImportFailed, say

UNITS: dict[str, int] = {"": 0, "元": 0, "千": 3, "千元": 3, "万": 4, "万元": 4, "百万": 6, "百万元": 6, "千万": 7, "亿": 8, "亿元": 8}
"""Unit → power of ten."""

_OPTIONS = ("date_format", "unit", "delimiter", "header_row", "encoding", "sheet")
_RESERVED = ("kind", "constants", "values", "options")
FIELDS = tuple(dict.fromkeys(c.field for k in KINDS.values() for c in k.columns))


@dataclass(frozen=True)
class Mapping:
    """A map file as read. Headers are as written there; they match a file's as tolerantly as our own do."""

    file: str = ""
    kind: str | None = None
    columns: dict[str, tuple[str, ...]] = field(default_factory=dict)
    templates: dict[str, str] = field(default_factory=dict)
    left_out: frozenset[str] = frozenset()
    constants: dict[str, str] = field(default_factory=dict)
    values: dict[str, dict[str, str]] = field(default_factory=dict)
    date_formats: dict[str, str] = field(default_factory=dict)
    """Field → format; ``""`` for all fields."""
    units: dict[str, int] = field(default_factory=dict)
    delimiter: str | None = None
    header_row: int | None = None
    encoding: str | None = None
    sheet: str | None = None

    def given(self) -> frozenset[str]:
        """Fields that this map provides, whatever the file's own headers are."""
        return frozenset(self.columns) | frozenset(self.templates) | frozenset(self.constants)

    def headers(self) -> list[str]:
        """Foreign headers that this map uses."""
        used = [h for headers in self.columns.values() for h in headers]
        return used + [n for t in self.templates.values() for n in template_names(t) if n != "row"]


def load_mapping(file: str, lang: Lang) -> Mapping:
    """A map file. Raises :class:`ImportFailed` with the key and the nearest known one."""
    try:
        raw = tomllib.loads(Path(file).expanduser().read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise ImportFailed(say(lang, "map_file", file=file, why=error.strerror)) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ImportFailed(say(lang, "map_file", file=file, why=str(error).splitlines()[0])) from None
    return _Reader(file, lang).read(raw)


def template_names(template: str) -> list[str]:
    """The names in braces; a name is taken whole, dots and brackets are refused with ``ValueError``."""
    names = []
    for _, name, spec, conversion in string.Formatter().parse(template):
        if name is None:
            continue
        if conversion or "{" in (spec or "") or not name or any(c in name for c in ".["):
            raise ValueError(f"{{{name}}}")
        names.append(name)
    return names


class _Reader:
    def __init__(self, file: str, lang: Lang) -> None:
        self.file, self.lang = file, lang

    def _unknown(self, key: str, known: Iterable[str]) -> ImportFailed:
        near = difflib.get_close_matches(key, list(known), n=1, cutoff=0.5)
        return ImportFailed(say(self.lang, "map_key", file=self.file, key=key, hint=say(self.lang, "hint", near=near[0]) if near else ""))

    def _wrong(self, key: str, why: object) -> ImportFailed:
        return ImportFailed(say(self.lang, "map_value", file=self.file, key=key, why=why))

    def read(self, raw: dict[str, Any]) -> Mapping:
        kind = self._kind(raw.get("kind"))
        fields = [c.field for c in kind.columns] if kind else list(FIELDS)
        columns: dict[str, tuple[str, ...]] = {}
        templates: dict[str, str] = {}
        left_out = set()
        for key, value in raw.items():
            if key in _RESERVED:
                continue
            if key not in fields:
                raise self._unknown(key, [*fields, *_RESERVED])
            if value is False:
                left_out.add(key)
            elif isinstance(value, str):
                columns[key] = (value,)
            elif isinstance(value, list) and value and all(isinstance(v, str) for v in value):
                columns[key] = tuple(value)
            else:
                templates[key] = self._template(key, value)
        options = self._table(raw, "options")
        for key in options:
            if key not in _OPTIONS:
                raise self._unknown(f"options.{key}", [f"options.{o}" for o in _OPTIONS])
        constants = self._table(raw, "constants")
        values = self._table(raw, "values")
        for where, table in (("constants", constants), ("values", values)):
            for key in table:
                if key not in fields:
                    raise self._unknown(f"{where}.{key}", [f"{where}.{f}" for f in fields])
        return Mapping(
            self.file, kind.id if kind else None, columns, templates, frozenset(left_out),
            {k: self._text(f"constants.{k}", v) for k, v in constants.items()},
            {k: self._values(k, v) for k, v in values.items()}, *self._options(options, fields),
        )

    def _kind(self, word: Any) -> Kind | None:
        if word is None:
            return None
        kind = find_kind(word) if isinstance(word, str) else None
        if kind is None:
            raise self._unknown(f"kind = {word}", [f"kind = {k}" for k in KINDS])
        return kind

    def _table(self, raw: dict[str, Any], key: str) -> dict[str, Any]:
        table = raw.get(key, {})
        if not isinstance(table, dict):
            raise self._wrong(key, f"[{key}]")
        return table

    def _template(self, key: str, value: Any) -> str:
        if not isinstance(value, dict) or len(value) != 1 or next(iter(value)) not in ("generate", "template"):
            raise self._wrong(key, '"header", ["a", "b"], { template = "…{row}" }, { generate = "U{row:06d}" }')
        text = next(iter(value.values()))
        try:
            if not isinstance(text, str) or not template_names(text):
                raise ValueError("{row}")
            text.format_map(dict.fromkeys(template_names(text), 1) | {"row": 1})
        except (ValueError, KeyError, IndexError) as error:
            raise self._wrong(key, error) from None
        return text

    def _text(self, key: str, value: Any) -> str:
        if isinstance(value, bool):
            return "true" if value else "false"
        if isinstance(value, (datetime, date)):
            return value.isoformat()
        if not isinstance(value, (str, int)):
            raise self._wrong(key, f'"{value}"')
        return str(value)

    def _values(self, key: str, table: Any) -> dict[str, str]:
        if not isinstance(table, dict):
            raise self._wrong(f"values.{key}", f"[values.{key}]")
        return {folded(foreign): self._text(f"values.{key}.{foreign}", ours) for foreign, ours in table.items()}

    def _by_field(self, key: str, value: Any, fields: list[str]) -> dict[str, str]:
        table = value if isinstance(value, dict) else {"": value}
        for name, text in table.items():
            if name and name not in fields:
                raise self._unknown(f"options.{key}.{name}", [f"options.{key}.{f}" for f in fields])
            if not isinstance(text, str):
                raise self._wrong(f"options.{key}", text)
        return table

    def _options(self, options: dict[str, Any], fields: list[str]) -> tuple[Any, ...]:
        formats = self._by_field("date_format", options.get("date_format", {}), fields)
        for text in formats.values():
            if "%" not in text:
                raise self._wrong("options.date_format", "%Y-%m-%d")
        units = self._by_field("unit", options.get("unit", {}), fields)
        if strange := [u for u in units.values() if u not in UNITS]:
            raise self._wrong("options.unit", strange[0])
        delimiter, row, encoding, sheet = (options.get(k) for k in ("delimiter", "header_row", "encoding", "sheet"))
        if delimiter is not None and (not isinstance(delimiter, str) or len(delimiter) != 1 or delimiter in '"\r\n'):
            raise self._wrong("options.delimiter", '";"')
        if row is not None and (type(row) is not int or not 1 <= row <= 1_000):
            raise self._wrong("options.header_row", "1, 2, 3 …")
        try:
            if encoding is not None and not codecs.lookup(encoding)._is_text_encoding:
                raise LookupError
        except (LookupError, TypeError):
            raise self._wrong("options.encoding", encoding) from None
        if sheet is not None and not isinstance(sheet, str):
            raise self._wrong("options.sheet", sheet)
        return formats, {k: UNITS[u] for k, u in units.items()}, delimiter, row, encoding, sheet


def folded(text: str) -> str:
    """A foreign value as it is compared."""
    return text.strip().casefold()
