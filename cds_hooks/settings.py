"""
Settings of the service, read once at start and frozen.

Each comes from the command line, else from `IL2_ADVISOR_SERVER__<KEY>`, else the default. The
environment also carries them to the workers.
"""

import os
from collections.abc import Mapping
from datetime import tzinfo
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from cds_hooks import policy
from cds_hooks.clock import zone_named

PREFIX = "IL2_ADVISOR_SERVER__"
_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


def _known_zone(name: str) -> str:
    zone_named(name)
    return name


class BadSettings(Exception):
    """Every mistake in the settings, a line each."""


class Settings(BaseModel):
    """What `serve` can be told."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    host: str = Field(default="127.0.0.1", min_length=1)
    port: int = Field(default=8000, ge=0, le=65535)
    workers: int = Field(default=1, ge=1, le=64)
    timezone: Annotated[str, AfterValidator(_known_zone)] = "UTC"
    max_body_mb: int = Field(default=16, ge=1, le=1024)
    policy: str | None = Field(default=None, min_length=1)
    public_url: str | None = Field(default=None, pattern=r"^https?://[^/\s]+(?:/\S*)?$")

    @property
    def zone(self) -> tzinfo:
        """The zone that tells "today"."""
        return zone_named(self.timezone)

    @property
    def is_loopback(self) -> bool:
        """Whether only this machine can call."""
        return self.host in _LOOPBACK

    @property
    def listening_url(self) -> str:
        """Where the process listens."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"http://{host}:{self.port}"

    @property
    def base_url(self) -> str:
        """Where the EHR and its users reach the service."""
        return (self.public_url or self.listening_url).rstrip("/")

    @property
    def rule_book_url(self) -> str:
        """The page that `source.url` of every card names."""
        return f"{self.base_url}/rulebook"

    def environment(self) -> dict[str, str]:
        """The same for a worker process."""
        return {
            PREFIX + name.upper(): str(value)
            for name, value in self.model_dump().items()
            if value is not None
        }


def load(given: Mapping[str, Any], environment: Mapping[str, str] = os.environ) -> Settings:
    """
    The settings of a start; `BadSettings` names every mistake at once, those of the policy too.

    The time zone of the policy stands in where none is told.
    """
    told: dict[str, Any] = {
        name.removeprefix(PREFIX).lower(): value
        for name, value in environment.items()
        if name.startswith(PREFIX)
    }
    told.update({name: value for name, value in given.items() if value is not None})
    wrong_policy: list[str] = []
    try:
        if zone := policy.rules(told.get("policy")).policy.timezone:
            told.setdefault("timezone", zone)
    except policy.BadPolicyFile as error:
        wrong_policy.append(str(error))
    try:
        made = Settings(**told)
    except ValidationError as error:
        lines = [
            f"{'.'.join(str(part) for part in one['loc'])}: {one['msg']}"
            for one in error.errors(include_url=False, include_input=False)
        ]
        raise BadSettings("; ".join(lines + wrong_policy)) from None
    if wrong_policy:
        raise BadSettings(wrong_policy[0])
    return made
