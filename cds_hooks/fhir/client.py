"""
One call's access to its FHIR server: with its token, inside its deadline, and never after it.

What goes wrong is a value (`Failure`) with words for the card, never an exception: each query that
did not come makes its rows unknown.
"""

import random
import re
import threading
import time
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urljoin

import requests
from requests.exceptions import RequestException
from urllib3.exceptions import DecodeError, HTTPError

from cds_hooks.fhir import bundles, connections, scopes, versions
from cds_hooks.fhir.allowed import Address, address
from cds_hooks.fhir.connections import AddressRefused, Line
from cds_hooks.fhir.resources import READ_TYPES

_PART: Final = 64 * 1024
_LARGEST: Final = 32 * 1024 * 1024  # of one answer, unpacked
_LARGEST_OF_ALL: Final = 64 * 1024 * 1024  # of all that one call reads, unpacked
_LONGEST_EXPLANATION: Final = 64 * 1024
_TRIES: Final = 3
_PAUSE_SECONDS: Final = 0.05  # before the second try; twice that before the third
_REDIRECTS: Final = 3
_AGAIN: Final = frozenset({429, 500, 502, 503, 504})
_MOVED: Final = frozenset({301, 302, 303, 307, 308})
_BOM: Final = b"\xef\xbb\xbf"
_CHARSET: Final = re.compile(r";\s*charset=\"?([\w\-]+)", re.IGNORECASE)
# FHIR wants UTF-8; these are read where the server says so
_CHARSETS: Final = frozenset({"iso-8859-1", "windows-1252", "utf-16", "utf-16le", "utf-16be"})


@dataclass(frozen=True, slots=True)
class Failure:
    """An answer that did not come, in words for the card; `may_recover`: another try may help."""

    words: str
    may_recover: bool = False
    wait_seconds: float = 0
    wants_parameter: bool = False  # the server insists on a parameter that was not sent


LATE: Final = Failure("no answer in time")
_TOO_LARGE: Final = Failure("the answer is too large")
_ELSEWHERE: Final = Failure("the FHIR server sends us to another address, which is not followed")
_STATUS: Final = {
    401: "the FHIR server does not accept the token (401)",
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


class _Over(OSError):
    """The call is answered, or its time is over: nothing more goes out."""


@dataclass(slots=True, eq=False)
class Access:
    """The FHIR server of one call, with its token; closed when the call is answered."""

    session: requests.Session
    base: str
    token: str | None = field(repr=False)
    ends_at: float  # time.monotonic()
    scope: str | None = None  # what the token may do, as told with it
    has_answered: bool = False  # the server, with anything but a fault of its own (5xx)
    told_version: str | None = None  # of FHIR, by the server, where it is not R4
    _closed: threading.Event = field(default_factory=threading.Event)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _under_way: dict[int, Line] = field(default_factory=dict)  # by the thread that waits for it
    _received_bytes: int = 0

    @property
    def remaining(self) -> float:
        """Seconds until the deadline; 0 once the call is answered."""
        return 0 if self._closed.is_set() else max(0, self.ends_at - time.monotonic())

    def close(self) -> None:
        """The call is answered: nothing goes out any more, and what is under way is cut off."""
        with self._lock:
            self._closed.set()
            lines = tuple(self._under_way.values())
        for line in lines:
            line.cut(self)

    def goes_out(self, line: Line) -> None:
        """A connection stands and is about to send: only while the call is not answered."""
        with self._lock:
            if self.remaining <= 0:
                raise _Over
            self._under_way[threading.get_ident()] = line

    def read(self, reference: str) -> Body | Failure:
        """A resource or search below the base, or a further page by its URL."""
        try:
            url = urljoin(self.base.rstrip("/") + "/", reference)
        except ValueError:
            return _ELSEWHERE
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
                return _ELSEWHERE
            found = self._get(url, _type_asked(own, leads))
            if not isinstance(found, str):
                return found
            url = found
        return Failure("the FHIR server redirects without end")

    def _get(self, url: str, type_name: str) -> Body | Failure | str:
        """What came; text: the URL that it has moved to."""
        if (seconds := self.remaining) <= 0:
            return LATE
        try:
            with (
                connections.on_behalf_of(self),
                connections.get(self.session, url, self.token, seconds) as response,
            ):
                return self._received(response, url, type_name)
        except (RequestException, HTTPError, OSError, ValueError) as error:
            return self._broken(error)
        finally:
            with self._lock:
                line = self._under_way.pop(threading.get_ident(), None)
            if line is not None:
                line.let_go(self)

    def _received(
        self, response: requests.Response, url: str, type_name: str
    ) -> Body | Failure | str:
        status = response.status_code
        if status < 500:
            self.has_answered = True
        if status in _MOVED and "location" in response.headers:
            return urljoin(url, response.headers["location"])
        if status in scopes.REFUSED:
            return Failure(self._refused(response, url, type_name))
        if status != 200:
            return self._failed(response)
        named = versions.told(response.headers.get("content-type", ""))
        self.told_version = named or self.told_version
        parts: list[bytes] = []
        size = 0
        while part := response.raw.read1(_PART, decode_content=True):
            size += len(part)
            if size > _LARGEST or not self._has_room_for(len(part)):
                return _TOO_LARGE
            if self.remaining <= 0:
                return LATE
            parts.append(part)
        return Body(_in_utf8(b"".join(parts), response), url)

    def _failed(self, response: requests.Response) -> Failure:
        """A status that is no answer; of the OperationOutcome with it, the codes are read."""
        status = response.status_code
        said = bundles.issue_codes(self._beginning(response))
        code = f" ({', '.join(said)})" if said else ""
        words = _STATUS.get(status, f"the FHIR server answered {status}{code}")
        is_wanting = status == 400 and bundles.WANTS_PARAMETER in said
        return Failure(words, status in _AGAIN, _retry_after(response), is_wanting)

    def _beginning(self, response: requests.Response) -> bytes:
        """What explains an error, if it is short; nothing if it does not come."""
        parts: list[bytes] = []
        try:
            while part := response.raw.read1(_PART, decode_content=True):
                parts.append(part)
                if sum(map(len, parts)) > _LONGEST_EXPLANATION or self.remaining <= 0:
                    return b""
        except (HTTPError, OSError):
            return b""
        return _in_utf8(b"".join(parts), response)

    def _refused(self, response: requests.Response, url: str, type_name: str) -> str:
        words = f"the token may not read {type_name} (403)"
        words = _STATUS.get(response.status_code, words)
        if self.token is None:
            return words
        asked_for = scopes.named(response.headers.get("www-authenticate", ""))
        is_named = response.status_code == 403 and type_name in READ_TYPES
        lacking = scopes.lacking(
            self.scope, asked_for, type_name if is_named else None, is_search="?" in url
        )
        return f"{words}: it lacks the scope {' and '.join(lacking)}" if lacking else words

    def _has_room_for(self, size: int) -> bool:
        with self._lock:
            self._received_bytes += size
            return self._received_bytes <= _LARGEST_OF_ALL

    def _broken(self, error: Exception) -> Failure:
        if self.remaining <= 0 or isinstance(error, requests.Timeout):
            return LATE
        if _is_caused_by(error, AddressRefused):
            return Failure("the FHIR server's name leads to an address that is not allowed")
        if isinstance(error, requests.exceptions.SSLError):
            return Failure("the FHIR server's certificate is not trusted")
        # a RequestException is an OSError: only those that tell of the connection are tried again
        if isinstance(error, DecodeError) or (
            isinstance(error, RequestException) and not isinstance(error, requests.ConnectionError)
        ):
            return Failure("the FHIR server's answer cannot be read")
        if isinstance(error, HTTPError | OSError):
            return Failure("the connection to the FHIR server failed", may_recover=True)
        return Failure("the FHIR server's answer cannot be read")


def _type_asked(own: Address, leads: Address) -> str:
    """The kind of data that a URL asks for; only a type that we read, never a word of the URL."""
    below = leads.path[len(own.path) :] if leads.path[: len(own.path)] == own.path else ()
    return below[0] if below and below[0] in READ_TYPES else "this"


def _in_utf8(content: bytes, response: requests.Response) -> bytes:
    """JSON in UTF-8 without a byte order mark; what cannot be turned into it is left as it is."""
    named = _CHARSET.search(response.headers.get("content-type", ""))
    charset = named[1].casefold() if named else ""
    if charset in _CHARSETS:
        try:
            return content.decode(charset).encode()
        except UnicodeError:
            return content
    return content.removeprefix(_BOM)


def _retry_after(response: requests.Response) -> float:
    """Seconds; 0 where none are told. A date is beyond any deadline here: no further try."""
    told = response.headers.get("retry-after")
    if told is None:
        return 0
    return float(told) if told.isascii() and told.isdigit() else float("inf")


def _is_caused_by(error: BaseException | None, kind: type[BaseException]) -> bool:
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        if isinstance(error, kind):
            return True
        inside = (getattr(error, "reason", None), *error.args)  # of a TLS error the reason is text
        reason = next((one for one in inside if isinstance(one, BaseException)), None)
        error = reason or error.__cause__ or error.__context__
    return False
