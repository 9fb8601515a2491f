"""Indexes for retention: appointments that say whose they are, and kept answers, by business and age."""

import sqlalchemy as sa
from alembic.operations import Operations

revision = "0002"
down_revision = "0001"
_PERSONAL = sa.text("(customer IS NOT NULL OR client_name != '' OR client_phone != '')")


def upgrade(op: Operations) -> None:
    """Adds them."""
    op.create_index(
        "appointments_personal",
        "appointments",
        ["workspace_id", "date"],
        sqlite_where=_PERSONAL,
        postgresql_where=_PERSONAL,
    )
    op.create_index("idempotency_by_age", "idempotency", ["workspace_id", "created_at"])
