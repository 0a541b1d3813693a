"""
One call's access to its FHIR server: with its token, inside its deadline, and never after it.

What goes wrong is a value (`Failure`) with words for the card, never an exception: each query that
did not come makes its rows unknown.
"""

import random
import threading
import time
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urljoin

import requests
from requests.exceptions import RequestException
from urllib3.exceptions import HTTPError

from cds_hooks.fhir.allowed import address
from cds_hooks.fhir.connections import AddressRefused

_PART: Final = 64 * 1024
_LARGEST: Final = 32 * 1024 * 1024  # of one answer, unpacked
_TRIES: Final = 3
_PAUSE_SECONDS: Final = 0.05  # before the second try; twice that before the third
_REDIRECTS: Final = 3
_AGAIN: Final = frozenset({429, 502, 503, 504})
_MOVED: Final = frozenset({301, 302, 303, 307, 308})


@dataclass(frozen=True, slots=True)
class Failure:
    """An answer that did not come, in words for the card; `may_recover`: another try may help."""

    words: str
    may_recover: bool = False
    wait_seconds: float = 0


LATE: Final = Failure("no answer in time")
_STATUS: Final = {
    401: "the FHIR server does not accept the token (401)",
    403: "the token may not read this (403)",
    404: "the FHIR server does not know this query (404)",
    406: "the FHIR server cannot answer in JSON (406)",
    410: "the answer has expired at the FHIR server (410)",
    429: "the FHIR server has had too many calls (429)",
}


@dataclass(frozen=True, slots=True)
class Body:
    """What came, and the URL that it came from."""

    content: bytes
    url: str


@dataclass(slots=True)
class Access:
    """The FHIR server of one call, with its token; closed when the call is answered."""

    session: requests.Session
    base: str
    token: str | None
    ends_at: float  # time.monotonic()
    _closed: threading.Event = field(default_factory=threading.Event)
    _under_way: set[requests.Response] = field(default_factory=set)

    @property
    def remaining(self) -> float:
        """Seconds until the deadline; 0 once the call is answered."""
        return 0 if self._closed.is_set() else max(0, self.ends_at - time.monotonic())

    def close(self) -> None:
        """The call is answered: nothing goes out any more, and what is under way is cut off."""
        self._closed.set()
        for response in tuple(self._under_way):
            with suppress(OSError, HTTPError, ValueError):
                response.raw.shutdown()

    def read(self, reference: str) -> Body | Failure:
        """A resource or search below the base, or a further page by its URL."""
        url = urljoin(self.base.rstrip("/") + "/", reference)
        failure = LATE
        for number in range(_TRIES):
            if number:
                pause = max(failure.wait_seconds, _PAUSE_SECONDS * 2 ** (number - 1))
                pause *= 1 + random.random() / 2  # noqa: S311 - so that not all come back at once
                if pause >= self.remaining or self._closed.wait(pause):
                    return failure
            found = self._follow(url)
            if isinstance(found, Body) or not found.may_recover:
                return found
            failure = found
        return failure

    def _follow(self, url: str) -> Body | Failure:
        own = address(self.base)
        for _ in range(_REDIRECTS + 1):
            leads = address(url)
            if own is None or leads is None or leads.origin != own.origin:
                # the token stays with the server that it came with, and no other is contacted
                return Failure("the FHIR server sends us to another address, which is not followed")
            found = self._get(url)
            if not isinstance(found, str):
                return found
            url = found
        return Failure("the FHIR server redirects without end")

    def _get(self, url: str) -> Body | Failure | str:
        """What came; text: the URL that it has moved to."""
        if (seconds := self.remaining) <= 0:
            return LATE
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        try:
            with self.session.get(
                url, headers=headers, timeout=seconds, stream=True, allow_redirects=False
            ) as response:
                self._under_way.add(response)
                try:
                    return self._received(response, url)
                finally:
                    self._under_way.discard(response)
        except (RequestException, HTTPError, OSError, ValueError) as error:
            return self._broken(error)

    def _received(self, response: requests.Response, url: str) -> Body | Failure | str:
        status = response.status_code
        if status in _MOVED and "location" in response.headers:
            return urljoin(url, response.headers["location"])
        if status != 200:
            words = _STATUS.get(status, f"the FHIR server answered {status}")
            return Failure(words, status in _AGAIN, _retry_after(response))
        parts: list[bytes] = []
        size = 0
        while part := response.raw.read1(_PART, decode_content=True):
            size += len(part)
            if size > _LARGEST:
                return Failure("the answer is too large")
            if self.remaining <= 0:
                return LATE
            parts.append(part)
        return Body(b"".join(parts), url)

    def _broken(self, error: Exception) -> Failure:
        if self.remaining <= 0 or isinstance(error, requests.Timeout):
            return LATE
        if _is_caused_by(error, AddressRefused):
            return Failure("the FHIR server's name leads to an address that is not allowed")
        if isinstance(error, requests.exceptions.SSLError):
            return Failure("the FHIR server's certificate is not trusted")
        if isinstance(error, requests.ConnectionError | HTTPError | OSError):
            return Failure("the connection to the FHIR server failed", may_recover=True)
        return Failure("the FHIR server's answer cannot be read")


def _retry_after(response: requests.Response) -> float:
    """Seconds; 0 where none are told. A date is not waited for: it is beyond any deadline here."""
    told = response.headers.get("retry-after", "")
    return float(told) if told.isascii() and told.isdigit() else 0


def _is_caused_by(error: BaseException | None, kind: type[BaseException]) -> bool:
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        if isinstance(error, kind):
            return True
        reason = getattr(error, "reason", None) or next(
            (one for one in error.args if isinstance(one, BaseException)), None
        )
        error = reason or error.__cause__ or error.__context__
    return False
