"""An index for retention: the messages that are not erased yet, by business and age."""

import sqlalchemy as sa
from alembic.operations import Operations

revision = "0003"
down_revision = "0002"
_KEPT = sa.text("(address != '')")


def upgrade(op: Operations) -> None:
    """Adds it."""
    op.create_index("inbox_kept", "inbox", ["workspace_id", "received_us"], sqlite_where=_KEPT, postgresql_where=_KEPT)
