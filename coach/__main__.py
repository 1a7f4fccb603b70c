"""The entry point. ``coach`` alone opens the screens at once, without loading the commands."""

from __future__ import annotations

import sys


def main() -> int:
    """Run Coach. Returns the process's exit code."""
    if len(sys.argv) == 1:
        from coach.tui.start import run

        return run()
    from coach.cli.app import run as run_command

    return run_command()


if __name__ == "__main__":
    sys.exit(main())
