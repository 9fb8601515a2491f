"""What a call that fails raises: one exception, told apart by its reason."""

from dataclasses import dataclass
from typing import Any

import grpc
from google.protobuf.any_pb2 import Any as Detail
from google.rpc import error_details_pb2, status_pb2

from pulpo_client._reasons import Reason

DETAILS_KEY = "grpc-status-details-bin"
"""Where a gRPC server puts a rich status."""


@dataclass(frozen=True)
class Violation:
    """A field that is wrong."""

    field: str
    """Its path, e.g. "items[0].date"."""
    description: str
    """What was expected."""


class PulpoError(Exception):
    """A call that failed."""

    def __init__(
        self,
        code: grpc.StatusCode,
        reason: str,
        message: str,
        violations: tuple[Violation, ...] = (),
        retry_after: float | None = None,
    ) -> None:
        super().__init__(f"{code.name} {reason}: {message}")
        self.code = code
        """gRPC's status code."""
        self.reason_name = reason
        """The reason as the server named it; the code's name where it named none."""
        self.message = message
        """One sentence for developers, without personal data."""
        self.violations = violations
        """The fields that are wrong, where the code is INVALID_ARGUMENT."""
        self.retry_after = retry_after
        """Seconds to wait before another try, where the server says so."""

    @property
    def reason(self) -> Reason:
        """Why; UNSPECIFIED for one that this client does not know."""
        return Reason.__members__.get(self.reason_name, Reason.UNSPECIFIED)


def error_of(failed: grpc.RpcError) -> PulpoError:
    """The exception for a call that gRPC says has failed."""
    call: Any = failed  # every RpcError that a channel raises is a call, too
    code: grpc.StatusCode = call.code()
    said: str = call.details() or ""
    status = status_pb2.Status()
    for key, value in call.trailing_metadata() or ():
        if key == DETAILS_KEY:
            status.ParseFromString(value)
    return _read(code, said, list(status.details))


def _read(code: grpc.StatusCode, said: str, details: list[Detail]) -> PulpoError:
    info, bad, wait = error_details_pb2.ErrorInfo(), error_details_pb2.BadRequest(), error_details_pb2.RetryInfo()
    reason, retry_after = code.name, None
    violations: tuple[Violation, ...] = ()
    for detail in details:
        if detail.Unpack(info):
            reason = info.reason
        elif detail.Unpack(bad):
            violations = tuple(Violation(each.field, each.description) for each in bad.field_violations)
        elif detail.Unpack(wait):
            retry_after = wait.retry_delay.seconds + wait.retry_delay.nanos / 1e9
    return PulpoError(code, reason, said, violations, retry_after)
