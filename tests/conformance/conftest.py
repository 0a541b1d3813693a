"""One server for all tests of a session, and the answers that several tests look at."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pytest
import requests

from cds_hooks.services import SERVICES
from tests.conformance.stories import GATE, WITH_CARD, blank_words
from tests.service.running import (
    LEFT_OUT,
    REFUSED,
    REQUESTS,
    SERVICE,
    Body,
    Server,
    named,
    request_of,
    shared,
    stop_shared,
    with_context,
    with_prefetch,
)


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    """The service, started once; the same as in `tests/service`."""
    yield shared()
    stop_shared()


@pytest.fixture(scope="session", params=[service.hook for service in SERVICES])
def discovered(server: Server, request: pytest.FixtureRequest) -> Any:
    """Each service that discovery lists."""
    listed = server.get("/cds-services").json()["services"]
    (service,) = (one for one in listed if one["hook"] == request.param)
    return service


@pytest.fixture(scope="session")
def cards(server: Server) -> Mapping[str, Any]:
    """The card of each story that has one; the last lacks results, so that it suggests orders."""
    bodies = {name: request_of(name) for name in WITH_CARD}
    bodies["labs-none"] = with_prefetch("no-brain-mets-all-clear", labs=None)
    bodies["nothing-but-problems"] = with_prefetch(
        "no-brain-mets-all-clear",
        **{key: None for key in named("no-brain-mets-all-clear")["prefetch"] if key not in GATE},
    )
    found = {}
    for name, body in bodies.items():
        (found[name],) = server.post(body).json()["cards"]
    return found


@pytest.fixture(scope="session")
def suggestions(cards: Mapping[str, Any]) -> Sequence[Any]:
    """All suggestions of all cards."""
    return [one for card in cards.values() for one in card.get("suggestions", [])]


@pytest.fixture(scope="session")
def actions(suggestions: Sequence[Any]) -> Sequence[Any]:
    """All their actions."""
    found = [action for suggestion in suggestions for action in suggestion["actions"]]
    assert found
    return found


@pytest.fixture(scope="session")
def answers(server: Server) -> Sequence[requests.Response]:
    """Answers of every kind: discovery, cards, no cards, refusals of every status."""
    bodies: list[Body | bytes] = [path.read_bytes() for path in sorted(REQUESTS.glob("*.json"))]
    bodies += [path.read_bytes() for path in sorted(REFUSED.glob("*.json"))]
    bodies += [b"", b"[]", with_context(patientId="a/b"), request_of(prefetch=LEFT_OUT)]
    bodies += [blank_words("no-brain-mets-all-clear"), blank_words("growing-brain-lesion")]
    bodies += [b'"' + b"a" * 17 * 1024 * 1024 + b'"']
    return [
        server.get("/cds-services"),
        server.get("/nobody"),
        server.get("/cds-services/nobody"),
        server.call("DELETE", "/cds-services"),
        server.call("PUT", SERVICE),
        server.call("POST", SERVICE, data=b"{}"),
        server.call("POST", f"{SERVICE}/feedback", data=b"{}"),
        server.post(b"\x1f\x8b", **{"Content-Encoding": "gzip"}),
        server.post(request_of(), Host="evil.example.org"),
        *(server.post(body) for body in bodies),
    ]


@pytest.fixture(scope="session")
def refusals(answers: Sequence[requests.Response]) -> Sequence[requests.Response]:
    """Those that are errors."""
    return [answer for answer in answers if answer.status_code != 200]
