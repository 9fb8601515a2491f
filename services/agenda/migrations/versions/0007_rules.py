"""What an appointment takes besides somebody's time, the rules it was booked under, days off and calendar feeds."""

import sqlalchemy as sa
from alembic.operations import Operations

revision = "0007"
down_revision = "0006"
_COLUMNS = (
    ("before_minutes", sa.Integer),
    ("after_minutes", sa.Integer),
    ("places", sa.Integer),
    ("units", sa.Text),
    ("cell_minutes", sa.Integer),
    ("rules", sa.Text),
    ("answers", sa.Text),
    ("attendance", sa.String(9)),
    ("attendance_at", sa.String(32)),
    ("attendance_by", sa.String(64)),
)


def upgrade(op: Operations) -> None:
    """Adds columns, which are null for what was booked before, and three tables."""
    for name, kind in _COLUMNS:
        op.add_column("appointments", sa.Column(name, kind))
    op.create_table(
        "unit_cells",
        sa.Column("workspace_id", sa.String(40)),
        sa.Column("date", sa.String(10)),
        sa.Column("unit", sa.String(120)),
        sa.Column("cell", sa.Integer),
        sa.Column("booking_id", sa.String(9), sa.ForeignKey("appointments.booking_id"), nullable=False),
        sa.PrimaryKeyConstraint("workspace_id", "date", "unit", "cell"),
    )
    op.create_index("unit_cells_by_booking", "unit_cells", ["booking_id"])
    op.create_table(
        "absences",
        sa.Column("absence_id", sa.String(12), primary_key=True),
        sa.Column("workspace_id", sa.String(40), nullable=False),
        sa.Column("staff_name", sa.String(40), nullable=False),
        sa.Column("first_date", sa.String(10), nullable=False),
        sa.Column("last_date", sa.String(10), nullable=False),
        sa.Column("hours", sa.Text),
        sa.Column("off", sa.Text, nullable=False),
        sa.Column("created_at", sa.String(32), nullable=False),
        sa.Column("created_by", sa.String(64), nullable=False),
    )
    op.create_index("absences_by_date", "absences", ["workspace_id", "last_date"])
    op.create_table(
        "calendar_feeds",
        sa.Column("secret_hash", sa.String(64), primary_key=True),
        sa.Column("feed_id", sa.String(12), nullable=False),
        sa.Column("workspace_id", sa.String(40), nullable=False),
        sa.Column("staff_name", sa.String(40), nullable=False),
        sa.Column("created_at", sa.String(32), nullable=False),
        sa.Column("created_by", sa.String(64), nullable=False),
    )
