"""A FHIR server of an EHR in this process: answers our queries from the prefetch of a story."""

import json
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import unquote

from cds_hooks.fhir.prefetch import templates

EMPTY = {"resourceType": "Bundle", "type": "searchset", "total": 0}


@dataclass
class Ehr:
    """Where it is, what it was asked, and what it answers to a query."""

    base: str = ""
    answers: dict[str, Any] = field(default_factory=dict)  # path and query → JSON
    asked: list[tuple[str, str | None]] = field(default_factory=list)  # with the token
    connections: set[tuple[str, int]] = field(default_factory=set)
    seconds: float = 0  # that each query takes
    statuses: dict[str, int] = field(default_factory=dict)  # path and query → not 200 or 404
    media: str = "application/fhir+json"
    slow: dict[str, float] = field(default_factory=dict)  # path and query → seconds of its own

    def serves(self, prefetch: Mapping[str, Any], patient_id: str) -> None:
        """Answer the templates with what a prefetch holds."""
        for key, template in templates().items():
            query = template.replace("{{context.patientId}}", patient_id)
            value = prefetch.get(key)
            self.answers[f"/fhir/{query}"] = EMPTY if value is None else value


class _Server(ThreadingHTTPServer):
    request_queue_size = 64  # many connect at once

    def handle_error(self, *_: object) -> None:
        """One that hangs up is no news."""


@contextmanager
def ehr() -> Iterator[Ehr]:
    """On a free port of loopback, until the end of the block."""
    told = Ehr()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def do_GET(self) -> None:
            told.connections.add(self.client_address)
            told.asked.append((self.path, self.headers["Authorization"]))
            time.sleep(told.slow.get(unquote(self.path), told.seconds))
            found = told.answers.get(unquote(self.path))
            body = json.dumps(found or {"resourceType": "OperationOutcome"}).encode()
            status = told.statuses.get(unquote(self.path), 200 if found else 404)
            self.send_response(status)
            self.send_header("Content-Type", told.media)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Nothing."""

    server = _Server(("127.0.0.1", 0), Handler)
    told.base = f"http://127.0.0.1:{server.server_address[1]}/fhir"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield told
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
