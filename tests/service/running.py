"""A real server in a process of its own, and the requests that tests send to it."""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import IO, Any, Final
from uuid import uuid4

import requests

from cds_hooks.configuration import PREFIX

ROOT: Final = Path(__file__).parents[2]
REQUESTS: Final = ROOT / "fixtures" / "requests"
REFUSED: Final = REQUESTS / "refused"
SERVICE: Final = "/cds-services/il2-patient-view"
JSON: Final = {"Content-Type": "application/json"}
TIMEOUT: Final = 30
STABLE: Final = "stable-treated-brain-mets"

Body = dict[str, Any]  # JSON: any shape, the wrong ones too


def clean_environment() -> dict[str, str]:
    """The environment without settings of the service, and without a proxy."""
    return {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(PREFIX) and "proxy" not in name.lower()
    }


@dataclass(frozen=True, slots=True)
class Server:
    """A running service: where it is, and what it has written."""

    url: str
    process: subprocess.Popen[str]
    log_file: Path
    session: requests.Session = field(default_factory=requests.Session)

    def log(self) -> str:
        """Everything that it has logged so far."""
        return self.log_file.read_text(encoding="utf-8")

    def call(
        self,
        method: str,
        path: str,
        *,
        data: bytes | Iterator[bytes] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> requests.Response:
        """Any request, as it stands: nothing is followed."""
        return self.session.request(
            method,
            self.url + path,
            data=data,
            headers=headers,
            timeout=TIMEOUT,
            allow_redirects=False,
        )

    def get(self, path: str) -> requests.Response:
        """A GET."""
        return self.call("GET", path)

    def post(self, body: Body | bytes | Iterator[bytes], **headers: str) -> requests.Response:
        """A call of the service, as an EHR makes it."""
        data = json.dumps(body).encode() if isinstance(body, dict) else body
        return self.call("POST", SERVICE, data=data, headers={**JSON, **headers})


@contextmanager
def serving(*arguments: str, **environment: str) -> Iterator[tuple[Server, IO[str]]]:
    """Start `serve`, wait until discovery answers, and stop it; with what it prints."""
    with tempfile.TemporaryDirectory() as folder:
        log_file = Path(folder) / "log"
        with log_file.open("wb") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "cds_hooks.cli", "serve", *arguments],
                cwd=folder,
                env={**clean_environment(), **environment},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )
        printed = process.stdout
        assert printed is not None
        try:
            url = printed.readline().strip()
            assert url.startswith("http://"), log_file.read_text()
            server = Server(url.replace("0.0.0.0", "127.0.0.1"), process, log_file)  # noqa: S104
            with server.session as session:
                session.trust_env = False
                # the socket listens already: this waits until somebody answers
                assert server.get("/cds-services").status_code == 200
                yield server, printed
        finally:
            process.terminate()
            process.wait(timeout=TIMEOUT)
            printed.close()


_shared = ExitStack()


@cache
def shared() -> Server:
    """The one server of a test session; its clock is not in UTC."""
    started, _ = _shared.enter_context(serving("--port", "0", "--timezone", "Pacific/Auckland"))
    return started


def stop_shared() -> None:
    """Stop it at the end of the session; a second time does nothing."""
    _shared.close()


LEFT_OUT: Final = object()


def named(name: str) -> Body:
    """A request of the fixtures."""
    body: Body = json.loads((REQUESTS / f"patient-view-{name}.json").read_bytes())
    return body


def request_of(name: str = STABLE, /, **fields: Any) -> Body:
    """A good request with other top-level fields, and a hookInstance of its own."""
    return _with(named(name), {"hookInstance": str(uuid4()), **fields})


def with_context(**values: Any) -> Body:
    """A good request with other fields in its context."""
    body = request_of()
    body["context"] = _with(body["context"], values)
    return body


def with_prefetch(name: str = STABLE, /, **values: Any) -> Body:
    """A good request with other prefetch values."""
    body = request_of(name)
    body["prefetch"] = _with(body["prefetch"], values)
    return body


def _with(body: Body, values: Mapping[str, Any]) -> Body:
    return {key: value for key, value in {**body, **values}.items() if value is not LEFT_OUT}


def assessment_of(card: Mapping[str, Any]) -> Mapping[str, Any]:
    """The machine-readable assessment in a card."""
    found: Mapping[str, Any] = card["extension"]["org.il2advisor.assessment"]
    return found


def empty_places(value: object, place: str = "$") -> Iterator[str]:
    """Where JSON holds null or an empty value, but for `cards` and `services` (GEN-2, GEN-3)."""
    if value is None or (value in ("", [], {}) and place not in ("$.cards", "$.services")):
        yield place
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield from empty_places(inner, f"{place}.{key}")
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from empty_places(inner, f"{place}[{number}]")
