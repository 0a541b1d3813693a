"""One server for all tests of a session."""

from collections.abc import Iterator

import pytest

from tests.service.running import Server, shared, stop_shared


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    """The service, started once; the same as in `tests/service`."""
    yield shared()
    stop_shared()
