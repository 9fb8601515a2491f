"""Which calls may be repeated is said once, in the contracts: the gateway and the proxies go by that."""

from google.protobuf import descriptor_pool
from google.protobuf.descriptor_pb2 import MethodOptions

from envoy_config.table import load_table
from gateway.stages.clients import SERVICES, repeatable
from pulpo.gateway.v1 import booking_pb2  # noqa: F401 - into the pool

READS = MethodOptions.NO_SIDE_EFFECTS


def test_every_method_says_how_often_it_may_be_repeated() -> None:
    named = {name for service in SERVICES for name, _ in repeatable(service)}
    for name in named:
        for method in descriptor_pool.Default().FindServiceByName(name).methods:
            assert method.GetOptions().idempotency_level != MethodOptions.IDEMPOTENCY_UNKNOWN


def test_the_gateway_repeats_what_may_be_but_for_what_it_repeats_itself() -> None:
    found = {method for service in SERVICES for _, method in repeatable(service)}
    assert found == {"Extract", "Plan", "Compose", "Evaluate", "LookUpWrites"}


def test_the_proxies_repeat_nothing_whose_repeat_would_do_something_twice() -> None:
    every = [pair for service in load_table().services.values() for pair in service.contracts.items()]
    assert "pulpo.gateway.v1.BookingService" in dict(every)
    for name, methods in every:
        found = descriptor_pool.Default().FindServiceByName(name).methods
        assert sorted((*methods.reads, *methods.writes)) == sorted(method.name for method in found)
        for method in found:
            level = method.GetOptions().idempotency_level
            assert level or method.name not in methods.reads
            assert level != READS or method.name not in methods.writes
