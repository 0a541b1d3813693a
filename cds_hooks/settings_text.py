"""The settings as a person reads them: `config check`, and `docs/settings.md`."""

import ipaddress
import re
from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel

from cds_hooks import settings
from cds_hooks.configuration import FILE_VARIABLE, Configuration, variable
from cds_hooks.settings import Settings, Told

# What stands before the @ of an address.
_PASSWORD = re.compile(r"(://)[^@/\s]*@")

_HEAD = f"""\
# Settings

Made from the models in `cds_hooks/settings.py` by `python -m tests.settings_page`; do not edit.

A setting comes from the command line, else from the environment, else from the configuration
file, else it has its default. `il2-advisor serve --config FILE` names the file (TOML), or the
variable `{FILE_VARIABLE}` does. All of it is read once, at start. Every mistake is named at once,
and the exit code is 2; no value is repeated in the message, since it may be a secret in the wrong
place.

```toml
[server]
host = "0.0.0.0"
public_url = "https://cds.example.org/il2"
cors_origins = []
timezone = "Europe/Zurich"

[policy]
file = "site.toml" # beside this file
```

`il2-advisor config check FILE` tells which settings are then in force, where each comes from,
and what to think over. Variables of the environment count there too, as they would for `serve`.
"""


def warnings(told: Settings) -> Iterator[str]:
    """What is allowed and may still not be meant."""
    if told.is_shadow:
        yield (
            'mode = "shadow": calls are evaluated and counted, and every answer is without a '
            "card. Nobody is advised."
        )
    if not told.is_loopback:
        yield (
            f"listening on {told.server.host}: callers are NOT authenticated yet. Anyone who "
            "reaches this port can send charts and read cards. Put an authenticating proxy with "
            "TLS in front of it."
        )
        if told.server.public_url is None and _is_any(told.server.host):
            yield (
                f"server.public_url is not set: links of cards lead to {told.listening_url}, "
                "which no browser reaches, and the Host of a call is not checked. Set it."
            )


def _is_any(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_unspecified
    except ValueError:
        return False


def as_text(told: Configuration) -> Iterator[str]:
    """The settings in force, a line each, with where they come from."""
    lines = [
        (f"{key} = {_shown(_value(told.settings, key))}", told.sources[key].words)
        for key in settings.fields()
    ]
    width = max(len(line) for line, _ in lines)
    for line, source in lines:
        yield f"{line:{width}}  ({source})"
    for one in warnings(told.settings):
        yield f"WARNING: {one}"


def as_json(told: Configuration) -> dict[str, Any]:
    """The same as data."""
    return {
        "settings": {
            key: {"value": _value(told.settings, key), "source": told.sources[key].words}
            for key in settings.fields()
        },
        "warnings": list(warnings(told.settings)),
    }


def _value(told: Settings, key: str) -> Any:
    """The value of a setting as it may be shown: plain, and without its password."""
    value = settings.value(told, key)
    if settings.SECRET in settings.fields()[key].metadata and value is not None:
        return _PASSWORD.sub(r"\1***@", value)
    if isinstance(value, tuple):
        return [
            one.model_dump(exclude_defaults=True) if isinstance(one, BaseModel) else one
            for one in value
        ]
    return value


def _shown(value: object) -> str:
    """A value as TOML writes it; `none` where there is none."""
    if value is None:
        return "none"
    if isinstance(value, list | tuple):
        return f"[{', '.join(_shown(one) for one in value)}]"
    if isinstance(value, dict):
        return f"{{{', '.join(f'{key} = {_shown(one)}' for key, one in value.items())}}}"
    if isinstance(value, bool):
        return str(value).lower()
    return f'"{value}"' if isinstance(value, str) else str(value)


def markdown() -> str:
    """`docs/settings.md`."""
    rows = [
        "| setting | default | meaning | values | variable | option |",
        "|---|---|---|---|---|---|",
    ]
    for key, field in settings.fields().items():
        told: Told = settings.told(field)
        option = f"`{told.option}`" if told.option else ""
        values = told.wanted.removeprefix("give ")
        rows.append(
            f"| `{key}` | `{_shown(field.default)}` | {told.meaning} | {values} "
            f"| `{variable(key)}` | {option} |"
        )
    later = [
        "| setting | what it will do |",
        "|---|---|",
        *(f"| `{key}` | {meaning} |" for key, meaning in settings.NOT_YET.items()),
    ]
    return "\n".join(
        [
            _HEAD,
            "## In this version",
            "",
            *rows,
            "",
            "A list in a variable is separated by commas; `fhir.servers` is written there as JSON. "
            "`serve` and `demo` know the options; "
            "commands that read",
            "charts know `--policy`, and take the rest from the variables and from the file that "
            f"`{FILE_VARIABLE}` names.",
            "",
            "## Not available in this version",
            "",
            "Refused, so that nobody relies on what is not there:",
            "",
            *later,
            "",
        ]
    )
