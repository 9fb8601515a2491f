"""Mutual TLS in Envoy's configuration. Certificates are named in files of their own, which Envoy watches
together with what they name, so that a new certificate is served without a restart. Pure."""

from pathlib import Path

from envoy_config.layout import Certificates
from envoy_config.parts import Json, typed

CERT, CA = "certificate", "authority"
_TYPE = "type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.Secret"


def secret_files(certificates: Certificates) -> dict[str, Json]:
    """What is in the folder of secrets: name of a file → its content."""
    cert: Json = {
        "@type": _TYPE,
        "name": CERT,
        "tls_certificate": {
            "certificate_chain": {"filename": str(certificates.cert)},
            "private_key": {"filename": str(certificates.key)},
            "watched_directory": {"path": str(certificates.cert.parent)},
        },
    }
    authority: Json = {
        "@type": _TYPE,
        "name": CA,
        "validation_context": {
            "trusted_ca": {"filename": str(certificates.ca)},
            "watched_directory": {"path": str(certificates.ca.parent)},
        },
    }
    return {f"{CERT}.json": {"resources": [cert]}, f"{CA}.json": {"resources": [authority]}}


def upstream(folder: Path | None, protocol: str) -> Json:
    """A cluster's part: calls go over TLS with our certificate, in one protocol; nothing without a folder."""
    if folder is None:
        return {}
    return {"transport_socket": _socket("UpstreamTlsContext", common_tls_context=_common(folder, protocol))}


def downstream(folder: Path | None) -> Json:
    """A listener's part: callers must show a certificate of our authority."""
    if folder is None:
        return {}
    context = {"require_client_certificate": True, "common_tls_context": _common(folder, "h2", "http/1.1")}
    return {"transport_socket": _socket("DownstreamTlsContext", **context)}


def _socket(kind: str, **fields: object) -> Json:
    return typed("envoy.transport_sockets.tls", f"transport_sockets.tls.v3.{kind}", **fields)


def _common(folder: Path, *protocols: str) -> Json:
    return {
        "alpn_protocols": list(protocols),
        "tls_params": {"tls_minimum_protocol_version": "TLSv1_2"},
        "tls_certificate_sds_secret_configs": [_config(folder, CERT)],
        "validation_context_sds_secret_config": _config(folder, CA),
    }


def _config(folder: Path, name: str) -> Json:
    source = {"path_config_source": {"path": str(folder / f"{name}.json")}, "resource_api_version": "V3"}
    return {"name": name, "sds_config": source}
