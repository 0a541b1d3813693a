"""deploy/Caddyfile, with a real Caddy before a real service: who gets how far."""

import http.client
import json
import socket
import ssl
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest

from tests.deploy.recipe import ROOT
from tests.deploy.tools import need, program
from tests.service.running import JSON, SERVICE, TIMEOUT, clean_environment, request_of, serving

CADDYFILE: Final = (ROOT / "deploy" / "Caddyfile").read_text(encoding="utf-8")
NAME: Final = "cds.example.org"


@dataclass(frozen=True, slots=True)
class Proxy:
    """Where the proxy listens, and who may show what."""

    port: int
    trusted: str  # the authority of the server's certificate
    ehr: str  # a certificate of the EHR's authority, with its key
    stranger: str  # one of another authority

    def call(
        self, method: str, path: str, body: bytes | None = None, *, show: str | None = None
    ) -> tuple[int, bytes]:
        """Status and body; `show`: a client certificate."""
        context = ssl.create_default_context(cafile=self.trusted)
        if show is not None:
            context.load_cert_chain(show)
        plain = socket.create_connection(("127.0.0.1", self.port), timeout=TIMEOUT)
        connection = http.client.HTTPConnection(NAME)
        connection.sock = context.wrap_socket(plain, server_hostname=NAME)
        try:
            connection.request(method, path, body, JSON)
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as held:
        port: int = held.getsockname()[1]
    return port


@contextmanager
def _caddy(text: str, port: int, folder: Path) -> Iterator[None]:
    file, log = folder / "Caddyfile", folder / "log"
    file.write_text(text, encoding="utf-8")
    with log.open("wb") as written:
        process = subprocess.Popen(
            [program("caddy"), "run", "--config", str(file), "--adapter", "caddyfile"],
            env=clean_environment() | {"HOME": str(folder), "XDG_DATA_HOME": str(folder)},
            stdin=subprocess.DEVNULL,
            stdout=written,
            stderr=written,
        )
    try:
        give_up = time.monotonic() + TIMEOUT
        while True:
            assert process.poll() is None, log.read_text()
            assert time.monotonic() < give_up, log.read_text()
            try:
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
                break
            except OSError:
                time.sleep(0.05)
        yield
    finally:
        process.terminate()
        process.wait(timeout=TIMEOUT)


@pytest.fixture(scope="module")
def proxy() -> Iterator[Proxy]:
    """The example's proxy; its ports, paths and upstream are those of this test."""
    need("trustme")
    import trustme

    program("caddy")
    ours, theirs, others = trustme.CA(), trustme.CA(), trustme.CA()
    with (
        tempfile.TemporaryDirectory() as name,
        serving("--port", "0", "--public-url", f"https://{NAME}") as (server, _),
    ):
        folder = Path(name)
        own = ours.issue_cert(NAME)
        own.private_key_pem.write_to_path(folder / "server.key")
        own.cert_chain_pems[0].write_to_path(folder / "server.pem")
        ours.cert_pem.write_to_path(folder / "trusted.pem")
        theirs.cert_pem.write_to_path(folder / "ehr-ca.pem")
        for authority, called in ((theirs, "ehr.pem"), (others, "stranger.pem")):
            shown = authority.issue_cert("ehr.example.org")
            shown.private_key_and_cert_chain_pem.write_to_path(folder / called)
        port = _free_port()
        text = CADDYFILE
        for theirs_, here in (
            ("/etc/caddy/certificates/", f"{folder}/"),
            ("advisor:8000", server.url.removeprefix("http://")),
            (f"https://{NAME} {{", f"https://{NAME}:{port} {{"),
        ):
            assert theirs_ in text
            text = text.replace(theirs_, here)
        with _caddy(text, port, folder):
            shown_files = (str(folder / one) for one in ("trusted.pem", "ehr.pem", "stranger.pem"))
            yield Proxy(port, *shown_files)


def test_sec_4_the_ehr_is_let_in_by_its_certificate(proxy: Proxy) -> None:
    status, body = proxy.call("GET", "/cds-services", show=proxy.ehr)
    assert status == 200
    assert json.loads(body)["services"]
    asked = json.dumps(request_of()).encode()
    status, body = proxy.call("POST", SERVICE, asked, show=proxy.ehr)
    assert status == 200
    (card,) = json.loads(body)["cards"]
    assert card["source"]["url"] == f"https://{NAME}/rulebook"


@pytest.mark.parametrize(
    ("method", "path"), [("GET", "/cds-services"), ("POST", SERVICE), ("OPTIONS", SERVICE)]
)
def test_sec_4_nobody_gets_in_without_one(proxy: Proxy, method: str, path: str) -> None:
    body = json.dumps(request_of()).encode() if method == "POST" else None
    status, said = proxy.call(method, path, body)
    assert (status, said) == (403, b"")


def test_sec_4_a_certificate_of_another_authority_ends_the_handshake(proxy: Proxy) -> None:
    with pytest.raises((ssl.SSLError, ConnectionError)):
        proxy.call("GET", "/rulebook", show=proxy.stranger)


def test_a_clinician_reads_the_rule_book_without_a_certificate(proxy: Proxy) -> None:
    status, body = proxy.call("GET", "/rulebook")
    assert status == 200
    assert b"<html" in body


@pytest.mark.parametrize("path", ["/metrics", "/health/live", "/health/ready", "/", "/rulebook/x"])
def test_what_is_for_the_inside_cannot_be_reached(proxy: Proxy, path: str) -> None:
    for show in (None, proxy.ehr):
        status, body = proxy.call("GET", path, show=show)
        assert (status, body) == (404, b"")


def test_a_body_over_the_bound_is_refused(proxy: Proxy) -> None:
    body = b'"' + b"a" * 16 * 1024 * 1024 + b'"'
    status, _ = proxy.call("POST", SERVICE, body, show=proxy.ehr)
    assert status == 413
