"""Books the first free time of a day, and cancels it again.

export PULPO_TOKEN=…   # printed by `pulpo callers add`, for FindFreeTimes, Book and Cancel
python book.py 2026-03-12
"""

import sys
import uuid

from pulpo_client import Client, PulpoError
from pulpo_client.proto.gateway.v1 import booking_pb2 as pb

WORKSPACE, CUSTOMER = "estudio-pulpo", "web:5f3c"


def main(day: str) -> None:
    """Finds, books, cancels."""
    with Client() as pulpo:
        wanted = [pb.WantedService(service="Corte de Cabello")]
        search = pb.FindFreeTimesRequest(workspace_id=WORKSPACE, items=wanted, from_date=day, to_date=day)
        free = pulpo.bookings.find_free_times(search)
        print("free:", *(time.items[0].time for time in free.times))
        booked = pulpo.bookings.book(
            pb.BookRequest(
                workspace_id=WORKSPACE,
                customer_address=CUSTOMER,
                request_id=uuid.uuid4().hex,  # yours: keep it, and a repeat books nothing more
                items=free.times[0].items,
                client_name="Juan Pérez",
                client_email="juan@example.com",
            )
        )
        if booked.HasField("refusal"):
            print("no:", booked.refusal.reason)
            return
        mine = booked.appointments[0]
        print("booked:", mine.booking_id, mine.date, mine.time, mine.staff)
        cancel = pb.CancelRequest(workspace_id=WORKSPACE, customer_address=CUSTOMER, booking_ids=[mine.booking_id])
        cancel.request_id = uuid.uuid4().hex
        print("cancelled:", len(pulpo.bookings.cancel(cancel).appointments))


if __name__ == "__main__":
    try:
        main(sys.argv[1])
    except PulpoError as error:
        sys.exit(f"{error.reason_name}: {error.message} {[each.field for each in error.violations]}")
