from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from typing import ClassVar as _ClassVar, Iterable as _Iterable, Mapping as _Mapping, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class GetWorkspaceRequest(_message.Message):
    __slots__ = ("workspace_id",)
    WORKSPACE_ID_FIELD_NUMBER: _ClassVar[int]
    workspace_id: str
    def __init__(self, workspace_id: _Optional[str] = ...) -> None: ...

class GetWorkspaceResponse(_message.Message):
    __slots__ = ("manifest",)
    MANIFEST_FIELD_NUMBER: _ClassVar[int]
    manifest: Manifest
    def __init__(self, manifest: _Optional[_Union[Manifest, _Mapping]] = ...) -> None: ...

class WatchWorkspacesRequest(_message.Message):
    __slots__ = ("store", "after_revision", "after_id", "wait_s")
    STORE_FIELD_NUMBER: _ClassVar[int]
    AFTER_REVISION_FIELD_NUMBER: _ClassVar[int]
    AFTER_ID_FIELD_NUMBER: _ClassVar[int]
    WAIT_S_FIELD_NUMBER: _ClassVar[int]
    store: str
    after_revision: int
    after_id: str
    wait_s: float
    def __init__(self, store: _Optional[str] = ..., after_revision: _Optional[int] = ..., after_id: _Optional[str] = ..., wait_s: _Optional[float] = ...) -> None: ...

class WatchWorkspacesResponse(_message.Message):
    __slots__ = ("store", "revision", "changed", "removed", "listing", "complete", "after_id")
    STORE_FIELD_NUMBER: _ClassVar[int]
    REVISION_FIELD_NUMBER: _ClassVar[int]
    CHANGED_FIELD_NUMBER: _ClassVar[int]
    REMOVED_FIELD_NUMBER: _ClassVar[int]
    LISTING_FIELD_NUMBER: _ClassVar[int]
    COMPLETE_FIELD_NUMBER: _ClassVar[int]
    AFTER_ID_FIELD_NUMBER: _ClassVar[int]
    store: str
    revision: int
    changed: _containers.RepeatedCompositeFieldContainer[Manifest]
    removed: _containers.RepeatedScalarFieldContainer[str]
    listing: bool
    complete: bool
    after_id: str
    def __init__(self, store: _Optional[str] = ..., revision: _Optional[int] = ..., changed: _Optional[_Iterable[_Union[Manifest, _Mapping]]] = ..., removed: _Optional[_Iterable[str]] = ..., listing: bool = ..., complete: bool = ..., after_id: _Optional[str] = ...) -> None: ...

class Manifest(_message.Message):
    __slots__ = ("workspace_id", "version", "digest", "document", "numbers", "active", "retention_days", "servers")
    WORKSPACE_ID_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    DIGEST_FIELD_NUMBER: _ClassVar[int]
    DOCUMENT_FIELD_NUMBER: _ClassVar[int]
    NUMBERS_FIELD_NUMBER: _ClassVar[int]
    ACTIVE_FIELD_NUMBER: _ClassVar[int]
    RETENTION_DAYS_FIELD_NUMBER: _ClassVar[int]
    SERVERS_FIELD_NUMBER: _ClassVar[int]
    workspace_id: str
    version: int
    digest: str
    document: bytes
    numbers: _containers.RepeatedScalarFieldContainer[str]
    active: bool
    retention_days: int
    servers: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, workspace_id: _Optional[str] = ..., version: _Optional[int] = ..., digest: _Optional[str] = ..., document: _Optional[bytes] = ..., numbers: _Optional[_Iterable[str]] = ..., active: bool = ..., retention_days: _Optional[int] = ..., servers: _Optional[_Iterable[str]] = ...) -> None: ...
