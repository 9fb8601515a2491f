from google.protobuf import duration_pb2 as _duration_pb2
from google.protobuf import struct_pb2 as _struct_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from typing import ClassVar as _ClassVar, Iterable as _Iterable, Mapping as _Mapping, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Outcome(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    OUTCOME_UNSPECIFIED: _ClassVar[Outcome]
    OUTCOME_ALLOW: _ClassVar[Outcome]
    OUTCOME_DENY: _ClassVar[Outcome]
    OUTCOME_ASK_CLARIFICATION: _ClassVar[Outcome]

class ObservationStatus(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    OBSERVATION_STATUS_UNSPECIFIED: _ClassVar[ObservationStatus]
    OBSERVATION_STATUS_OK: _ClassVar[ObservationStatus]
    OBSERVATION_STATUS_REFUSED: _ClassVar[ObservationStatus]
    OBSERVATION_STATUS_FAILED: _ClassVar[ObservationStatus]
    OBSERVATION_STATUS_UNKNOWN: _ClassVar[ObservationStatus]
    OBSERVATION_STATUS_SKIPPED: _ClassVar[ObservationStatus]
OUTCOME_UNSPECIFIED: Outcome
OUTCOME_ALLOW: Outcome
OUTCOME_DENY: Outcome
OUTCOME_ASK_CLARIFICATION: Outcome
OBSERVATION_STATUS_UNSPECIFIED: ObservationStatus
OBSERVATION_STATUS_OK: ObservationStatus
OBSERVATION_STATUS_REFUSED: ObservationStatus
OBSERVATION_STATUS_FAILED: ObservationStatus
OBSERVATION_STATUS_UNKNOWN: ObservationStatus
OBSERVATION_STATUS_SKIPPED: ObservationStatus

class Action(_message.Message):
    __slots__ = ("tool", "args", "reasoning")
    TOOL_FIELD_NUMBER: _ClassVar[int]
    ARGS_FIELD_NUMBER: _ClassVar[int]
    REASONING_FIELD_NUMBER: _ClassVar[int]
    tool: str
    args: _struct_pb2.Struct
    reasoning: str
    def __init__(self, tool: _Optional[str] = ..., args: _Optional[_Union[_struct_pb2.Struct, _Mapping]] = ..., reasoning: _Optional[str] = ...) -> None: ...

class Decision(_message.Message):
    __slots__ = ("outcome", "why", "needs")
    OUTCOME_FIELD_NUMBER: _ClassVar[int]
    WHY_FIELD_NUMBER: _ClassVar[int]
    NEEDS_FIELD_NUMBER: _ClassVar[int]
    outcome: Outcome
    why: str
    needs: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, outcome: _Optional[_Union[Outcome, str]] = ..., why: _Optional[str] = ..., needs: _Optional[_Iterable[str]] = ...) -> None: ...

class ToolError(_message.Message):
    __slots__ = ("reason", "message")
    REASON_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    reason: str
    message: str
    def __init__(self, reason: _Optional[str] = ..., message: _Optional[str] = ...) -> None: ...

class Observation(_message.Message):
    __slots__ = ("tool", "status", "output", "error", "decision", "attempts", "duration", "args")
    TOOL_FIELD_NUMBER: _ClassVar[int]
    STATUS_FIELD_NUMBER: _ClassVar[int]
    OUTPUT_FIELD_NUMBER: _ClassVar[int]
    ERROR_FIELD_NUMBER: _ClassVar[int]
    DECISION_FIELD_NUMBER: _ClassVar[int]
    ATTEMPTS_FIELD_NUMBER: _ClassVar[int]
    DURATION_FIELD_NUMBER: _ClassVar[int]
    ARGS_FIELD_NUMBER: _ClassVar[int]
    tool: str
    status: ObservationStatus
    output: _struct_pb2.Struct
    error: ToolError
    decision: Decision
    attempts: int
    duration: _duration_pb2.Duration
    args: _struct_pb2.Struct
    def __init__(self, tool: _Optional[str] = ..., status: _Optional[_Union[ObservationStatus, str]] = ..., output: _Optional[_Union[_struct_pb2.Struct, _Mapping]] = ..., error: _Optional[_Union[ToolError, _Mapping]] = ..., decision: _Optional[_Union[Decision, _Mapping]] = ..., attempts: _Optional[int] = ..., duration: _Optional[_Union[_duration_pb2.Duration, _Mapping]] = ..., args: _Optional[_Union[_struct_pb2.Struct, _Mapping]] = ...) -> None: ...
