"""The first tables: appointments, the time they take, idempotency keys."""

import sqlalchemy as sa
from alembic.operations import Operations

revision = "0001"
down_revision = None


def upgrade(op: Operations) -> None:
    """Makes them."""
    _appointments(op)
    op.create_table(
        "appointment_cells",
        sa.Column("workspace_id", sa.String(40)),
        sa.Column("date", sa.String(10)),
        sa.Column("staff_name", sa.String(40)),
        sa.Column("cell", sa.Integer),
        sa.Column("booking_id", sa.String(9), sa.ForeignKey("appointments.booking_id"), nullable=False),
        sa.PrimaryKeyConstraint("workspace_id", "date", "staff_name", "cell"),
    )
    op.create_index("appointment_cells_by_booking", "appointment_cells", ["booking_id"])
    op.create_table(
        "idempotency",
        sa.Column("workspace_id", sa.String(40)),
        sa.Column("key", sa.String(200)),
        sa.Column("fingerprint", sa.String(64), nullable=False),
        sa.Column("result", sa.Text, nullable=False),
        sa.Column("created_at", sa.String(32), nullable=False),
        sa.PrimaryKeyConstraint("workspace_id", "key"),
    )


def _appointments(op: Operations) -> None:
    op.create_table(
        "appointments",
        sa.Column("booking_id", sa.String(9), primary_key=True),
        sa.Column("workspace_id", sa.String(40), nullable=False),
        sa.Column("customer", sa.String(200)),
        sa.Column("service_type", sa.String(60), nullable=False),
        sa.Column("date", sa.String(10), nullable=False),
        sa.Column("time", sa.String(5), nullable=False),
        sa.Column("end_time", sa.String(5), nullable=False),
        sa.Column("minutes", sa.Integer, nullable=False),
        sa.Column("staff_name", sa.String(40), nullable=False),
        sa.Column("staff_requested", sa.Boolean, nullable=False),
        sa.Column("client_name", sa.String(80), nullable=False),
        sa.Column("client_email", sa.String(120), nullable=False),
        sa.Column("client_phone", sa.String(64), nullable=False),
        sa.Column("status", sa.String(9), nullable=False),
        sa.Column("created_at", sa.String(32), nullable=False),
        sa.Column("updated_at", sa.String(32), nullable=False),
        sa.CheckConstraint("status IN ('booked', 'cancelled')", name="appointments_status"),
    )
    op.create_index("appointments_by_customer", "appointments", ["workspace_id", "customer", "date"])
    op.create_index("appointments_by_phone", "appointments", ["workspace_id", "client_phone", "date"])
