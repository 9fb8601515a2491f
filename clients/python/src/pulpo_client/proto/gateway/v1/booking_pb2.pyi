from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from typing import ClassVar as _ClassVar, Iterable as _Iterable, Mapping as _Mapping, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class ListWorkspacesRequest(_message.Message):
    __slots__ = ("page_size", "page_token")
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    page_size: int
    page_token: str
    def __init__(self, page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListWorkspacesResponse(_message.Message):
    __slots__ = ("workspaces", "next_page_token")
    WORKSPACES_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    workspaces: _containers.RepeatedCompositeFieldContainer[WorkspaceSummary]
    next_page_token: str
    def __init__(self, workspaces: _Optional[_Iterable[_Union[WorkspaceSummary, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class WorkspaceSummary(_message.Message):
    __slots__ = ("workspace_id", "name", "timezone", "locale")
    WORKSPACE_ID_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    TIMEZONE_FIELD_NUMBER: _ClassVar[int]
    LOCALE_FIELD_NUMBER: _ClassVar[int]
    workspace_id: str
    name: str
    timezone: str
    locale: str
    def __init__(self, workspace_id: _Optional[str] = ..., name: _Optional[str] = ..., timezone: _Optional[str] = ..., locale: _Optional[str] = ...) -> None: ...

class GetCatalogueRequest(_message.Message):
    __slots__ = ("workspace_id",)
    WORKSPACE_ID_FIELD_NUMBER: _ClassVar[int]
    workspace_id: str
    def __init__(self, workspace_id: _Optional[str] = ...) -> None: ...

class GetCatalogueResponse(_message.Message):
    __slots__ = ("workspace", "currency", "services", "staff", "hours")
    WORKSPACE_FIELD_NUMBER: _ClassVar[int]
    CURRENCY_FIELD_NUMBER: _ClassVar[int]
    SERVICES_FIELD_NUMBER: _ClassVar[int]
    STAFF_FIELD_NUMBER: _ClassVar[int]
    HOURS_FIELD_NUMBER: _ClassVar[int]
    workspace: WorkspaceSummary
    currency: str
    services: _containers.RepeatedCompositeFieldContainer[Service]
    staff: _containers.RepeatedCompositeFieldContainer[StaffMember]
    hours: _containers.RepeatedCompositeFieldContainer[OpeningHours]
    def __init__(self, workspace: _Optional[_Union[WorkspaceSummary, _Mapping]] = ..., currency: _Optional[str] = ..., services: _Optional[_Iterable[_Union[Service, _Mapping]]] = ..., staff: _Optional[_Iterable[_Union[StaffMember, _Mapping]]] = ..., hours: _Optional[_Iterable[_Union[OpeningHours, _Mapping]]] = ...) -> None: ...

class Service(_message.Message):
    __slots__ = ("name", "minutes", "price_min", "price_max", "price_form")
    NAME_FIELD_NUMBER: _ClassVar[int]
    MINUTES_FIELD_NUMBER: _ClassVar[int]
    PRICE_MIN_FIELD_NUMBER: _ClassVar[int]
    PRICE_MAX_FIELD_NUMBER: _ClassVar[int]
    PRICE_FORM_FIELD_NUMBER: _ClassVar[int]
    name: str
    minutes: int
    price_min: float
    price_max: float
    price_form: str
    def __init__(self, name: _Optional[str] = ..., minutes: _Optional[int] = ..., price_min: _Optional[float] = ..., price_max: _Optional[float] = ..., price_form: _Optional[str] = ...) -> None: ...

class StaffMember(_message.Message):
    __slots__ = ("name", "services")
    NAME_FIELD_NUMBER: _ClassVar[int]
    SERVICES_FIELD_NUMBER: _ClassVar[int]
    name: str
    services: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, name: _Optional[str] = ..., services: _Optional[_Iterable[str]] = ...) -> None: ...

class OpeningHours(_message.Message):
    __slots__ = ("weekday", "from_time", "to_time")
    WEEKDAY_FIELD_NUMBER: _ClassVar[int]
    FROM_TIME_FIELD_NUMBER: _ClassVar[int]
    TO_TIME_FIELD_NUMBER: _ClassVar[int]
    weekday: str
    from_time: str
    to_time: str
    def __init__(self, weekday: _Optional[str] = ..., from_time: _Optional[str] = ..., to_time: _Optional[str] = ...) -> None: ...

class WantedService(_message.Message):
    __slots__ = ("service", "staff")
    SERVICE_FIELD_NUMBER: _ClassVar[int]
    STAFF_FIELD_NUMBER: _ClassVar[int]
    service: str
    staff: str
    def __init__(self, service: _Optional[str] = ..., staff: _Optional[str] = ...) -> None: ...

class FindFreeTimesRequest(_message.Message):
    __slots__ = ("workspace_id", "items", "from_date", "to_date", "from_time", "to_time", "page_size", "page_token", "customer_address")
    WORKSPACE_ID_FIELD_NUMBER: _ClassVar[int]
    ITEMS_FIELD_NUMBER: _ClassVar[int]
    FROM_DATE_FIELD_NUMBER: _ClassVar[int]
    TO_DATE_FIELD_NUMBER: _ClassVar[int]
    FROM_TIME_FIELD_NUMBER: _ClassVar[int]
    TO_TIME_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    CUSTOMER_ADDRESS_FIELD_NUMBER: _ClassVar[int]
    workspace_id: str
    items: _containers.RepeatedCompositeFieldContainer[WantedService]
    from_date: str
    to_date: str
    from_time: str
    to_time: str
    page_size: int
    page_token: str
    customer_address: str
    def __init__(self, workspace_id: _Optional[str] = ..., items: _Optional[_Iterable[_Union[WantedService, _Mapping]]] = ..., from_date: _Optional[str] = ..., to_date: _Optional[str] = ..., from_time: _Optional[str] = ..., to_time: _Optional[str] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ..., customer_address: _Optional[str] = ...) -> None: ...

class FindFreeTimesResponse(_message.Message):
    __slots__ = ("times", "next_page_token", "refusal")
    TIMES_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    REFUSAL_FIELD_NUMBER: _ClassVar[int]
    times: _containers.RepeatedCompositeFieldContainer[FreeTime]
    next_page_token: str
    refusal: Refusal
    def __init__(self, times: _Optional[_Iterable[_Union[FreeTime, _Mapping]]] = ..., next_page_token: _Optional[str] = ..., refusal: _Optional[_Union[Refusal, _Mapping]] = ...) -> None: ...

class FreeTime(_message.Message):
    __slots__ = ("items",)
    ITEMS_FIELD_NUMBER: _ClassVar[int]
    items: _containers.RepeatedCompositeFieldContainer[BookedItem]
    def __init__(self, items: _Optional[_Iterable[_Union[BookedItem, _Mapping]]] = ...) -> None: ...

class BookedItem(_message.Message):
    __slots__ = ("service", "date", "time", "staff")
    SERVICE_FIELD_NUMBER: _ClassVar[int]
    DATE_FIELD_NUMBER: _ClassVar[int]
    TIME_FIELD_NUMBER: _ClassVar[int]
    STAFF_FIELD_NUMBER: _ClassVar[int]
    service: str
    date: str
    time: str
    staff: str
    def __init__(self, service: _Optional[str] = ..., date: _Optional[str] = ..., time: _Optional[str] = ..., staff: _Optional[str] = ...) -> None: ...

class Refusal(_message.Message):
    __slots__ = ("reason", "instead")
    REASON_FIELD_NUMBER: _ClassVar[int]
    INSTEAD_FIELD_NUMBER: _ClassVar[int]
    reason: str
    instead: _containers.RepeatedCompositeFieldContainer[FreeTime]
    def __init__(self, reason: _Optional[str] = ..., instead: _Optional[_Iterable[_Union[FreeTime, _Mapping]]] = ...) -> None: ...

class BookRequest(_message.Message):
    __slots__ = ("workspace_id", "customer_address", "request_id", "items", "client_name", "client_email", "client_phone")
    WORKSPACE_ID_FIELD_NUMBER: _ClassVar[int]
    CUSTOMER_ADDRESS_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    ITEMS_FIELD_NUMBER: _ClassVar[int]
    CLIENT_NAME_FIELD_NUMBER: _ClassVar[int]
    CLIENT_EMAIL_FIELD_NUMBER: _ClassVar[int]
    CLIENT_PHONE_FIELD_NUMBER: _ClassVar[int]
    workspace_id: str
    customer_address: str
    request_id: str
    items: _containers.RepeatedCompositeFieldContainer[BookedItem]
    client_name: str
    client_email: str
    client_phone: str
    def __init__(self, workspace_id: _Optional[str] = ..., customer_address: _Optional[str] = ..., request_id: _Optional[str] = ..., items: _Optional[_Iterable[_Union[BookedItem, _Mapping]]] = ..., client_name: _Optional[str] = ..., client_email: _Optional[str] = ..., client_phone: _Optional[str] = ...) -> None: ...

class BookResponse(_message.Message):
    __slots__ = ("appointments", "already", "refusal")
    APPOINTMENTS_FIELD_NUMBER: _ClassVar[int]
    ALREADY_FIELD_NUMBER: _ClassVar[int]
    REFUSAL_FIELD_NUMBER: _ClassVar[int]
    appointments: _containers.RepeatedCompositeFieldContainer[Appointment]
    already: bool
    refusal: Refusal
    def __init__(self, appointments: _Optional[_Iterable[_Union[Appointment, _Mapping]]] = ..., already: bool = ..., refusal: _Optional[_Union[Refusal, _Mapping]] = ...) -> None: ...

class Appointment(_message.Message):
    __slots__ = ("booking_id", "service", "date", "time", "end_time", "staff", "client_name")
    BOOKING_ID_FIELD_NUMBER: _ClassVar[int]
    SERVICE_FIELD_NUMBER: _ClassVar[int]
    DATE_FIELD_NUMBER: _ClassVar[int]
    TIME_FIELD_NUMBER: _ClassVar[int]
    END_TIME_FIELD_NUMBER: _ClassVar[int]
    STAFF_FIELD_NUMBER: _ClassVar[int]
    CLIENT_NAME_FIELD_NUMBER: _ClassVar[int]
    booking_id: str
    service: str
    date: str
    time: str
    end_time: str
    staff: str
    client_name: str
    def __init__(self, booking_id: _Optional[str] = ..., service: _Optional[str] = ..., date: _Optional[str] = ..., time: _Optional[str] = ..., end_time: _Optional[str] = ..., staff: _Optional[str] = ..., client_name: _Optional[str] = ...) -> None: ...

class ChangeRequest(_message.Message):
    __slots__ = ("workspace_id", "customer_address", "request_id", "booking_id", "date", "time", "service", "staff", "client_name", "client_email")
    WORKSPACE_ID_FIELD_NUMBER: _ClassVar[int]
    CUSTOMER_ADDRESS_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    BOOKING_ID_FIELD_NUMBER: _ClassVar[int]
    DATE_FIELD_NUMBER: _ClassVar[int]
    TIME_FIELD_NUMBER: _ClassVar[int]
    SERVICE_FIELD_NUMBER: _ClassVar[int]
    STAFF_FIELD_NUMBER: _ClassVar[int]
    CLIENT_NAME_FIELD_NUMBER: _ClassVar[int]
    CLIENT_EMAIL_FIELD_NUMBER: _ClassVar[int]
    workspace_id: str
    customer_address: str
    request_id: str
    booking_id: str
    date: str
    time: str
    service: str
    staff: str
    client_name: str
    client_email: str
    def __init__(self, workspace_id: _Optional[str] = ..., customer_address: _Optional[str] = ..., request_id: _Optional[str] = ..., booking_id: _Optional[str] = ..., date: _Optional[str] = ..., time: _Optional[str] = ..., service: _Optional[str] = ..., staff: _Optional[str] = ..., client_name: _Optional[str] = ..., client_email: _Optional[str] = ...) -> None: ...

class ChangeResponse(_message.Message):
    __slots__ = ("before", "after", "refusal")
    BEFORE_FIELD_NUMBER: _ClassVar[int]
    AFTER_FIELD_NUMBER: _ClassVar[int]
    REFUSAL_FIELD_NUMBER: _ClassVar[int]
    before: Appointment
    after: Appointment
    refusal: Refusal
    def __init__(self, before: _Optional[_Union[Appointment, _Mapping]] = ..., after: _Optional[_Union[Appointment, _Mapping]] = ..., refusal: _Optional[_Union[Refusal, _Mapping]] = ...) -> None: ...

class CancelRequest(_message.Message):
    __slots__ = ("workspace_id", "customer_address", "request_id", "booking_ids")
    WORKSPACE_ID_FIELD_NUMBER: _ClassVar[int]
    CUSTOMER_ADDRESS_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    BOOKING_IDS_FIELD_NUMBER: _ClassVar[int]
    workspace_id: str
    customer_address: str
    request_id: str
    booking_ids: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, workspace_id: _Optional[str] = ..., customer_address: _Optional[str] = ..., request_id: _Optional[str] = ..., booking_ids: _Optional[_Iterable[str]] = ...) -> None: ...

class CancelResponse(_message.Message):
    __slots__ = ("appointments", "refusal")
    APPOINTMENTS_FIELD_NUMBER: _ClassVar[int]
    REFUSAL_FIELD_NUMBER: _ClassVar[int]
    appointments: _containers.RepeatedCompositeFieldContainer[Appointment]
    refusal: Refusal
    def __init__(self, appointments: _Optional[_Iterable[_Union[Appointment, _Mapping]]] = ..., refusal: _Optional[_Union[Refusal, _Mapping]] = ...) -> None: ...

class ListAppointmentsRequest(_message.Message):
    __slots__ = ("workspace_id", "customer_address", "page_size", "page_token")
    WORKSPACE_ID_FIELD_NUMBER: _ClassVar[int]
    CUSTOMER_ADDRESS_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    workspace_id: str
    customer_address: str
    page_size: int
    page_token: str
    def __init__(self, workspace_id: _Optional[str] = ..., customer_address: _Optional[str] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListAppointmentsResponse(_message.Message):
    __slots__ = ("appointments", "next_page_token")
    APPOINTMENTS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    appointments: _containers.RepeatedCompositeFieldContainer[Appointment]
    next_page_token: str
    def __init__(self, appointments: _Optional[_Iterable[_Union[Appointment, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...
