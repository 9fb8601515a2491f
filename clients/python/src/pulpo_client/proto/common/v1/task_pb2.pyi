from pulpo_client.proto.common.v1 import reading_pb2 as _reading_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from typing import ClassVar as _ClassVar, Iterable as _Iterable, Mapping as _Mapping, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class TaskKind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    TASK_KIND_UNSPECIFIED: _ClassVar[TaskKind]
    TASK_KIND_BOOK: _ClassVar[TaskKind]
    TASK_KIND_CHANGE: _ClassVar[TaskKind]
    TASK_KIND_CANCEL: _ClassVar[TaskKind]
    TASK_KIND_RESTORE: _ClassVar[TaskKind]
TASK_KIND_UNSPECIFIED: TaskKind
TASK_KIND_BOOK: TaskKind
TASK_KIND_CHANGE: TaskKind
TASK_KIND_CANCEL: TaskKind
TASK_KIND_RESTORE: TaskKind

class PlacedService(_message.Message):
    __slots__ = ("service", "date", "time", "staff", "person")
    SERVICE_FIELD_NUMBER: _ClassVar[int]
    DATE_FIELD_NUMBER: _ClassVar[int]
    TIME_FIELD_NUMBER: _ClassVar[int]
    STAFF_FIELD_NUMBER: _ClassVar[int]
    PERSON_FIELD_NUMBER: _ClassVar[int]
    service: str
    date: str
    time: str
    staff: str
    person: str
    def __init__(self, service: _Optional[str] = ..., date: _Optional[str] = ..., time: _Optional[str] = ..., staff: _Optional[str] = ..., person: _Optional[str] = ...) -> None: ...

class Proposal(_message.Message):
    __slots__ = ("items",)
    ITEMS_FIELD_NUMBER: _ClassVar[int]
    items: _containers.RepeatedCompositeFieldContainer[PlacedService]
    def __init__(self, items: _Optional[_Iterable[_Union[PlacedService, _Mapping]]] = ...) -> None: ...

class Task(_message.Message):
    __slots__ = ("kind", "items", "days", "times", "people", "targets", "name", "email", "offers", "chosen", "rejected", "asked", "times_asked", "refused", "inquires", "doubts", "undoes")
    KIND_FIELD_NUMBER: _ClassVar[int]
    ITEMS_FIELD_NUMBER: _ClassVar[int]
    DAYS_FIELD_NUMBER: _ClassVar[int]
    TIMES_FIELD_NUMBER: _ClassVar[int]
    PEOPLE_FIELD_NUMBER: _ClassVar[int]
    TARGETS_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    EMAIL_FIELD_NUMBER: _ClassVar[int]
    OFFERS_FIELD_NUMBER: _ClassVar[int]
    CHOSEN_FIELD_NUMBER: _ClassVar[int]
    REJECTED_FIELD_NUMBER: _ClassVar[int]
    ASKED_FIELD_NUMBER: _ClassVar[int]
    TIMES_ASKED_FIELD_NUMBER: _ClassVar[int]
    REFUSED_FIELD_NUMBER: _ClassVar[int]
    INQUIRES_FIELD_NUMBER: _ClassVar[int]
    DOUBTS_FIELD_NUMBER: _ClassVar[int]
    UNDOES_FIELD_NUMBER: _ClassVar[int]
    kind: TaskKind
    items: _containers.RepeatedCompositeFieldContainer[_reading_pb2.Item]
    days: _containers.RepeatedScalarFieldContainer[str]
    times: _containers.RepeatedScalarFieldContainer[str]
    people: _reading_pb2.People
    targets: _containers.RepeatedScalarFieldContainer[str]
    name: str
    email: str
    offers: _containers.RepeatedCompositeFieldContainer[Proposal]
    chosen: Proposal
    rejected: _containers.RepeatedScalarFieldContainer[str]
    asked: str
    times_asked: int
    refused: _containers.RepeatedScalarFieldContainer[str]
    inquires: bool
    doubts: _containers.RepeatedCompositeFieldContainer[_reading_pb2.Doubt]
    undoes: bool
    def __init__(self, kind: _Optional[_Union[TaskKind, str]] = ..., items: _Optional[_Iterable[_Union[_reading_pb2.Item, _Mapping]]] = ..., days: _Optional[_Iterable[str]] = ..., times: _Optional[_Iterable[str]] = ..., people: _Optional[_Union[_reading_pb2.People, _Mapping]] = ..., targets: _Optional[_Iterable[str]] = ..., name: _Optional[str] = ..., email: _Optional[str] = ..., offers: _Optional[_Iterable[_Union[Proposal, _Mapping]]] = ..., chosen: _Optional[_Union[Proposal, _Mapping]] = ..., rejected: _Optional[_Iterable[str]] = ..., asked: _Optional[str] = ..., times_asked: _Optional[int] = ..., refused: _Optional[_Iterable[str]] = ..., inquires: bool = ..., doubts: _Optional[_Iterable[_Union[_reading_pb2.Doubt, _Mapping]]] = ..., undoes: bool = ...) -> None: ...

class Written(_message.Message):
    __slots__ = ("kind", "at", "before", "after")
    KIND_FIELD_NUMBER: _ClassVar[int]
    AT_FIELD_NUMBER: _ClassVar[int]
    BEFORE_FIELD_NUMBER: _ClassVar[int]
    AFTER_FIELD_NUMBER: _ClassVar[int]
    kind: TaskKind
    at: str
    before: _reading_pb2.OwnAppointment
    after: _reading_pb2.OwnAppointment
    def __init__(self, kind: _Optional[_Union[TaskKind, str]] = ..., at: _Optional[str] = ..., before: _Optional[_Union[_reading_pb2.OwnAppointment, _Mapping]] = ..., after: _Optional[_Union[_reading_pb2.OwnAppointment, _Mapping]] = ...) -> None: ...

class CustomerRecord(_message.Message):
    __slots__ = ("name", "masked_email", "last_service", "last_staff", "appointments", "cancelled", "looked_at")
    NAME_FIELD_NUMBER: _ClassVar[int]
    MASKED_EMAIL_FIELD_NUMBER: _ClassVar[int]
    LAST_SERVICE_FIELD_NUMBER: _ClassVar[int]
    LAST_STAFF_FIELD_NUMBER: _ClassVar[int]
    APPOINTMENTS_FIELD_NUMBER: _ClassVar[int]
    CANCELLED_FIELD_NUMBER: _ClassVar[int]
    LOOKED_AT_FIELD_NUMBER: _ClassVar[int]
    name: str
    masked_email: str
    last_service: str
    last_staff: str
    appointments: _containers.RepeatedCompositeFieldContainer[_reading_pb2.OwnAppointment]
    cancelled: _containers.RepeatedCompositeFieldContainer[_reading_pb2.OwnAppointment]
    looked_at: str
    def __init__(self, name: _Optional[str] = ..., masked_email: _Optional[str] = ..., last_service: _Optional[str] = ..., last_staff: _Optional[str] = ..., appointments: _Optional[_Iterable[_Union[_reading_pb2.OwnAppointment, _Mapping]]] = ..., cancelled: _Optional[_Iterable[_Union[_reading_pb2.OwnAppointment, _Mapping]]] = ..., looked_at: _Optional[str] = ...) -> None: ...

class Dialogue(_message.Message):
    __slots__ = ("tasks", "done", "customer", "name", "email", "phone", "spoken_of", "answers", "spoken_of_together")
    TASKS_FIELD_NUMBER: _ClassVar[int]
    DONE_FIELD_NUMBER: _ClassVar[int]
    CUSTOMER_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    EMAIL_FIELD_NUMBER: _ClassVar[int]
    PHONE_FIELD_NUMBER: _ClassVar[int]
    SPOKEN_OF_FIELD_NUMBER: _ClassVar[int]
    ANSWERS_FIELD_NUMBER: _ClassVar[int]
    SPOKEN_OF_TOGETHER_FIELD_NUMBER: _ClassVar[int]
    tasks: _containers.RepeatedCompositeFieldContainer[Task]
    done: _containers.RepeatedCompositeFieldContainer[Written]
    customer: CustomerRecord
    name: str
    email: str
    phone: str
    spoken_of: str
    answers: _containers.RepeatedCompositeFieldContainer[OwnAnswer]
    spoken_of_together: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, tasks: _Optional[_Iterable[_Union[Task, _Mapping]]] = ..., done: _Optional[_Iterable[_Union[Written, _Mapping]]] = ..., customer: _Optional[_Union[CustomerRecord, _Mapping]] = ..., name: _Optional[str] = ..., email: _Optional[str] = ..., phone: _Optional[str] = ..., spoken_of: _Optional[str] = ..., answers: _Optional[_Iterable[_Union[OwnAnswer, _Mapping]]] = ..., spoken_of_together: _Optional[_Iterable[str]] = ...) -> None: ...

class OwnAnswer(_message.Message):
    __slots__ = ("key", "text")
    KEY_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    key: str
    text: str
    def __init__(self, key: _Optional[str] = ..., text: _Optional[str] = ...) -> None: ...
