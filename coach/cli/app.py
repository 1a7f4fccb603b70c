"""All commands together. Exit 0 done, 1 refused or failed (one line on standard error), 2 wrong usage."""

from __future__ import annotations

import sys

import typer

from coach import __version__
from coach.cli import allocate, assist, backup, branch, clients, db, evaluate, kb, log, nightly, practice, report, review, serve

app = typer.Typer(
    name="coach",
    no_args_is_help=False,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    help="Coach: the working day of a retail-bank branch. 存量客户经营的一天。"
    "Without a command it opens the screens. 不带命令直接打开界面。",
)
for part in (branch, clients, assist, evaluate, report, allocate, backup, nightly, serve):
    part.register(app)
app.add_typer(db.db_app, name="db")
app.add_typer(kb.app, name="kb")
app.add_typer(log.app, name="log")
app.add_typer(practice.app, name="practice")
app.add_typer(review.app, name="review")


@app.callback(invoke_without_command=True)
def _root(
    context: typer.Context,
    version: bool = typer.Option(False, "--version", help="Show the version. 显示版本。"),
    lang: str = typer.Option("", "--lang", metavar="zh|en", help="The screens' language. 界面语言。"),
) -> None:
    if version:
        sys.stdout.write(f"coach {__version__}\n")
        raise typer.Exit
    if context.invoked_subcommand is None:
        from coach.tui.start import run

        raise typer.Exit(run(lang=lang or None))


def run() -> int:
    """Run the command line. Returns the exit code."""
    try:
        return int(app(standalone_mode=True) or 0)
    except BrokenPipeError:  # the reader (head, say) went away
        sys.stderr.close()
        return 1
    except KeyboardInterrupt:
        return 130
