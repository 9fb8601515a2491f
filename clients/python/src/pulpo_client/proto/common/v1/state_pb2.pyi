from pulpo_client.proto.common.v1 import action_pb2 as _action_pb2
from pulpo_client.proto.common.v1 import task_pb2 as _task_pb2
from pulpo_client.proto.common.v1 import turn_pb2 as _turn_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from typing import ClassVar as _ClassVar, Iterable as _Iterable, Mapping as _Mapping, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Stage(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    STAGE_UNSPECIFIED: _ClassVar[Stage]
    STAGE_INICIO: _ClassVar[Stage]
    STAGE_SELECCION_SERVICIO: _ClassVar[Stage]
    STAGE_DISPONIBILIDAD: _ClassVar[Stage]
    STAGE_CONFIRMACION: _ClassVar[Stage]
    STAGE_RESERVA_HECHA: _ClassVar[Stage]
    STAGE_CANCELACION: _ClassVar[Stage]
    STAGE_ERROR: _ClassVar[Stage]
    STAGE_DONE: _ClassVar[Stage]
STAGE_UNSPECIFIED: Stage
STAGE_INICIO: Stage
STAGE_SELECCION_SERVICIO: Stage
STAGE_DISPONIBILIDAD: Stage
STAGE_CONFIRMACION: Stage
STAGE_RESERVA_HECHA: Stage
STAGE_CANCELACION: Stage
STAGE_ERROR: Stage
STAGE_DONE: Stage

class Offer(_message.Message):
    __slots__ = ("date", "time")
    DATE_FIELD_NUMBER: _ClassVar[int]
    TIME_FIELD_NUMBER: _ClassVar[int]
    date: str
    time: str
    def __init__(self, date: _Optional[str] = ..., time: _Optional[str] = ...) -> None: ...

class ConversationState(_message.Message):
    __slots__ = ("active_intent", "slots", "asked_slot", "pending", "offers", "part_of_day", "choices", "booking_choices", "last_booking_id", "stage", "locale", "misses", "next_services", "dialogue")
    ACTIVE_INTENT_FIELD_NUMBER: _ClassVar[int]
    SLOTS_FIELD_NUMBER: _ClassVar[int]
    ASKED_SLOT_FIELD_NUMBER: _ClassVar[int]
    PENDING_FIELD_NUMBER: _ClassVar[int]
    OFFERS_FIELD_NUMBER: _ClassVar[int]
    PART_OF_DAY_FIELD_NUMBER: _ClassVar[int]
    CHOICES_FIELD_NUMBER: _ClassVar[int]
    BOOKING_CHOICES_FIELD_NUMBER: _ClassVar[int]
    LAST_BOOKING_ID_FIELD_NUMBER: _ClassVar[int]
    STAGE_FIELD_NUMBER: _ClassVar[int]
    LOCALE_FIELD_NUMBER: _ClassVar[int]
    MISSES_FIELD_NUMBER: _ClassVar[int]
    NEXT_SERVICES_FIELD_NUMBER: _ClassVar[int]
    DIALOGUE_FIELD_NUMBER: _ClassVar[int]
    active_intent: _turn_pb2.Intent
    slots: _turn_pb2.Slots
    asked_slot: str
    pending: _containers.RepeatedCompositeFieldContainer[_action_pb2.Action]
    offers: _containers.RepeatedCompositeFieldContainer[Offer]
    part_of_day: _turn_pb2.PartOfDay
    choices: _containers.RepeatedScalarFieldContainer[_turn_pb2.Intent]
    booking_choices: _containers.RepeatedScalarFieldContainer[str]
    last_booking_id: str
    stage: Stage
    locale: str
    misses: int
    next_services: _containers.RepeatedScalarFieldContainer[str]
    dialogue: _task_pb2.Dialogue
    def __init__(self, active_intent: _Optional[_Union[_turn_pb2.Intent, str]] = ..., slots: _Optional[_Union[_turn_pb2.Slots, _Mapping]] = ..., asked_slot: _Optional[str] = ..., pending: _Optional[_Iterable[_Union[_action_pb2.Action, _Mapping]]] = ..., offers: _Optional[_Iterable[_Union[Offer, _Mapping]]] = ..., part_of_day: _Optional[_Union[_turn_pb2.PartOfDay, str]] = ..., choices: _Optional[_Iterable[_Union[_turn_pb2.Intent, str]]] = ..., booking_choices: _Optional[_Iterable[str]] = ..., last_booking_id: _Optional[str] = ..., stage: _Optional[_Union[Stage, str]] = ..., locale: _Optional[str] = ..., misses: _Optional[int] = ..., next_services: _Optional[_Iterable[str]] = ..., dialogue: _Optional[_Union[_task_pb2.Dialogue, _Mapping]] = ...) -> None: ...
