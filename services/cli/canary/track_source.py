"""The sources of a deployment's track settings: a watched file, or a ConfigMap by kubectl."""

import json
import os
import subprocess
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

import httpx2

from gateway.tracks.share_file import TrackValues, lines_in, read_values

KUBECTL_S = 30.0
"""Seconds that one kubectl command may take."""
CHANGED_ANNOTATION = "pulpo.dev/tracks-changed"
"""Annotation of the gateway's pods. Touching a pod makes its kubelet bring the mounted ConfigMap up to date at
once, instead of within a minute or two."""


METRICS = """
import os, urllib.request
port = os.environ.get("PULPO_GATEWAY_METRICS_PORT") or "9050"
print(urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=5).read().decode())
"""
"""A program that prints the metrics of the gateway whose container it runs in."""


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

    def shown(self) -> list[int | None]:
        """The slm track's share that each running gateway's metrics show, in per cent; None for one that shows
        none. Raises SourceError."""


@dataclass(frozen=True)
class FileSource:
    """A file. It is replaced whole, so that no gateway reads half of it."""

    path: Path
    metrics_url: str = ""
    """Where the metrics of the gateway of this machine are."""

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

    def shown(self) -> list[int | None]:
        """See TrackSource."""
        try:
            return [share_in(httpx2.get(self.metrics_url, timeout=2).text)]
        except httpx2.HTTPError:
            return [None]


class ConfigMapSource:
    """One key of a ConfigMap that the gateways mount. No manifest has it: the first change makes it."""

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
        found = self._kubectl("get", "configmap", self._config_map, "--output", "json", "--ignore-not-found")
        self._version = ""
        if not found.strip():
            return ""
        known = json.loads(found)
        self._version = known["metadata"]["resourceVersion"]
        return str((known.get("data") or {}).get(self._key, ""))

    def write(self, text: str) -> None:
        """See TrackSource. Refused by the cluster when somebody else was faster."""
        if self._version:
            patch = {"data": {self._key: text}, "metadata": {"resourceVersion": self._version}}
            self._kubectl("patch", "configmap", self._config_map, "--type", "merge", "--patch", json.dumps(patch))
        else:
            self._kubectl("create", "configmap", self._config_map, f"--from-literal={self._key}={text}")
        self._version = ""  # known again with the next look
        if self._selector:
            told = f"{CHANGED_ANNOTATION}={datetime.now(UTC).isoformat()}"
            with suppress(SourceError):  # it is written; without this the pods look within a minute or two
                self._kubectl("annotate", "pods", "--selector", self._selector, "--overwrite", told)

    def shown(self) -> list[int | None]:
        """See TrackSource. Asked inside each pod: no edge and no network policy has to let anybody in."""
        if not self._selector:
            raise SourceError("--pods is needed to ask the gateways")
        found = json.loads(self._kubectl("get", "pods", "--selector", self._selector, "--output", "json"))
        names = [pod["metadata"]["name"] for pod in found["items"] if pod["status"].get("phase") == "Running"]
        return [self._shown_by(name) for name in names]

    def _shown_by(self, pod: str) -> int | None:
        try:
            return share_in(self._kubectl("exec", pod, "--container", "gateway", "--", "python", "-c", METRICS))
        except SourceError:  # it has gone, or does not serve yet
            return None

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


def share_in(metrics: str) -> int | None:
    """The slm track's share in a gateway's metrics, in per cent; None where there is none."""
    found = [line.split()[1] for line in metrics.splitlines() if line.startswith('pulpo_track_share{track="slm"}')]
    return round(float(found[0]) * 100) if found else None


def values_in(text: str, settings: dict[str, str]) -> TrackValues:
    """What lines mean over the environment's settings. Raises SourceError."""
    try:
        return read_values({**settings, **lines_in(text)})
    except ValueError as error:
        raise SourceError(str(error)) from error
