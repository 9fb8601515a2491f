"""What Envoy notes about a request: JSON lines without path, query, address, phone or text. Pure."""

from envoy_config.parts import Json, typed


def access_log(listener: str, track_header: str) -> Json:
    """The access log of a listener, on standard output. The route's name stands for the path: what an
    unknown caller puts into a path is not written down."""
    fields = {
        "time": "%START_TIME%",
        "listener": listener,
        "route": "%ROUTE_NAME%",
        "method": "%REQ(:METHOD)%",
        "track": f"%REQ({track_header.upper()})%",
        "status": "%RESPONSE_CODE%",
        "grpc_status": "%GRPC_STATUS%",
        "flags": "%RESPONSE_FLAGS%",
        "upstream": "%UPSTREAM_HOST%",
        "tries": "%UPSTREAM_REQUEST_ATTEMPT_COUNT%",
        "ms": "%DURATION%",
        "bytes_in": "%BYTES_RECEIVED%",
        "bytes_out": "%BYTES_SENT%",
    }
    return typed(
        "envoy.access_loggers.stdout",
        "access_loggers.stream.v3.StdoutAccessLog",
        log_format={"json_format": fields},
    )
