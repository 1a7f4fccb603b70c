"""``coach backup``, ``coach restore``."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from coach.cli.out import JsonOption, LangOption, call, plain_errors
from coach.domain.words import Lang, pick

if TYPE_CHECKING:
    from coach.services.backup import Backup, Restored


def register(app: typer.Typer) -> None:
    """Add this module's commands."""
    app.command("backup")(plain_errors(backup))
    app.command("restore")(plain_errors(restore))


def backup(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Where to; a folder means a new file in it. 写到哪里。")],
    force: Annotated[bool, typer.Option("--force", help="Replace the file. 覆盖已有文件。")] = False,
    as_json: JsonOption = False,
    lang: LangOption = None,
) -> None:
    """All records and the workspace's own files in one file, while others work. 备份，不影响他人使用。"""
    from coach.services.backup import backup as make

    now = call(as_json, lang)
    made = make(now.ws, file.expanduser(), at=datetime.now(), replace=force)
    now.answer(made.as_json(), lambda: _made(made, now.lang))


def _made(made: Backup, lang: Lang) -> Iterator[str]:
    rows, size = sum(made.tables.values()), made.file.stat().st_size / 1e6
    yield pick(
        lang, f"已备份到 {made.file}：{rows:,} 行，{len(made.files)} 个文件，{size:.1f} MB。里面是客户资料，请妥善保管",
        f"backed up to {made.file}: {rows:,} rows, {len(made.files)} files, {size:.1f} MB. It holds clients' data: keep it safe",
    )  # fmt: skip
    if not made.log.whole:
        yield pick(
            lang, f"注意：辅导日志从第 {made.log.first_broken} 条起不完整（{made.log.reason('zh')}），按原样备份",
            f"note: the coaching log is not whole from entry {made.log.first_broken} on ({made.log.reason('en')}); backed up as it is",
        )  # fmt: skip


def restore(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A file that coach backup wrote. 备份文件。")],
    force: Annotated[bool, typer.Option("--force", help="Replace what is here, after a backup of it. 先备份现有内容再替换。")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only check. 只检查不写入。")] = False,
    as_json: JsonOption = False,
    lang: LangOption = None,
) -> None:
    """Put a backup back, all or nothing, once it was checked. 恢复备份：先检查，全部或全不。"""
    from coach.services.backup import restore as put_back

    now = call(as_json, lang)
    done = put_back(now.ws, file.expanduser(), at=datetime.now(), force=force, dry_run=dry_run)
    now.answer(done.as_json(), lambda: _done(done, now.lang))


def _done(done: Restored, lang: Lang) -> Iterator[str]:
    told = done.backup
    rows, files = sum(told.tables.values()), len(told.files)
    if not done.written:
        yield pick(lang, f"备份完好（{told.made_at}，{rows:,} 行，{files} 个文件），没有写入",
                   f"the backup is sound ({told.made_at}, {rows:,} rows, {files} files); nothing was written")  # fmt: skip
        return
    if done.before is not None:
        yield pick(lang, f"原有内容已备份到 {done.before}", f"what was here is kept in {done.before}")
    yield pick(lang, f"已恢复 {told.made_at} 的备份：{rows:,} 行，{files} 个文件",
               f"put back as of {told.made_at}: {rows:,} rows, {files} files")  # fmt: skip
    if not done.log.whole:
        yield pick(
            lang, f"注意：辅导日志从第 {done.log.first_broken} 条起与库外的锚或哈希不符（{done.log.reason('zh')}）",
            f"note: the coaching log does not fit its hashes or the anchors outside from entry {done.log.first_broken} on"
            f" ({done.log.reason('en')})",
        )  # fmt: skip
