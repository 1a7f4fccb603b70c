"""Alembic's environment: it works on the connection, and in the transaction, that ``db.upgrade`` hands over."""

from __future__ import annotations

from alembic import context
from sqlmodel import SQLModel

import coach.store.tables  # noqa: F401 - fills the metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=SQLModel.metadata,
    render_as_batch=True,
    transactional_ddl=False,
)
context.run_migrations()
