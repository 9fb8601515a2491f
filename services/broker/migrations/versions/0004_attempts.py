"""Which attempt began a write or was refused, and the first answer to one that was not done."""

import sqlalchemy as sa
from alembic.operations import Operations

revision = "0004"
down_revision = "0003"


def upgrade(op: Operations) -> None:
    """Adds both. Writes stored before are of attempt 0: one that was not done begins anew, as it did until now."""
    op.add_column("broker_writes", sa.Column("attempt", sa.Integer, nullable=False, server_default="0"))
    op.add_column("broker_writes", sa.Column("answer", sa.Text, nullable=False, server_default=""))
