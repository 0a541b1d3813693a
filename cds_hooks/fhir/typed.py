"""
A FHIR server that a person names on the command line: allowed as typed, for this one run.

Its address may be private. A token and a chart do not travel in clear: `http` is for this machine,
or for those who say so. An entry of the configuration for the same server brings its CA.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Final
from urllib.parse import urlsplit

from cds_hooks import forms
from cds_hooks.errors import Unusable
from cds_hooks.fhir import allowed
from cds_hooks.fhir.allowed import AllowedServer
from cds_hooks.fhir.fetch import Fetcher, Fetching, NotAllowed, fetcher
from cds_hooks.fhir.servers import Server, Servers
from cds_hooks.settings import is_this_machine


@dataclass(frozen=True, slots=True)
class TypedServer:
    """The server, and how long one reading of it may take."""

    url: str
    servers: Servers = field(repr=False)  # this one alone
    token: str | None = field(repr=False)
    seconds: float

    @property
    def server(self) -> Server:
        """Ready to be called."""
        found = self.servers.find(self.url)
        if found is None:
            raise Unusable(_NO_ADDRESS)
        return found

    @contextmanager
    def reading(self, templates: Mapping[str, str], patient_id: str) -> Iterator[Fetcher]:
        """One reading, with its deadline; nothing goes out after it."""
        fetching = Fetching(self.servers, self.seconds)
        with fetcher(fetching, self.url, self.token, templates, patient_id) as found:
            if found is None or isinstance(found, NotAllowed):
                raise Unusable(_NO_ADDRESS)
            yield found


_NO_ADDRESS: Final = (
    "the server's address is no base URL: give one such as https://fhir.example.org/r4, "
    "without a password, a query or a fragment"
)


@contextmanager
def typed_server(
    url: str,
    token: str | None,
    seconds: float,
    *,
    allow_http: bool = False,
    listed: Sequence[AllowedServer] = (),
    proxy: str | None = None,
) -> Iterator[TypedServer]:
    """The server of one run; `Unusable` says what is wrong with its address or token."""
    where = allowed.address(url)
    if where is None or where.scheme not in ("http", "https") or _has_more(url):
        raise Unusable(_NO_ADDRESS)
    known = allowed.find(url, listed) or AllowedServer(url)
    is_open = allow_http or known.allow_http or is_this_machine(where.host)
    if where.scheme == "http" and not is_open:
        raise Unusable(
            "http would send the token and the chart in clear: give an https address, or "
            "--allow-http if the network is trusted"
        )
    if token is not None and not forms.TOKEN.fullmatch(token):
        raise Unusable("the variable of --token-env holds no bearer token: no spaces, no quotes")
    entry = replace(known, base=url, any_port=False, allow_http=is_open, private=True)
    servers = Servers([entry], proxy)
    try:
        yield TypedServer(url, servers, token, seconds)
    finally:
        servers.close()


def patient_id(text: str) -> str:
    """A FHIR id; `Patient/id` is taken for the same."""
    id_ = text.removeprefix("Patient/")
    if not forms.ID.fullmatch(id_):
        raise Unusable("--patient is no FHIR id: letters, digits, - and . only, at most 64")
    return id_


def _has_more(url: str) -> bool:
    return bool(urlsplit(url).query or urlsplit(url).fragment) or not url.isprintable()
