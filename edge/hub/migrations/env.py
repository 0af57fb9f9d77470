"""Alembic's entry: brings the database of the connection it is handed up to date."""

from __future__ import annotations

from alembic import context

from edge.hub.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    transactional_ddl=True,  # all steps or none, with SQLite too
)
with context.begin_transaction():
    context.run_migrations()
