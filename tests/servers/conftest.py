"""Each server once, with all charts in it."""

from collections.abc import Iterator

import pytest

from tests.servers.charts import load
from tests.servers.install import CannotInstall
from tests.servers.running import SERVERS, FhirServer, starting


@pytest.fixture(scope="session", params=SERVERS)
def server(request: pytest.FixtureRequest) -> Iterator[FhirServer]:
    """A running server that holds every chart of the fixtures."""
    try:
        with starting(request.param) as started:
            load(started)
            yield started
    except CannotInstall as error:
        pytest.skip(f"{request.param} cannot be installed: {error}")
