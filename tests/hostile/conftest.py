"""The server of the session, where a test needs none of its own."""

from tests.service.conftest import server

__all__ = ["server"]
