"""
Settings of the service: what there is, what each means, and what follows from them.

Read once at start by `configuration.py`, frozen from then on. `docs/settings.md` is made from
these models.
"""

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import tzinfo
from typing import Annotated, Any, Literal, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator
from pydantic.fields import FieldInfo

from cds_hooks.clock import zone_named


@dataclass(frozen=True, slots=True)
class Told:
    """What a setting means, what it can be, and the option of `serve` that sets it too."""

    meaning: str
    wanted: str
    option: str | None = None


def _known_zone(name: str) -> str:
    zone_named(name)
    return name


# Neither a user name nor a password, a query or a fragment: cards show this address.
_PUBLIC_URL = r"^https?://[^/\s@?#]+(?:/[^\s?#]*)?$"
_ORIGIN = r"^(?:\*|https?://[^/\s@?#]+)$"


SECRET = object()  # may hold a password: never printed as it is


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Server(_Section):
    """Where the service listens, and what it bears."""

    host: Annotated[
        str,
        Field(min_length=1),
        Told(
            "address to listen on; anything but loopback prints a warning, since callers are not "
            "authenticated",
            "give an address or a name",
            "--host",
        ),
    ] = "127.0.0.1"
    port: Annotated[
        int,
        Field(ge=0, le=65535),
        Told("port; 0 takes a free one", "give a whole number from 0 to 65535", "--port"),
    ] = 8000
    public_url: Annotated[
        str | None,
        Field(pattern=_PUBLIC_URL),
        Told(
            "base URL as the EHR and the clinician's browser reach it; links of cards lead there",
            "give an http(s) URL such as https://cds.example.org/il2, without user name, "
            "password or query",
            "--public-url",
        ),
    ] = None
    cors_origins: Annotated[
        tuple[Annotated[str, Field(pattern=_ORIGIN)], ...],
        Told(
            "web origins whose scripts may call; an empty list is none. Never with credentials",
            'give a list of origins such as "https://ehr.example.org", or "*" for any',
        ),
    ] = ("*",)
    workers: Annotated[
        int,
        Field(ge=1, le=64),
        Told("processes that answer", "give a whole number from 1 to 64", "--workers"),
    ] = 1
    timezone: Annotated[
        str,
        AfterValidator(_known_zone),
        Told(
            "the zone that tells today; that of the policy where none is told",
            "give a name like Europe/Zurich",
            "--timezone",
        ),
    ] = "UTC"
    max_body_mb: Annotated[
        int,
        Field(ge=1, le=1024),
        Told("largest body in MB; beyond it 413", "give whole megabytes from 1 to 1024"),
    ] = 16
    body_seconds: Annotated[
        int,
        Field(ge=1, le=600),
        Told("by then the whole body must have come, else 408", "give whole seconds from 1 to 600"),
    ] = 20
    max_concurrent: Annotated[
        int,
        Field(ge=1, le=10_000),
        Told(
            "calls that one worker has in hand at once; beyond it 503 with Retry-After",
            "give a whole number from 1 to 10000",
        ),
    ] = 64
    shutdown_seconds: Annotated[
        int,
        Field(ge=1, le=600),
        Told(
            "how long a stop waits for the calls that are being answered",
            "give whole seconds from 1 to 600",
        ),
    ] = 10


class PolicyFile(_Section):
    """The site's policy."""

    file: Annotated[
        str | None,
        Field(min_length=1),
        Told(
            "the site's policy, a TOML file (policy.md); a relative path in a configuration file "
            "starts from the folder of that file",
            "give the path of a TOML file",
            "--policy",
        ),
    ] = None


class FhirServer(_Section):
    """A FHIR server that may be read."""

    base: Annotated[str, Field(pattern=_PUBLIC_URL)]
    allow_http: bool = False
    private: bool = False
    ca_file: Annotated[str, Field(min_length=1)] | None = None

    @model_validator(mode="after")
    def _https_unless_allowed(self) -> Self:
        if self.base.startswith("http://") and not self.allow_http:
            raise ValueError("http without allow_http")
        return self


class FhirAccess(_Section):
    """Reading from the EHR's FHIR server what the EHR did not send."""

    servers: Annotated[
        tuple[FhirServer, ...] | None,
        Told(
            "servers that may be read: `base` (a base URL, or an origin for all below it), "
            "`allow_http` (else https only), `private` (addresses that are not of the internet), "
            "`ca_file` (a CA of its own). Not set: on loopback `http://127.0.0.1:*`, else none",
            'give a list of tables such as {base = "https://fhir.example.org/r4"}; '
            "http needs allow_http = true",
        ),
    ] = None
    prefetch: Annotated[
        Literal["full", "gate"],
        Told(
            "which data the EHR is asked to send along: all, or what shows whether the patient is "
            "ours (the rest is read for the few)",
            'give "full" or "gate"',
        ),
    ] = "full"
    deadline_ms: Annotated[
        int,
        Field(ge=100, le=60_000),
        Told(
            "by then all reading of one call has ended; what did not come is unknown",
            "give whole milliseconds from 100 to 60000",
        ),
    ] = 1800
    proxy: Annotated[
        str | None,
        Field(pattern=r"^https?://\S+$"),
        Told(
            "the proxy through which FHIR servers are reached; it looks names up",
            "give an http(s) URL such as http://proxy.example.org:3128",
        ),
        SECRET,
    ] = None


class Auth(_Section):
    """Who may call."""

    mode: Annotated[
        Literal["off"],
        Told("whether callers must prove who they are", 'give "off"'),
    ] = "off"


def is_this_machine(host: str) -> bool:
    """Whether a host is loopback, by what is written."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


class Settings(_Section):
    """Everything that can be set in this version."""

    mode: Annotated[
        Literal["live", "shadow"],
        Told(
            "whether cards are shown; `shadow`: each call is evaluated and counted, and answered "
            "without a card (deployment.md)",
            'give "live" or "shadow"',
        ),
    ] = "live"
    server: Server = Server()
    policy: PolicyFile = PolicyFile()
    fhir: FhirAccess = FhirAccess()
    auth: Auth = Auth()

    @property
    def is_shadow(self) -> bool:
        """Whether calls are evaluated and counted, and no card is shown."""
        return self.mode == "shadow"

    @property
    def zone(self) -> tzinfo:
        """The zone that tells "today"."""
        return zone_named(self.server.timezone)

    @property
    def is_loopback(self) -> bool:
        """Whether only this machine can call."""
        return is_this_machine(self.server.host)

    @property
    def listening_url(self) -> str:
        """Where the process listens."""
        host = f"[{self.server.host}]" if ":" in self.server.host else self.server.host
        return f"http://{host}:{self.server.port}"

    @property
    def allowed_servers(self) -> tuple[FhirServer, ...] | None:
        """The FHIR servers that may be read; None: any on 127.0.0.1."""
        if self.fhir.servers is None and not self.is_loopback:
            return ()
        return self.fhir.servers

    @property
    def base_url(self) -> str:
        """Where the EHR and its users reach the service."""
        return (self.server.public_url or self.listening_url).rstrip("/")

    @property
    def rule_book_url(self) -> str:
        """The page that `source.url` of every card names."""
        return f"{self.base_url}/rulebook"

    @property
    def host_names(self) -> frozenset[str] | None:
        """The names under which callers may know the service; None: it cannot be told which."""
        if self.server.public_url is None:
            return frozenset({self.server.host.casefold()}) if self.is_loopback else None
        public = urlsplit(self.server.public_url).hostname or ""
        return frozenset({self.server.host.casefold(), public.casefold()})


# Keys of features that are still to come: refused, never passed over.
NOT_YET: Mapping[str, str] = {
    "store.url": "the database that keeps feedback",
    "auth.issuers": "who may sign a caller's token: [{iss, jku or jwks_file, audiences}]",
}


def fields() -> dict[str, FieldInfo]:
    """Every setting by its dotted key, in the order of the models."""
    found: dict[str, FieldInfo] = {}
    for name, field in Settings.model_fields.items():
        section = field.annotation
        if isinstance(section, type) and issubclass(section, BaseModel):
            found |= {f"{name}.{key}": inner for key, inner in section.model_fields.items()}
        else:
            found[name] = field
    return found


def told(field: FieldInfo) -> Told:
    """What a field says of itself."""
    return next(one for one in field.metadata if isinstance(one, Told))


def value(settings: Settings, key: str) -> Any:
    """The value of a dotted key."""
    found: Any = settings
    for name in key.split("."):
        found = getattr(found, name)
    return found
