"""The agenda's tables. Written for SQLite and PostgreSQL alike: texts, numbers, no dialect's types."""

from pathlib import Path

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
    text,
)

from runtime.data.migrations import Schema
from runtime.data.probe import probe_table

metadata = MetaData()
"""Everything below. A change here needs a migration; a test compares."""
SCHEMA = Schema("agenda", metadata, Path(__file__).parents[1] / "migrations")

PERSONAL = text("(customer IS NOT NULL OR client_name != '' OR client_phone != '')")
"""Appointments that say whose they are. An index holds just these, so that retention need not look at the rest."""

PHONE = text("ltrim(customer, 'abcdefghijklmnopqrstuvwxyz:')")
"""The phone in a customer's address, whatever its channel. Indexed, for `pulpo forget`."""

appointments = Table(
    "appointments",
    metadata,
    Column("booking_id", String(9), primary_key=True),
    Column("workspace_id", String(40), nullable=False),
    Column("customer", String(200)),
    Column("service_type", String(60), nullable=False),
    Column("date", String(10), nullable=False),
    Column("time", String(5), nullable=False),
    Column("end_time", String(5), nullable=False),
    Column("minutes", Integer, nullable=False),
    Column("staff_name", String(40), nullable=False),
    Column("staff_requested", Boolean, nullable=False),
    Column("client_name", String(80), nullable=False),
    Column("client_email", String(120), nullable=False),
    Column("client_phone", String(64), nullable=False),
    Column("status", String(9), nullable=False),
    Column("created_at", String(32), nullable=False),
    Column("updated_at", String(32), nullable=False),
    Column("group_id", String(9)),
    Column("for_other", Boolean),
    Column("before_minutes", Integer),
    Column("after_minutes", Integer),
    Column("places", Integer),
    Column("units", Text),
    Column("cell_minutes", Integer),
    Column("rules", Text),
    Column("answers", Text),
    Column("attendance", String(9)),
    Column("attendance_at", String(32)),
    Column("attendance_by", String(64)),
    CheckConstraint("status IN ('booked', 'cancelled')", name="appointments_status"),
    Index("appointments_by_customer", "workspace_id", "customer", "date"),
    Index("appointments_by_phone", "workspace_id", "client_phone", "date"),
    Index("appointments_by_customers_phone", PHONE, "workspace_id"),
    Index("appointments_personal", "workspace_id", "date", sqlite_where=PERSONAL, postgresql_where=PERSONAL),
)

cells = Table(
    "appointment_cells",
    metadata,
    Column("workspace_id", String(40)),
    Column("date", String(10)),
    Column("staff_name", String(40)),
    Column("cell", Integer),
    Column("booking_id", String(9), ForeignKey("appointments.booking_id"), nullable=False),
    # What makes a double booking impossible. The order serves the reading of whole days.
    PrimaryKeyConstraint("workspace_id", "date", "staff_name", "cell"),
    Index("appointment_cells_by_booking", "booking_id"),
)

unit_cells = Table(
    "unit_cells",
    metadata,
    Column("workspace_id", String(40)),
    Column("date", String(10)),
    Column("unit", String(120)),
    Column("cell", Integer),
    Column("booking_id", String(9), ForeignKey("appointments.booking_id"), nullable=False),
    # What makes it impossible to book a resource or a place of a class twice.
    PrimaryKeyConstraint("workspace_id", "date", "unit", "cell"),
    Index("unit_cells_by_booking", "booking_id"),
)
"""The time that appointments take of resources and classes: "Box|2" is the second of several, "Yoga|Ana|3" a place."""

absences = Table(
    "absences",
    metadata,
    Column("absence_id", String(12), primary_key=True),
    Column("workspace_id", String(40), nullable=False),
    Column("staff_name", String(40), nullable=False),
    Column("first_date", String(10), nullable=False),
    Column("last_date", String(10), nullable=False),
    Column("hours", Text),
    Column("off", Text, nullable=False),
    Column("created_at", String(32), nullable=False),
    Column("created_by", String(64), nullable=False),
    Index("absences_by_date", "workspace_id", "last_date"),
)
"""Exceptions that the owner has set: days off and other hours of a member of staff, or of everybody (an empty name).
`hours` and `off` are JSON lists of spans, null for none said."""

calendar_feeds = Table(
    "calendar_feeds",
    metadata,
    Column("secret_hash", String(64), primary_key=True),
    Column("feed_id", String(12), nullable=False),
    Column("workspace_id", String(40), nullable=False),
    Column("staff_name", String(40), nullable=False),
    Column("created_at", String(32), nullable=False),
    Column("created_by", String(64), nullable=False),
)
"""Who may read the appointments of a member of staff (an empty name: of everybody) by a secret address, of which only
the SHA-256 is kept. Revoking deletes the row."""

idempotency = Table(
    "idempotency",
    metadata,
    Column("workspace_id", String(40)),
    Column("key", String(200)),
    Column("fingerprint", String(64), nullable=False),
    Column("result", Text, nullable=False),
    Column("created_at", String(32), nullable=False),
    Column("booking_id", String(9)),
    PrimaryKeyConstraint("workspace_id", "key"),
    Index("idempotency_by_age", "workspace_id", "created_at"),
    Index("idempotency_by_booking", "booking_id", "workspace_id"),
)
"""`booking_id` is the appointment that the result is about; empty when it is about none, null in rows of releases
that did not note it: no migration fills it in."""

probe = probe_table("agenda", metadata)
"""What is written to see whether the database can write."""
