from pulpo_client.proto.common.v1 import action_pb2 as _action_pb2
from pulpo_client.proto.common.v1 import turn_pb2 as _turn_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from typing import ClassVar as _ClassVar, Iterable as _Iterable, Mapping as _Mapping, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class WriteState(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    WRITE_STATE_UNSPECIFIED: _ClassVar[WriteState]
    WRITE_STATE_NOT_BEGUN: _ClassVar[WriteState]
    WRITE_STATE_UNKNOWN: _ClassVar[WriteState]
    WRITE_STATE_DONE: _ClassVar[WriteState]
    WRITE_STATE_NOT_DONE: _ClassVar[WriteState]
WRITE_STATE_UNSPECIFIED: WriteState
WRITE_STATE_NOT_BEGUN: WriteState
WRITE_STATE_UNKNOWN: WriteState
WRITE_STATE_DONE: WriteState
WRITE_STATE_NOT_DONE: WriteState

class Customer(_message.Message):
    __slots__ = ("address", "phone", "profile_name")
    ADDRESS_FIELD_NUMBER: _ClassVar[int]
    PHONE_FIELD_NUMBER: _ClassVar[int]
    PROFILE_NAME_FIELD_NUMBER: _ClassVar[int]
    address: str
    phone: str
    profile_name: str
    def __init__(self, address: _Optional[str] = ..., phone: _Optional[str] = ..., profile_name: _Optional[str] = ...) -> None: ...

class ExecuteRequest(_message.Message):
    __slots__ = ("context", "customer", "actions", "slots", "confirmed", "group_id", "attempt")
    CONTEXT_FIELD_NUMBER: _ClassVar[int]
    CUSTOMER_FIELD_NUMBER: _ClassVar[int]
    ACTIONS_FIELD_NUMBER: _ClassVar[int]
    SLOTS_FIELD_NUMBER: _ClassVar[int]
    CONFIRMED_FIELD_NUMBER: _ClassVar[int]
    GROUP_ID_FIELD_NUMBER: _ClassVar[int]
    ATTEMPT_FIELD_NUMBER: _ClassVar[int]
    context: _turn_pb2.TurnContext
    customer: Customer
    actions: _containers.RepeatedCompositeFieldContainer[_action_pb2.Action]
    slots: _turn_pb2.Slots
    confirmed: bool
    group_id: str
    attempt: int
    def __init__(self, context: _Optional[_Union[_turn_pb2.TurnContext, _Mapping]] = ..., customer: _Optional[_Union[Customer, _Mapping]] = ..., actions: _Optional[_Iterable[_Union[_action_pb2.Action, _Mapping]]] = ..., slots: _Optional[_Union[_turn_pb2.Slots, _Mapping]] = ..., confirmed: bool = ..., group_id: _Optional[str] = ..., attempt: _Optional[int] = ...) -> None: ...

class ExecuteResponse(_message.Message):
    __slots__ = ("observations", "policy_ms", "tools_ms")
    OBSERVATIONS_FIELD_NUMBER: _ClassVar[int]
    POLICY_MS_FIELD_NUMBER: _ClassVar[int]
    TOOLS_MS_FIELD_NUMBER: _ClassVar[int]
    observations: _containers.RepeatedCompositeFieldContainer[_action_pb2.Observation]
    policy_ms: float
    tools_ms: float
    def __init__(self, observations: _Optional[_Iterable[_Union[_action_pb2.Observation, _Mapping]]] = ..., policy_ms: _Optional[float] = ..., tools_ms: _Optional[float] = ...) -> None: ...

class LookUpWritesRequest(_message.Message):
    __slots__ = ("context", "customer", "actions", "slots", "attempt")
    CONTEXT_FIELD_NUMBER: _ClassVar[int]
    CUSTOMER_FIELD_NUMBER: _ClassVar[int]
    ACTIONS_FIELD_NUMBER: _ClassVar[int]
    SLOTS_FIELD_NUMBER: _ClassVar[int]
    ATTEMPT_FIELD_NUMBER: _ClassVar[int]
    context: _turn_pb2.TurnContext
    customer: Customer
    actions: _containers.RepeatedCompositeFieldContainer[_action_pb2.Action]
    slots: _turn_pb2.Slots
    attempt: int
    def __init__(self, context: _Optional[_Union[_turn_pb2.TurnContext, _Mapping]] = ..., customer: _Optional[_Union[Customer, _Mapping]] = ..., actions: _Optional[_Iterable[_Union[_action_pb2.Action, _Mapping]]] = ..., slots: _Optional[_Union[_turn_pb2.Slots, _Mapping]] = ..., attempt: _Optional[int] = ...) -> None: ...

class WriteOutcome(_message.Message):
    __slots__ = ("tool", "state", "observation")
    TOOL_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    OBSERVATION_FIELD_NUMBER: _ClassVar[int]
    tool: str
    state: WriteState
    observation: _action_pb2.Observation
    def __init__(self, tool: _Optional[str] = ..., state: _Optional[_Union[WriteState, str]] = ..., observation: _Optional[_Union[_action_pb2.Observation, _Mapping]] = ...) -> None: ...

class LookUpWritesResponse(_message.Message):
    __slots__ = ("outcomes",)
    OUTCOMES_FIELD_NUMBER: _ClassVar[int]
    outcomes: _containers.RepeatedCompositeFieldContainer[WriteOutcome]
    def __init__(self, outcomes: _Optional[_Iterable[_Union[WriteOutcome, _Mapping]]] = ...) -> None: ...

class EvaluateRequest(_message.Message):
    __slots__ = ("context", "customer", "actions", "slots", "confirmed", "group_id")
    CONTEXT_FIELD_NUMBER: _ClassVar[int]
    CUSTOMER_FIELD_NUMBER: _ClassVar[int]
    ACTIONS_FIELD_NUMBER: _ClassVar[int]
    SLOTS_FIELD_NUMBER: _ClassVar[int]
    CONFIRMED_FIELD_NUMBER: _ClassVar[int]
    GROUP_ID_FIELD_NUMBER: _ClassVar[int]
    context: _turn_pb2.TurnContext
    customer: Customer
    actions: _containers.RepeatedCompositeFieldContainer[_action_pb2.Action]
    slots: _turn_pb2.Slots
    confirmed: bool
    group_id: str
    def __init__(self, context: _Optional[_Union[_turn_pb2.TurnContext, _Mapping]] = ..., customer: _Optional[_Union[Customer, _Mapping]] = ..., actions: _Optional[_Iterable[_Union[_action_pb2.Action, _Mapping]]] = ..., slots: _Optional[_Union[_turn_pb2.Slots, _Mapping]] = ..., confirmed: bool = ..., group_id: _Optional[str] = ...) -> None: ...

class EvaluateResponse(_message.Message):
    __slots__ = ("decisions",)
    DECISIONS_FIELD_NUMBER: _ClassVar[int]
    decisions: _containers.RepeatedCompositeFieldContainer[_action_pb2.Decision]
    def __init__(self, decisions: _Optional[_Iterable[_Union[_action_pb2.Decision, _Mapping]]] = ...) -> None: ...
