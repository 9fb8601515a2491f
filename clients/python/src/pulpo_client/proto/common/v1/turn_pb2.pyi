from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from typing import ClassVar as _ClassVar, Mapping as _Mapping, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Intent(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    INTENT_UNSPECIFIED: _ClassVar[Intent]
    INTENT_GREETING: _ClassVar[Intent]
    INTENT_INFO_SERVICES: _ClassVar[Intent]
    INTENT_INFO_PRICES: _ClassVar[Intent]
    INTENT_INFO_HOURS: _ClassVar[Intent]
    INTENT_BOOK: _ClassVar[Intent]
    INTENT_CANCEL: _ClassVar[Intent]
    INTENT_RESCHEDULE: _ClassVar[Intent]
    INTENT_CHITCHAT: _ClassVar[Intent]
    INTENT_OTHER: _ClassVar[Intent]

class Topic(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    TOPIC_UNSPECIFIED: _ClassVar[Topic]
    TOPIC_HUMAN: _ClassVar[Topic]
    TOPIC_ADDRESS: _ClassVar[Topic]
    TOPIC_PAYMENT: _ClassVar[Topic]
    TOPIC_MY_APPOINTMENT: _ClassVar[Topic]
    TOPIC_PROMOTIONS: _ClassVar[Topic]
    TOPIC_PACKAGES: _ClassVar[Topic]
    TOPIC_DURATION: _ClassVar[Topic]
    TOPIC_STAFF: _ClassVar[Topic]
    TOPIC_THANKS: _ClassVar[Topic]
    TOPIC_GOODBYE: _ClassVar[Topic]
    TOPIC_COMPLAINT: _ClassVar[Topic]
    TOPIC_LATE: _ClassVar[Topic]
    TOPIC_MEDIA: _ClassVar[Topic]
    TOPIC_NOT_OFFERED: _ClassVar[Topic]
    TOPIC_ABANDON: _ClassVar[Topic]

class Polarity(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    POLARITY_UNSPECIFIED: _ClassVar[Polarity]
    POLARITY_AFFIRM: _ClassVar[Polarity]
    POLARITY_DENY: _ClassVar[Polarity]

class PartOfDay(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    PART_OF_DAY_UNSPECIFIED: _ClassVar[PartOfDay]
    PART_OF_DAY_MORNING: _ClassVar[PartOfDay]
    PART_OF_DAY_AFTERNOON: _ClassVar[PartOfDay]
    PART_OF_DAY_EVENING: _ClassVar[PartOfDay]
INTENT_UNSPECIFIED: Intent
INTENT_GREETING: Intent
INTENT_INFO_SERVICES: Intent
INTENT_INFO_PRICES: Intent
INTENT_INFO_HOURS: Intent
INTENT_BOOK: Intent
INTENT_CANCEL: Intent
INTENT_RESCHEDULE: Intent
INTENT_CHITCHAT: Intent
INTENT_OTHER: Intent
TOPIC_UNSPECIFIED: Topic
TOPIC_HUMAN: Topic
TOPIC_ADDRESS: Topic
TOPIC_PAYMENT: Topic
TOPIC_MY_APPOINTMENT: Topic
TOPIC_PROMOTIONS: Topic
TOPIC_PACKAGES: Topic
TOPIC_DURATION: Topic
TOPIC_STAFF: Topic
TOPIC_THANKS: Topic
TOPIC_GOODBYE: Topic
TOPIC_COMPLAINT: Topic
TOPIC_LATE: Topic
TOPIC_MEDIA: Topic
TOPIC_NOT_OFFERED: Topic
TOPIC_ABANDON: Topic
POLARITY_UNSPECIFIED: Polarity
POLARITY_AFFIRM: Polarity
POLARITY_DENY: Polarity
PART_OF_DAY_UNSPECIFIED: PartOfDay
PART_OF_DAY_MORNING: PartOfDay
PART_OF_DAY_AFTERNOON: PartOfDay
PART_OF_DAY_EVENING: PartOfDay

class TurnContext(_message.Message):
    __slots__ = ("workspace_id", "conversation_id", "turn_id", "received_at", "locale")
    WORKSPACE_ID_FIELD_NUMBER: _ClassVar[int]
    CONVERSATION_ID_FIELD_NUMBER: _ClassVar[int]
    TURN_ID_FIELD_NUMBER: _ClassVar[int]
    RECEIVED_AT_FIELD_NUMBER: _ClassVar[int]
    LOCALE_FIELD_NUMBER: _ClassVar[int]
    workspace_id: str
    conversation_id: str
    turn_id: str
    received_at: _timestamp_pb2.Timestamp
    locale: str
    def __init__(self, workspace_id: _Optional[str] = ..., conversation_id: _Optional[str] = ..., turn_id: _Optional[str] = ..., received_at: _Optional[_Union[_timestamp_pb2.Timestamp, _Mapping]] = ..., locale: _Optional[str] = ...) -> None: ...

class Slots(_message.Message):
    __slots__ = ("service_type", "preferred_date", "preferred_time", "staff_name", "client_name", "client_email", "client_phone", "booking_id")
    SERVICE_TYPE_FIELD_NUMBER: _ClassVar[int]
    PREFERRED_DATE_FIELD_NUMBER: _ClassVar[int]
    PREFERRED_TIME_FIELD_NUMBER: _ClassVar[int]
    STAFF_NAME_FIELD_NUMBER: _ClassVar[int]
    CLIENT_NAME_FIELD_NUMBER: _ClassVar[int]
    CLIENT_EMAIL_FIELD_NUMBER: _ClassVar[int]
    CLIENT_PHONE_FIELD_NUMBER: _ClassVar[int]
    BOOKING_ID_FIELD_NUMBER: _ClassVar[int]
    service_type: str
    preferred_date: str
    preferred_time: str
    staff_name: str
    client_name: str
    client_email: str
    client_phone: str
    booking_id: str
    def __init__(self, service_type: _Optional[str] = ..., preferred_date: _Optional[str] = ..., preferred_time: _Optional[str] = ..., staff_name: _Optional[str] = ..., client_name: _Optional[str] = ..., client_email: _Optional[str] = ..., client_phone: _Optional[str] = ..., booking_id: _Optional[str] = ...) -> None: ...
