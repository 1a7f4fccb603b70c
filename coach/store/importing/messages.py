"""What the importer says, in Chinese and in English: one line each, with how to mend it."""

from __future__ import annotations

from coach.domain.words import Lang

TEXTS: dict[str, tuple[str, str]] = {
    # the file as a whole
    "no_file": ("找不到文件：{file}", "no such file: {file}"),
    "unreadable": ("文件读不了：{file}（{why}）", "the file cannot be read: {file} ({why})"),
    "empty": ("文件是空的：{file}", "the file is empty: {file}"),
    "too_big": ("文件太大（{size} MB，上限 {limit} MB），请按月份或网点拆成几个：{file}",
                "the file is too big ({size} MB, limit {limit} MB), split it by month or branch: {file}"),
    "long_line": ("有一行超过 {limit} MB，不像表格：{file}", "a line is longer than {limit} MB, this is not a table: {file}"),
    "not_text": ("不是 CSV 也不是 XLSX（看内容，不看扩展名），请导出为其中一种：{file}",
                 "neither CSV nor XLSX (by its content, whatever its extension), export it as one of them: {file}"),
    "encoding": ("编码既不是 UTF-8 也不是 GB18030（第 {at} 字节起读不出）：{file}；请另存为 UTF-8",
                 "the encoding is neither UTF-8 nor GB18030 (unreadable from byte {at}): {file}; save it as UTF-8"),
    "encoding_given": ("按映射文件写的编码 {encoding} 读不出：{file}", "not readable in the map's encoding {encoding}: {file}"),
    "old_xls": ("这是旧式 .xls 工作簿，请在 Excel 里另存为 .xlsx：{file}", "an old .xls workbook, save it as .xlsx in Excel: {file}"),
    "encrypted": ("工作簿有打开密码，请在 Excel 里去掉密码后再导入：{file}",
                  "the workbook has a password, remove it in Excel and import again: {file}"),
    "html": ("文件内容是网页或 XML，不是工作簿，请在 Excel 里打开后另存为 .xlsx：{file}",
             "the content is a web page or XML, not a workbook, open it in Excel and save it as .xlsx: {file}"),
    "not_xlsx": ("是压缩包但不是 .xlsx 工作簿：{file}", "a zip archive but no .xlsx workbook: {file}"),
    "bomb": ("工作簿解开后过大（超过 {limit} MB 或压缩比异常），为安全起见不读：{file}",
             "the workbook unpacks to too much (over {limit} MB, or an abnormal ratio), not read for safety: {file}"),
    "too_wide": ("工作表里有远离表格的单元格（{cell}），请删去多余的行列后再导入：{file}",
                 "the sheet has cells far from the table ({cell}), delete the stray rows and columns: {file}"),
    "no_sheet": ("没有名为「{sheet}」的工作表；有：{sheets}", "there is no sheet {sheet!r}; there are: {sheets}"),
    "sheet_of_csv": ("只有 XLSX 能用 # 指定工作表：{file}", "only an XLSX takes #sheet: {file}"),
    "no_rows": ("只有表头，没有数据：{file}", "a header without rows: {file}"),
    "too_many_columns": ("有 {found} 列，上限 {limit} 列：{file}", "{found} columns, the limit is {limit}: {file}"),
    "no_header": ("前 {rows} 行里没有认得的表头：{file}；请用 --kind 指明种类，或用 --map 对照表头",
                  "no known header in the first {rows} rows: {file}; say --kind, or map the headers with --map"),
    "nearest": ("认不出是哪种表：最像「{kind}」，但缺少列 {missing}；可补列、用 --map 对照，或用 --kind 指明",
                "the kind is not clear: nearest is {kind!r}, but these columns are missing: {missing};"
                " add them, map them with --map, or say --kind"),
    "missing": ("「{kind}」缺少必需的列：{missing}；可补列，或用 --map 对照表头",
                "{kind!r} lacks the required columns: {missing}; add them or map the headers with --map"),
    "ambiguous": ("表头同时符合 {kinds}，请用 --kind 指明", "the headers fit {kinds} alike, say which with --kind"),
    "unknown_kind": ("没有「{kind}」这种表；可用：{kinds}", "no kind {kind!r}; there are: {kinds}"),
    "twice": ("第 {first} 列和第 {second} 列都叫「{header}」，请改名或删去一列",
              "columns {first} and {second} are both {header!r}: rename or remove one"),
    "same_field": ("第 {first} 列「{a}」和第 {second} 列「{b}」都可作「{field}」，请用 --map 指明用哪一列",
                   "columns {first} {a!r} and {second} {b!r} could both be {field!r}: say which with --map"),
    "strict": ("有 {rejected} 行不合格，按 --strict 一行都没有导入；见 {rejected_file}",
               "{rejected} rows are bad, so --strict took none; see {rejected_file}"),
    # the map file
    "map_file": ("映射文件读不了：{file}（{why}）", "the map file cannot be read: {file} ({why})"),
    "map_key": ("映射文件 {file}：不认识「{key}」{hint}", "map file {file}: unknown key {key!r}{hint}"),
    "map_value": ("映射文件 {file}：{key} 写法不对（{why}）", "map file {file}: {key} is wrong ({why})"),
    "map_header": ("映射文件 {file}：{field} 要用的列「{header}」在数据文件里没有{hint}",
                   "map file {file}: the column {header!r} wanted for {field} is not in the data{hint}"),
    "hint": ("，是不是「{near}」？", "; did you mean {near!r}?"),
    # a row
    "r_required": ("必填，却是空的", "required, but empty"),
    "r_money": ("不是金额", "not an amount"),
    "r_cents": ("金额超过两位小数", "more than two decimals"),
    "r_large": ("金额过大", "the amount is too large"),
    "r_negative": ("不能是负数", "must not be negative"),
    "r_date": ("不是日期（如 2026-11-23）", "not a date (such as 2026-11-23)"),
    "r_time": ("不是时间（如 2026-11-23 14:05）", "not a time (such as 2026-11-23 14:05)"),
    "r_future": ("日期在今天之后", "the date lies after today"),
    "r_bool": ("不是「是/否」", "not yes or no"),
    "r_word": ("不在可用的值之内：{known}", "not one of: {known}"),
    "r_score": ("应为 0–5 的整数", "must be a whole number from 0 to 5"),
    "r_lunar": ("不是农历日期（如 08-15、八月十五、闰06-01）", "not a lunar date (such as 08-15, 八月十五, 闰06-01)"),
    "r_phone": ("不是电话号码", "not a phone number"),
    "r_long": ("超过 {limit} 个字", "longer than {limit} characters"),
    "r_control": ("含有不可见的控制字符", "holds invisible control characters"),
    "r_shortened": ("号码已被 Excel 缩写成科学计数法，请把该列设为文本后重新导出",
                    "Excel has shortened the number, format the column as text and export again"),
    "r_too_many": ("这一行的格数比表头多（金额里的逗号可能没有加引号）", "more cells than headers (an amount's comma may lack its quotes)"),
    "r_open_quote": ("引号没有结束，后面的内容都被并进这一格", "a quotation mark is never closed, all that follows ran into this cell"),
    "r_no_client": ("没有这个客户，请先导入客户", "no such client, import clients first"),
    "r_no_manager": ("没有这个工号，请先导入员工", "no such staff number, import staff first"),
    "r_no_event": ("没有这个活动，请先导入活动", "no such event, import events first"),
    "r_again": ("第 {row} 行又有同一条，以后面的为准", "the same record comes again in row {row}, the later one counts"),
    # notes
    "n_sheets": ("只读了工作表「{sheet}」，未读：{others}", "read sheet {sheet!r} only, not: {others}"),
    "n_extension": ("按内容读作 {format}，与扩展名不符", "read as {format} by its content, unlike its extension"),
    "n_repeated": ("{count} 行与本文件别的行完全相同，只算一次", "{count} rows repeat others of this file word for word and count once"),
    "n_do_not_contact": ("{count} 位客户在 Coach 里已是勿扰，文件里的「否」没有采用；如要解除请在客户页操作",
                         "{count} clients are marked do-not-contact, the file's 'no' was not taken; lift it on the client's screen"),
    "n_stage": ("{count} 位客户的阶段已由 Coach 的记录得出，文件里的阶段没有采用",
                "the stage of {count} clients was earned or set in Coach, the file's stage was not taken"),
    "n_staff": ("{count} 条接触的工号不在员工表中，照录",
                "{count} contacts name a staff number that is not in the staff table, kept as they are"),
    "n_assets": ("{count} 位没有资产数的客户，按{source}算出了资产", "assets of {count} clients without a figure were taken from {source}"),
    "n_no_staff": ("员工表还是空的：请先导入员工（staff），再导入本文件",
                   "the staff table is empty: import staff first, then this file again"),
    "n_rejected_unwritten": ("不合格行清单写不进文件夹：{why}", "the list of rejected rows could not be written: {why}"),
    "holdings": ("持有产品合计", "the sum of holdings"),
    "balances": ("最近的月末资产", "the latest month-end"),
}
_CONNECTORS = {"row": ("行号", "row"), "column": ("列", "column"), "reason": ("原因", "reason")}
REJECTED_HEADERS = tuple(_CONNECTORS)


def say(lang: Lang, key: str, /, **values: object) -> str:
    """The line for a key, in a language."""
    return TEXTS[key][0 if lang == "zh" else 1].format(**values)


def rejected_headers(lang: Lang) -> list[str]:
    """The first three headers of a file of rejected rows."""
    return [pair[0 if lang == "zh" else 1] for pair in _CONNECTORS.values()]


class ImportFailed(Exception):
    """A file cannot be brought in: one line, in the language asked for. Nothing was written to the database."""
