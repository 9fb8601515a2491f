"""Where the track settings of a deployment stand: a watched file, or a ConfigMap reached by kubectl."""

import json
import os
import subprocess
import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol

from gateway.track_lines import TrackValues, lines_in, read_values

KUBECTL_S = 30.0
"""Seconds that one kubectl command may take."""
CHANGED_ANNOTATION = "pulpo.dev/tracks-changed"
"""Annotation of the gateway's pods. Touching a pod makes its kubelet bring the mounted ConfigMap up to date at
once, instead of within a minute or two."""


class SourceError(Exception):
    """The settings cannot be read or written; the text is for the terminal."""


class TrackSource(Protocol):
    """Lines NAME=VALUE that gateways watch."""

    @property
    def name(self) -> str:
        """What it is called in messages."""

    def read(self) -> str:
        """The lines; none when there is nothing there yet. Raises SourceError."""

    def write(self, text: str) -> None:
        """Replaces what was read last, all at once. Raises SourceError."""


@dataclass(frozen=True)
class FileSource:
    """A file. It is replaced whole, so that no gateway reads half of it."""

    path: Path

    @property
    def name(self) -> str:
        """See TrackSource."""
        return str(self.path)

    def read(self) -> str:
        """See TrackSource."""
        try:
            return self.path.read_text(encoding="utf-8")
        except FileNotFoundError:
            return ""
        except (OSError, UnicodeDecodeError) as error:
            raise SourceError(f"{self.path}: expected a readable UTF-8 file ({type(error).__name__})") from error

    def write(self, text: str) -> None:
        """See TrackSource."""
        path = self.path.resolve()
        try:
            mode = path.stat().st_mode & 0o777 if path.exists() else 0o644
            with tempfile.NamedTemporaryFile("w", encoding="utf-8", dir=path.parent, delete=False) as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            os.chmod(file.name, mode)
            os.replace(file.name, path)
        except OSError as error:
            raise SourceError(f"{self.path}: cannot be written ({error.strerror})") from error


class ConfigMapSource:
    """One key of a ConfigMap that the gateways mount."""

    def __init__(self, config_map: str, namespace: str, key: str, selector: str) -> None:
        """`selector` finds the gateway's pods; none is touched when it is empty."""
        self._config_map, self._namespace, self._key, self._selector = config_map, namespace, key, selector
        self._version = ""

    @property
    def name(self) -> str:
        """See TrackSource."""
        return f"ConfigMap {self._namespace}/{self._config_map} ({self._key})"

    def read(self) -> str:
        """See TrackSource."""
        found = json.loads(self._kubectl("get", "configmap", self._config_map, "--output", "json"))
        self._version = found["metadata"].get("resourceVersion", "")
        return str((found.get("data") or {}).get(self._key, ""))

    def write(self, text: str) -> None:
        """See TrackSource. Refused by the cluster when somebody else was faster."""
        patch: dict[str, Any] = {"data": {self._key: text}}
        if self._version:
            patch["metadata"] = {"resourceVersion": self._version}
        self._kubectl("patch", "configmap", self._config_map, "--type", "merge", "--patch", json.dumps(patch))
        if self._selector:
            told = f"{CHANGED_ANNOTATION}={datetime.now(UTC).isoformat()}"
            self._kubectl("annotate", "pods", "--selector", self._selector, "--overwrite", told)

    def _kubectl(self, *words: str) -> str:
        command = ["kubectl", "--namespace", self._namespace, *words]
        try:
            done = subprocess.run(command, capture_output=True, text=True, timeout=KUBECTL_S, check=False)  # noqa: S603 - no shell
        except FileNotFoundError as error:
            raise SourceError(
                "kubectl is not on this machine's PATH; a ConfigMap can only be changed with it"
            ) from error
        except subprocess.TimeoutExpired as error:
            raise SourceError(f"kubectl {words[0]}: no answer within {KUBECTL_S:.0f} s") from error
        if done.returncode:
            said = (done.stderr.strip().splitlines() or [f"status {done.returncode}"])[-1]
            raise SourceError(f"kubectl {words[0]} {words[1]}: {said}")
        return done.stdout


def values_in(text: str, settings: dict[str, str]) -> TrackValues:
    """What lines mean over the environment's settings. Raises SourceError."""
    try:
        return read_values({**settings, **lines_in(text)})
    except ValueError as error:
        raise SourceError(str(error)) from error
