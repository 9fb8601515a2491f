"""What the agenda says to its database, as text for SQLite and PostgreSQL alike. Tables: `tables`."""

from collections.abc import Sequence
from dataclasses import fields
from functools import lru_cache

from agenda.booking.appointment import BOOKED, CANCELLED, Appointment
from runtime.data.units import Statement

_COLUMNS = tuple(field.name for field in fields(Appointment))
_APPOINTMENT = ", ".join(_COLUMNS)
_REQUEST = "coalesce(group_id, booking_id)"
"""The request that an appointment was booked for."""
_THEIRS = "workspace_id = :workspace_id AND customer = :customer"

# --- appointments

FIND = Statement(f"""
    SELECT {_APPOINTMENT} FROM appointments
    WHERE workspace_id = :workspace_id AND booking_id = :booking_id FOR UPDATE""")


@lru_cache
def upcoming(*owners: str) -> Statement:
    """Booked appointments that are somebody's by one of these columns, each named as its value."""
    theirs = " OR ".join(f"{column} = :{column}" for column in owners)
    return Statement(f"""
        SELECT {_APPOINTMENT} FROM appointments
        WHERE workspace_id = :workspace_id AND ({theirs}) AND date >= :first AND status = '{BOOKED}'
        ORDER BY date, time, booking_id""")


HISTORY = Statement(f"""
    SELECT {_APPOINTMENT} FROM appointments WHERE {_THEIRS}
    ORDER BY updated_at DESC, created_at DESC, booking_id LIMIT :most""")
REQUESTS_BETWEEN = Statement(f"""
    SELECT {_REQUEST} FROM appointments WHERE {_THEIRS} AND created_at >= :since AND created_at < :before""")
GROUP_SIZE = Statement(f"SELECT count(*) FROM appointments WHERE {_THEIRS} AND {_REQUEST} = :group_id")
CHANGE = Statement("""
    UPDATE appointments SET service_type = :service_type, date = :date, time = :time, end_time = :end_time,
        minutes = :minutes, staff_name = :staff_name, staff_requested = :staff_requested, client_name = :client_name,
        client_email = :client_email, updated_at = :updated_at, before_minutes = :before_minutes,
        after_minutes = :after_minutes, places = :places, units = :units, cell_minutes = :cell_minutes
    WHERE booking_id = :booking_id""")
"""All that can be changed of one."""
CANCEL = Statement(f"UPDATE appointments SET status = '{CANCELLED}', updated_at = :at WHERE booking_id = :booking_id")
RESTORE = Statement(f"UPDATE appointments SET status = '{BOOKED}', updated_at = :at WHERE booking_id = :booking_id")
HOLD = Statement("""
    SELECT pg_advisory_xact_lock(CAST(:number AS bigint)), pg_advisory_xact_lock_shared(CAST(:rules AS bigint))""")
"""PostgreSQL's alone: on SQLite every writer waits for the others anyhow. The second is shared by all bookings of a
business, and kept from them by who changes its exceptions."""


def _add(table: str, columns: Sequence[str], rows: int, returning: str) -> Statement:
    """New rows, whose values are named as their columns, with the row's number behind."""
    values = ", ".join(f"({', '.join(f':{column}{number}' for column in columns)})" for number in range(rows))
    return Statement(f"""
        INSERT INTO {table} ({", ".join(columns)}) VALUES {values} ON CONFLICT DO NOTHING RETURNING {returning}""")


@lru_cache
def add(appointments: int) -> Statement:
    """So many new appointments; those whose booking id is used are left out."""
    return _add("appointments", _COLUMNS, appointments, "booking_id")


# --- the time that they take

_TAKEN = "WHERE workspace_id = :workspace_id AND date BETWEEN :first AND :last AND booking_id <> :without"
TAKEN = Statement(f"""
    SELECT date, staff_name, cell FROM appointment_cells {_TAKEN}
    UNION ALL SELECT date, unit, cell FROM unit_cells {_TAKEN}""")
FREE = Statement("DELETE FROM appointment_cells WHERE booking_id = :booking_id")
FREE_UNITS = Statement("DELETE FROM unit_cells WHERE booking_id = :booking_id")
CELL = ("workspace_id", "date", "staff_name", "cell", "booking_id")


@lru_cache
def take(cells: int) -> Statement:
    """So many cells; those that are taken are left out."""
    return _add("appointment_cells", CELL, cells, "cell")


@lru_cache
def take_units(cells: int) -> Statement:
    """So many cells of units; those that are taken are left out."""
    return _add("unit_cells", ("workspace_id", "date", "unit", "cell", "booking_id"), cells, "cell")


# --- exceptions

ABSENCES = Statement("""
    SELECT staff_name, first_date, last_date, hours, off FROM absences
    WHERE workspace_id = :workspace_id AND last_date >= :first ORDER BY created_at, absence_id""")

# --- calendar feeds

FEED = Statement("SELECT workspace_id, staff_name FROM calendar_feeds WHERE secret_hash = :secret_hash")
BOOKED_BETWEEN = Statement(f"""
    SELECT {_APPOINTMENT} FROM appointments
    WHERE workspace_id = :workspace_id AND date BETWEEN :first AND :last AND status = '{BOOKED}'
    ORDER BY date, time, booking_id""")

# --- answers that were given

CLAIM = Statement("""
    INSERT INTO idempotency (workspace_id, key, fingerprint, result, created_at)
    VALUES (:workspace_id, :key, :fingerprint, '', :at) ON CONFLICT DO NOTHING RETURNING key""")
"""Nothing when the key is claimed. One that a transaction under way has claimed is waited for."""
KEPT = Statement("SELECT fingerprint, result FROM idempotency WHERE workspace_id = :workspace_id AND key = :key")
KEEP = Statement("""
    UPDATE idempotency SET result = :result, booking_id = :booking_id
    WHERE workspace_id = :workspace_id AND key = :key""")

# --- an attempt that may be taken back within the transaction

TRY = Statement("SAVEPOINT attempt")
TAKE_BACK = Statement("ROLLBACK TO SAVEPOINT attempt")
TRIED = Statement("RELEASE SAVEPOINT attempt")
