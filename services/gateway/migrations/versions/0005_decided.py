"""What a turn had decided when it first changed anything, for whoever runs it again."""

import sqlalchemy as sa
from alembic.operations import Operations

revision = "0005"
down_revision = "0004"


def upgrade(op: Operations) -> None:
    """Adds it."""
    op.add_column("inbox", sa.Column("decided", sa.Text))
