"""HTTP/1.1 on the wire: what cannot be read as a request is refused as everything else is."""

import h11
import msgspec
from uvicorn.protocols.http.h11_impl import H11Protocol

from cds_hooks import metrics
from cds_hooks.errors import BadRequest

_SAID = (
    "this is no HTTP/1.1 request, or its head is too large: send one that keeps to RFC 9112, with "
    "a head of at most 64 KB"
)


class Protocol(H11Protocol):
    """The web server's own, but for its words to what is no HTTP."""

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002 - the web server's words
        """An OperationOutcome, and the end of the connection."""
        if self.conn.our_state in (h11.IDLE, h11.SEND_RESPONSE):  # else an answer is under way
            refused = BadRequest(_SAID)
            body = msgspec.json.encode(refused.outcome())
            head = h11.Response(
                status_code=refused.status,
                headers=[
                    ("content-type", "application/fhir+json"),
                    ("content-length", str(len(body))),
                    ("connection", "close"),
                ],
            )
            for event in (head, h11.Data(data=body), h11.EndOfMessage()):
                self.transport.write(self.conn.send(event))
            metrics.answered(metrics.NONE, refused.status)
        self.transport.close()
