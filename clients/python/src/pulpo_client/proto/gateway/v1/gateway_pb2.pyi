from google.protobuf import timestamp_pb2 as _timestamp_pb2
from pulpo_client.proto.common.v1 import state_pb2 as _state_pb2
from pulpo_client.proto.common.v1 import turn_pb2 as _turn_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from typing import ClassVar as _ClassVar, Iterable as _Iterable, Mapping as _Mapping, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class SendMessageRequest(_message.Message):
    __slots__ = ("workspace_id", "text", "message_id", "received_at", "customer_address")
    WORKSPACE_ID_FIELD_NUMBER: _ClassVar[int]
    FROM_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_ID_FIELD_NUMBER: _ClassVar[int]
    RECEIVED_AT_FIELD_NUMBER: _ClassVar[int]
    CUSTOMER_ADDRESS_FIELD_NUMBER: _ClassVar[int]
    workspace_id: str
    text: str
    message_id: str
    received_at: _timestamp_pb2.Timestamp
    customer_address: str
    def __init__(self, workspace_id: _Optional[str] = ..., text: _Optional[str] = ..., message_id: _Optional[str] = ..., received_at: _Optional[_Union[_timestamp_pb2.Timestamp, _Mapping]] = ..., customer_address: _Optional[str] = ..., **kwargs) -> None: ...

class Timings(_message.Message):
    __slots__ = ("extract_ms", "plan_ms", "policy_ms", "broker_ms", "reduce_ms", "nlg_ms", "total_ms")
    EXTRACT_MS_FIELD_NUMBER: _ClassVar[int]
    PLAN_MS_FIELD_NUMBER: _ClassVar[int]
    POLICY_MS_FIELD_NUMBER: _ClassVar[int]
    BROKER_MS_FIELD_NUMBER: _ClassVar[int]
    REDUCE_MS_FIELD_NUMBER: _ClassVar[int]
    NLG_MS_FIELD_NUMBER: _ClassVar[int]
    TOTAL_MS_FIELD_NUMBER: _ClassVar[int]
    extract_ms: float
    plan_ms: float
    policy_ms: float
    broker_ms: float
    reduce_ms: float
    nlg_ms: float
    total_ms: float
    def __init__(self, extract_ms: _Optional[float] = ..., plan_ms: _Optional[float] = ..., policy_ms: _Optional[float] = ..., broker_ms: _Optional[float] = ..., reduce_ms: _Optional[float] = ..., nlg_ms: _Optional[float] = ..., total_ms: _Optional[float] = ...) -> None: ...

class SendMessageResponse(_message.Message):
    __slots__ = ("message", "quick_replies", "requires_human", "intent", "slots", "track", "timings", "replayed", "silent")
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    QUICK_REPLIES_FIELD_NUMBER: _ClassVar[int]
    REQUIRES_HUMAN_FIELD_NUMBER: _ClassVar[int]
    INTENT_FIELD_NUMBER: _ClassVar[int]
    SLOTS_FIELD_NUMBER: _ClassVar[int]
    TRACK_FIELD_NUMBER: _ClassVar[int]
    TIMINGS_FIELD_NUMBER: _ClassVar[int]
    REPLAYED_FIELD_NUMBER: _ClassVar[int]
    SILENT_FIELD_NUMBER: _ClassVar[int]
    message: str
    quick_replies: _containers.RepeatedScalarFieldContainer[str]
    requires_human: bool
    intent: _turn_pb2.Intent
    slots: _turn_pb2.Slots
    track: str
    timings: Timings
    replayed: bool
    silent: bool
    def __init__(self, message: _Optional[str] = ..., quick_replies: _Optional[_Iterable[str]] = ..., requires_human: bool = ..., intent: _Optional[_Union[_turn_pb2.Intent, str]] = ..., slots: _Optional[_Union[_turn_pb2.Slots, _Mapping]] = ..., track: _Optional[str] = ..., timings: _Optional[_Union[Timings, _Mapping]] = ..., replayed: bool = ..., silent: bool = ...) -> None: ...

class RunTurnRequest(_message.Message):
    __slots__ = ("context", "customer_address", "text", "state")
    CONTEXT_FIELD_NUMBER: _ClassVar[int]
    CUSTOMER_ADDRESS_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    context: _turn_pb2.TurnContext
    customer_address: str
    text: str
    state: _state_pb2.ConversationState
    def __init__(self, context: _Optional[_Union[_turn_pb2.TurnContext, _Mapping]] = ..., customer_address: _Optional[str] = ..., text: _Optional[str] = ..., state: _Optional[_Union[_state_pb2.ConversationState, _Mapping]] = ...) -> None: ...

class RunTurnResponse(_message.Message):
    __slots__ = ("message", "quick_replies", "requires_human", "state", "trace")
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    QUICK_REPLIES_FIELD_NUMBER: _ClassVar[int]
    REQUIRES_HUMAN_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    TRACE_FIELD_NUMBER: _ClassVar[int]
    message: str
    quick_replies: _containers.RepeatedScalarFieldContainer[str]
    requires_human: bool
    state: _state_pb2.ConversationState
    trace: TurnTrace
    def __init__(self, message: _Optional[str] = ..., quick_replies: _Optional[_Iterable[str]] = ..., requires_human: bool = ..., state: _Optional[_Union[_state_pb2.ConversationState, _Mapping]] = ..., trace: _Optional[_Union[TurnTrace, _Mapping]] = ...) -> None: ...

class TurnTrace(_message.Message):
    __slots__ = ("intent", "confidence", "read_by", "planned_by", "tools", "rounds", "fallbacks", "track", "timings")
    INTENT_FIELD_NUMBER: _ClassVar[int]
    CONFIDENCE_FIELD_NUMBER: _ClassVar[int]
    READ_BY_FIELD_NUMBER: _ClassVar[int]
    PLANNED_BY_FIELD_NUMBER: _ClassVar[int]
    TOOLS_FIELD_NUMBER: _ClassVar[int]
    ROUNDS_FIELD_NUMBER: _ClassVar[int]
    FALLBACKS_FIELD_NUMBER: _ClassVar[int]
    TRACK_FIELD_NUMBER: _ClassVar[int]
    TIMINGS_FIELD_NUMBER: _ClassVar[int]
    intent: _turn_pb2.Intent
    confidence: float
    read_by: str
    planned_by: str
    tools: _containers.RepeatedScalarFieldContainer[str]
    rounds: int
    fallbacks: _containers.RepeatedScalarFieldContainer[str]
    track: str
    timings: Timings
    def __init__(self, intent: _Optional[_Union[_turn_pb2.Intent, str]] = ..., confidence: _Optional[float] = ..., read_by: _Optional[str] = ..., planned_by: _Optional[str] = ..., tools: _Optional[_Iterable[str]] = ..., rounds: _Optional[int] = ..., fallbacks: _Optional[_Iterable[str]] = ..., track: _Optional[str] = ..., timings: _Optional[_Union[Timings, _Mapping]] = ...) -> None: ...
