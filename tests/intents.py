"""The intents of the contract, for tests that hold each service against them."""

from pulpo.common.v1 import turn_pb2

OF_CONTRACT = tuple(
    name.removeprefix("INTENT_").lower()
    for name, number in turn_pb2.Intent.items()
    if number != turn_pb2.INTENT_UNSPECIFIED
)
"""All that a message can have, in lower case and in the contract's order."""
