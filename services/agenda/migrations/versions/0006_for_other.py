"""Which appointments are for somebody else than who wrote, so that a customer's own name is known."""

import sqlalchemy as sa
from alembic.operations import Operations

revision = "0006"
down_revision = "0005"


def upgrade(op: Operations) -> None:
    """Adds the column; null is an appointment of a release that did not note it."""
    op.add_column("appointments", sa.Column("for_other", sa.Boolean))
