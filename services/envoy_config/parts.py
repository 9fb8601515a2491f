"""Small pieces of Envoy's configuration that several places need. Pure."""

from typing import Any

from envoy_config.layout import Address

Json = dict[str, Any]
"""Part of a configuration, as Envoy reads it from JSON."""
V3 = "type.googleapis.com/envoy.extensions"


def typed(name: str, kind: str, **fields: Any) -> Json:
    """An extension by its name and type; `kind` is its message's path below envoy.extensions."""
    return {"name": name, "typed_config": {"@type": f"{V3}.{kind}", **fields}}


def socket(address: Address) -> Json:
    """A socket address."""
    return {"socket_address": {"address": address.host, "port_value": address.port}}


def seconds(value: float) -> str:
    """A duration, as Envoy writes it."""
    return f"{value:g}s"
