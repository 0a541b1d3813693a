"""One of the servers, started on a free port of loopback, waited for, and stopped for sure."""

import os
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import requests

from tests.servers import install
from tests.service.running import clean_environment

START_SECONDS: Final = 180
STOP_SECONDS: Final = 10
LIFE_SECONDS: Final = 1_800  # it ends by itself, should nobody be left to stop it
TIMEOUT: Final = 30
FHIR_JSON: Final = {"Accept": "application/fhir+json"}


@dataclass(frozen=True, slots=True)
class FhirServer:
    """A running server: its name, where it is, and the bearer token that it asks for."""

    name: str
    base: str
    session: requests.Session
    token: str | None = None

    def get(self, query: str, **headers: str) -> requests.Response:
        """A query below the base, or a whole address."""
        url = query if query.startswith("http://") else f"{self.base}/{query}"
        return self.session.get(
            url, headers={**FHIR_JSON, **headers}, timeout=TIMEOUT, allow_redirects=False
        )

    def send(self, method: str, path: str, body: Mapping[str, Any]) -> requests.Response:
        """A resource; an empty path is the base itself, where a transaction goes."""
        url = f"{self.base}/{path}" if path else self.base
        content = {"Content-Type": "application/fhir+json"}
        return self.session.request(
            method, url, json=body, headers={**FHIR_JSON, **content}, timeout=TIMEOUT * 4
        )


def _sekmet(folder: Path, port: int, token: str) -> Sequence[str]:
    settings = (
        "host: 127.0.0.1",
        f"port: {port}",
        f"base_url: http://127.0.0.1:{port}/fhir",
        "data_dir: data",
        f"server_auth: {{types: [bearer], tokens: ['{token}']}}",
        "validation: {inbound: warn}",
        "simulator: {enabled: false}",
        "log_inbound: false",
    )
    (folder / "settings.yaml").write_text("\n".join(settings), encoding="utf-8")
    return (*install.sekmet(), "serve")


def _hapi(_: Path, port: int, __: str) -> Sequence[str]:
    return (*install.hapi(), str(port))


# Name → what starts it in a folder of its own, on a port, with the token that it may ask for.
SERVERS: Final[Mapping[str, Callable[[Path, int, str], Sequence[str]]]] = {
    "sekmet": _sekmet,
    "hapi": _hapi,
}
GUARDED: Final = frozenset({"sekmet"})  # by the token; HAPI leaves that to whoever runs it


@contextmanager
def starting(name: str) -> Iterator[FhirServer]:
    """
    The server of this name, empty; installed where it is not yet.

    Raises `install.CannotInstall` where that is out of reach.
    """
    port = _free_port()
    token = secrets.token_urlsafe()
    with tempfile.TemporaryDirectory() as folder, requests.Session() as session:
        session.trust_env = False
        command = SERVERS[name](Path(folder), port, token)
        log_file = Path(folder) / "log"
        process = _start(command, folder, log_file)
        server = FhirServer(
            name, f"http://127.0.0.1:{port}/fhir", session, token if name in GUARDED else None
        )
        if server.token is not None:
            session.headers["Authorization"] = f"Bearer {server.token}"
        try:
            _wait(server, process, log_file)
            yield server
        finally:
            _stop(process)


def _start(command: Sequence[str], folder: str, log_file: Path) -> subprocess.Popen[bytes]:
    with log_file.open("wb") as log:
        return subprocess.Popen(
            [*_leash(), *command],
            cwd=folder,
            env=clean_environment(),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # a process group: what it starts is stopped with it
        )


def _leash() -> Sequence[str]:
    """Where the system has it: what ends the server when the tests are killed, or hang."""
    bound = ("timeout", str(LIFE_SECONDS)) if shutil.which("timeout") else ()
    # `timeout` hands on the signal
    bereaved = ("setpriv", "--pdeathsig", "TERM") if bound and shutil.which("setpriv") else ()
    return (*bereaved, *bound)


def _wait(server: FhirServer, process: subprocess.Popen[bytes], log_file: Path) -> None:
    give_up = time.monotonic() + START_SECONDS
    problem = "nobody listens"
    while time.monotonic() < give_up and process.poll() is None:
        try:
            answer = server.get("metadata")
        except requests.RequestException:
            time.sleep(0.2)
            continue
        if answer.status_code == 200:
            return
        problem = f"status {answer.status_code}"
        time.sleep(0.2)
    if process.poll() is not None:
        problem = f"it ended with {process.returncode}"
    last = log_file.read_text(encoding="utf-8", errors="replace")[-3000:]
    raise AssertionError(f"{server.name} does not answer: {problem}\n{last}")


def _stop(process: subprocess.Popen[bytes]) -> None:
    for how in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(process.pid, how)
        except ProcessLookupError:
            break
        try:
            process.wait(timeout=STOP_SECONDS)
        except subprocess.TimeoutExpired:
            continue
    process.wait(timeout=STOP_SECONDS)


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port: int = listening.getsockname()[1]
        return port
