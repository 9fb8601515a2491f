from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from typing import ClassVar as _ClassVar, Iterable as _Iterable, Mapping as _Mapping, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class ActKind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    ACT_KIND_UNSPECIFIED: _ClassVar[ActKind]
    ACT_KIND_BOOK: _ClassVar[ActKind]
    ACT_KIND_AVAILABILITY: _ClassVar[ActKind]
    ACT_KIND_CHANGE: _ClassVar[ActKind]
    ACT_KIND_CANCEL: _ClassVar[ActKind]
    ACT_KIND_UNDO: _ClassVar[ActKind]
    ACT_KIND_CONFIRM: _ClassVar[ActKind]
    ACT_KIND_DENY: _ClassVar[ActKind]
    ACT_KIND_CHOOSE: _ClassVar[ActKind]
    ACT_KIND_GIVE: _ClassVar[ActKind]
    ACT_KIND_REFUSE: _ClassVar[ActKind]
    ACT_KIND_DEFER: _ClassVar[ActKind]
    ACT_KIND_ASK: _ClassVar[ActKind]
    ACT_KIND_COMPLAIN: _ClassVar[ActKind]
    ACT_KIND_PERSON: _ClassVar[ActKind]
    ACT_KIND_LATE: _ClassVar[ActKind]
    ACT_KIND_ARRIVED: _ClassVar[ActKind]
    ACT_KIND_THANK: _ClassVar[ActKind]
    ACT_KIND_GREET: _ClassVar[ActKind]
    ACT_KIND_BYE: _ClassVar[ActKind]
    ACT_KIND_SMALLTALK: _ClassVar[ActKind]
    ACT_KIND_STOP: _ClassVar[ActKind]
    ACT_KIND_OFFTOPIC: _ClassVar[ActKind]

class Subject(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    SUBJECT_UNSPECIFIED: _ClassVar[Subject]
    SUBJECT_PRICE: _ClassVar[Subject]
    SUBJECT_DURATION: _ClassVar[Subject]
    SUBJECT_HOURS: _ClassVar[Subject]
    SUBJECT_ADDRESS: _ClassVar[Subject]
    SUBJECT_PARKING: _ClassVar[Subject]
    SUBJECT_PAYMENT: _ClassVar[Subject]
    SUBJECT_POLICY: _ClassVar[Subject]
    SUBJECT_PREPARATION: _ClassVar[Subject]
    SUBJECT_HEALTH: _ClassVar[Subject]
    SUBJECT_WHO: _ClassVar[Subject]
    SUBJECT_PRODUCTS: _ClassVar[Subject]
    SUBJECT_PROMOTIONS: _ClassVar[Subject]
    SUBJECT_BOT: _ClassVar[Subject]
    SUBJECT_OWN_APPOINTMENTS: _ClassVar[Subject]
    SUBJECT_PROOF: _ClassVar[Subject]
    SUBJECT_OTHER: _ClassVar[Subject]

class HowGiven(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    HOW_GIVEN_UNSPECIFIED: _ClassVar[HowGiven]
    HOW_GIVEN_TYPED: _ClassVar[HowGiven]
    HOW_GIVEN_SPELT: _ClassVar[HowGiven]
    HOW_GIVEN_DICTATED: _ClassVar[HowGiven]
ACT_KIND_UNSPECIFIED: ActKind
ACT_KIND_BOOK: ActKind
ACT_KIND_AVAILABILITY: ActKind
ACT_KIND_CHANGE: ActKind
ACT_KIND_CANCEL: ActKind
ACT_KIND_UNDO: ActKind
ACT_KIND_CONFIRM: ActKind
ACT_KIND_DENY: ActKind
ACT_KIND_CHOOSE: ActKind
ACT_KIND_GIVE: ActKind
ACT_KIND_REFUSE: ActKind
ACT_KIND_DEFER: ActKind
ACT_KIND_ASK: ActKind
ACT_KIND_COMPLAIN: ActKind
ACT_KIND_PERSON: ActKind
ACT_KIND_LATE: ActKind
ACT_KIND_ARRIVED: ActKind
ACT_KIND_THANK: ActKind
ACT_KIND_GREET: ActKind
ACT_KIND_BYE: ActKind
ACT_KIND_SMALLTALK: ActKind
ACT_KIND_STOP: ActKind
ACT_KIND_OFFTOPIC: ActKind
SUBJECT_UNSPECIFIED: Subject
SUBJECT_PRICE: Subject
SUBJECT_DURATION: Subject
SUBJECT_HOURS: Subject
SUBJECT_ADDRESS: Subject
SUBJECT_PARKING: Subject
SUBJECT_PAYMENT: Subject
SUBJECT_POLICY: Subject
SUBJECT_PREPARATION: Subject
SUBJECT_HEALTH: Subject
SUBJECT_WHO: Subject
SUBJECT_PRODUCTS: Subject
SUBJECT_PROMOTIONS: Subject
SUBJECT_BOT: Subject
SUBJECT_OWN_APPOINTMENTS: Subject
SUBJECT_PROOF: Subject
SUBJECT_OTHER: Subject
HOW_GIVEN_UNSPECIFIED: HowGiven
HOW_GIVEN_TYPED: HowGiven
HOW_GIVEN_SPELT: HowGiven
HOW_GIVEN_DICTATED: HowGiven

class Span(_message.Message):
    __slots__ = ("start", "end")
    START_FIELD_NUMBER: _ClassVar[int]
    END_FIELD_NUMBER: _ClassVar[int]
    start: int
    end: int
    def __init__(self, start: _Optional[int] = ..., end: _Optional[int] = ...) -> None: ...

class Act(_message.Message):
    __slots__ = ("kind", "span")
    KIND_FIELD_NUMBER: _ClassVar[int]
    SPAN_FIELD_NUMBER: _ClassVar[int]
    kind: ActKind
    span: Span
    def __init__(self, kind: _Optional[_Union[ActKind, str]] = ..., span: _Optional[_Union[Span, _Mapping]] = ...) -> None: ...

class Item(_message.Message):
    __slots__ = ("service", "staff", "not_staff", "who", "days", "times")
    SERVICE_FIELD_NUMBER: _ClassVar[int]
    STAFF_FIELD_NUMBER: _ClassVar[int]
    NOT_STAFF_FIELD_NUMBER: _ClassVar[int]
    WHO_FIELD_NUMBER: _ClassVar[int]
    DAYS_FIELD_NUMBER: _ClassVar[int]
    TIMES_FIELD_NUMBER: _ClassVar[int]
    service: str
    staff: _containers.RepeatedScalarFieldContainer[str]
    not_staff: _containers.RepeatedScalarFieldContainer[str]
    who: str
    days: _containers.RepeatedScalarFieldContainer[str]
    times: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, service: _Optional[str] = ..., staff: _Optional[_Iterable[str]] = ..., not_staff: _Optional[_Iterable[str]] = ..., who: _Optional[str] = ..., days: _Optional[_Iterable[str]] = ..., times: _Optional[_Iterable[str]] = ...) -> None: ...

class People(_message.Message):
    __slots__ = ("count", "writer")
    COUNT_FIELD_NUMBER: _ClassVar[int]
    WRITER_FIELD_NUMBER: _ClassVar[int]
    count: int
    writer: bool
    def __init__(self, count: _Optional[int] = ..., writer: bool = ...) -> None: ...

class GivenDatum(_message.Message):
    __slots__ = ("slot", "value", "how")
    SLOT_FIELD_NUMBER: _ClassVar[int]
    VALUE_FIELD_NUMBER: _ClassVar[int]
    HOW_FIELD_NUMBER: _ClassVar[int]
    slot: str
    value: str
    how: HowGiven
    def __init__(self, slot: _Optional[str] = ..., value: _Optional[str] = ..., how: _Optional[_Union[HowGiven, str]] = ...) -> None: ...

class Doubt(_message.Message):
    __slots__ = ("part", "reason", "span", "candidates")
    PART_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    SPAN_FIELD_NUMBER: _ClassVar[int]
    CANDIDATES_FIELD_NUMBER: _ClassVar[int]
    part: str
    reason: str
    span: Span
    candidates: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, part: _Optional[str] = ..., reason: _Optional[str] = ..., span: _Optional[_Union[Span, _Mapping]] = ..., candidates: _Optional[_Iterable[str]] = ...) -> None: ...

class Reading(_message.Message):
    __slots__ = ("acts", "days", "times", "items", "people", "refers_to", "subjects", "data", "unread", "doubts", "told_which", "not_services", "knowledge")
    ACTS_FIELD_NUMBER: _ClassVar[int]
    DAYS_FIELD_NUMBER: _ClassVar[int]
    TIMES_FIELD_NUMBER: _ClassVar[int]
    ITEMS_FIELD_NUMBER: _ClassVar[int]
    PEOPLE_FIELD_NUMBER: _ClassVar[int]
    REFERS_TO_FIELD_NUMBER: _ClassVar[int]
    SUBJECTS_FIELD_NUMBER: _ClassVar[int]
    DATA_FIELD_NUMBER: _ClassVar[int]
    UNREAD_FIELD_NUMBER: _ClassVar[int]
    DOUBTS_FIELD_NUMBER: _ClassVar[int]
    TOLD_WHICH_FIELD_NUMBER: _ClassVar[int]
    NOT_SERVICES_FIELD_NUMBER: _ClassVar[int]
    KNOWLEDGE_FIELD_NUMBER: _ClassVar[int]
    acts: _containers.RepeatedCompositeFieldContainer[Act]
    days: _containers.RepeatedScalarFieldContainer[str]
    times: _containers.RepeatedScalarFieldContainer[str]
    items: _containers.RepeatedCompositeFieldContainer[Item]
    people: People
    refers_to: _containers.RepeatedScalarFieldContainer[str]
    subjects: _containers.RepeatedScalarFieldContainer[Subject]
    data: _containers.RepeatedCompositeFieldContainer[GivenDatum]
    unread: _containers.RepeatedCompositeFieldContainer[Span]
    doubts: _containers.RepeatedCompositeFieldContainer[Doubt]
    told_which: bool
    not_services: _containers.RepeatedScalarFieldContainer[str]
    knowledge: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, acts: _Optional[_Iterable[_Union[Act, _Mapping]]] = ..., days: _Optional[_Iterable[str]] = ..., times: _Optional[_Iterable[str]] = ..., items: _Optional[_Iterable[_Union[Item, _Mapping]]] = ..., people: _Optional[_Union[People, _Mapping]] = ..., refers_to: _Optional[_Iterable[str]] = ..., subjects: _Optional[_Iterable[_Union[Subject, str]]] = ..., data: _Optional[_Iterable[_Union[GivenDatum, _Mapping]]] = ..., unread: _Optional[_Iterable[_Union[Span, _Mapping]]] = ..., doubts: _Optional[_Iterable[_Union[Doubt, _Mapping]]] = ..., told_which: bool = ..., not_services: _Optional[_Iterable[str]] = ..., knowledge: _Optional[_Iterable[str]] = ...) -> None: ...

class OfferedTime(_message.Message):
    __slots__ = ("date", "time", "staff", "service")
    DATE_FIELD_NUMBER: _ClassVar[int]
    TIME_FIELD_NUMBER: _ClassVar[int]
    STAFF_FIELD_NUMBER: _ClassVar[int]
    SERVICE_FIELD_NUMBER: _ClassVar[int]
    date: str
    time: str
    staff: str
    service: str
    def __init__(self, date: _Optional[str] = ..., time: _Optional[str] = ..., staff: _Optional[str] = ..., service: _Optional[str] = ...) -> None: ...

class OwnAppointment(_message.Message):
    __slots__ = ("booking_id", "service", "date", "time", "staff", "name", "person", "cancel_until", "move_until")
    BOOKING_ID_FIELD_NUMBER: _ClassVar[int]
    SERVICE_FIELD_NUMBER: _ClassVar[int]
    DATE_FIELD_NUMBER: _ClassVar[int]
    TIME_FIELD_NUMBER: _ClassVar[int]
    STAFF_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    PERSON_FIELD_NUMBER: _ClassVar[int]
    CANCEL_UNTIL_FIELD_NUMBER: _ClassVar[int]
    MOVE_UNTIL_FIELD_NUMBER: _ClassVar[int]
    booking_id: str
    service: str
    date: str
    time: str
    staff: str
    name: str
    person: str
    cancel_until: str
    move_until: str
    def __init__(self, booking_id: _Optional[str] = ..., service: _Optional[str] = ..., date: _Optional[str] = ..., time: _Optional[str] = ..., staff: _Optional[str] = ..., name: _Optional[str] = ..., person: _Optional[str] = ..., cancel_until: _Optional[str] = ..., move_until: _Optional[str] = ...) -> None: ...

class DoneWrite(_message.Message):
    __slots__ = ("kind", "booking_id", "date", "time")
    KIND_FIELD_NUMBER: _ClassVar[int]
    BOOKING_ID_FIELD_NUMBER: _ClassVar[int]
    DATE_FIELD_NUMBER: _ClassVar[int]
    TIME_FIELD_NUMBER: _ClassVar[int]
    kind: ActKind
    booking_id: str
    date: str
    time: str
    def __init__(self, kind: _Optional[_Union[ActKind, str]] = ..., booking_id: _Optional[str] = ..., date: _Optional[str] = ..., time: _Optional[str] = ...) -> None: ...
