"""Indexes by which `pulpo forget` finds a customer's appointments, and the answers that are about them.

Older rows, and those that the release before writes meanwhile, have no `booking_id`;
`agenda.storage.erasure` looks into them.
"""

import sqlalchemy as sa
from alembic.operations import Operations

from runtime.data.migrations import create_index

revision = "0004"
down_revision = "0003"
_PHONE = sa.text("ltrim(customer, 'abcdefghijklmnopqrstuvwxyz:')")


def upgrade(op: Operations) -> None:
    """Adds them."""
    again = op.get_bind().dialect.name != "sqlite"  # where a run that was stopped keeps the column
    op.add_column("idempotency", sa.Column("booking_id", sa.String(9)), if_not_exists=again)
    create_index(op, "appointments_by_customers_phone", "appointments", [_PHONE, "workspace_id"])
    create_index(op, "idempotency_by_booking", "idempotency", ["booking_id", "workspace_id"])
