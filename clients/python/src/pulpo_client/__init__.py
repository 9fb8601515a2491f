"""Client of Pulpo: books, reads what a business offers, runs whole turns, and calls any stage."""

from pulpo_client._reasons import Reason
from pulpo_client.client import AsyncClient, Client
from pulpo_client.errors import PulpoError, Violation
from pulpo_client.paging import all_pages
from pulpo_client.planning import Planned, plan_turn

__all__ = ["AsyncClient", "Client", "Planned", "PulpoError", "Reason", "Violation", "all_pages", "plan_turn"]
