"""``python -m coach.store.migrations [URL]``: bring a database to this program's revision.

Needed for servers only; without a URL it takes ``COACH_DB``. SQLite brings itself up to date.
"""

from __future__ import annotations

import os
import sys

import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError

from coach.store.db import HEAD, StoreError, open_db, revision, upgrade


def main(arguments: list[str]) -> int:
    """Exit code: 0 done, 1 failed with one line, 2 no address given."""
    url = arguments[0] if arguments else os.environ.get("COACH_DB", "")
    if not url:
        print("usage: python -m coach.store.migrations URL  (or set COACH_DB)", file=sys.stderr)
        return 2
    try:
        if url.startswith("sqlite"):
            engine = open_db(url, "en")
        else:
            engine = sa.create_engine(url)
            if (at := revision(engine)) is None or at < HEAD:
                upgrade(engine)
        print(f"revision {revision(engine)}")
    except (StoreError, SQLAlchemyError, ImportError) as error:
        print(f"coach: {str(error).splitlines()[0]}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
