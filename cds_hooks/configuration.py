"""
Settings read: from the command line, else the environment, else a file (TOML), else the default.

Every mistake is named at once: where, why not, what to do. No value is repeated: a wrong one may
be a secret in the wrong place.
"""

import json
import os
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Final

from pydantic import TypeAdapter, ValidationError
from pydantic.fields import FieldInfo

from cds_hooks import policy, settings
from cds_hooks.settings import FhirServer, Settings
from rules.policy import Mistake
from rules.policy_mistakes import nearest

PREFIX = "IL2_ADVISOR_"
FILE_VARIABLE = f"{PREFIX}CONFIG"
# Where several workers count together, by the name that the library of the counts has for it.
SHARED_FOLDER: Final = "PROMETHEUS_MULTIPROC_DIR"
_FIELDS = settings.fields()
_SECTIONS = frozenset(key.partition(".")[0] for key in _FIELDS if "." in key) | {"store"}
_FUTURE_KEYS = frozenset(settings.NOT_YET)
_NOT_YET = "not available in this version"
_POLICY = "policy.file"
_SERVERS = "fhir.servers"


class BadSettings(Exception):
    """Settings that cannot take effect: every mistake."""

    def __init__(self, found: Iterable[Mistake]) -> None:
        self.mistakes = tuple(found)
        super().__init__("; ".join(str(one) for one in self.mistakes))


@dataclass(frozen=True, slots=True)
class Source:
    """Who set a value: as a person would look for it."""

    words: str
    is_text: bool  # a number or a list comes as text
    folder: Path | None = None  # of the file, where relative paths start


DEFAULT = Source("default", is_text=False)
_COMMAND_LINE = Source("command line", is_text=True)


@dataclass(frozen=True, slots=True)
class Configuration:
    """The settings in force, and for each the source that it came from."""

    settings: Settings
    sources: Mapping[str, Source]


@dataclass(frozen=True, slots=True)
class _Given:
    value: Any
    source: Source


def variable(key: str) -> str:
    """`server.port` → `IL2_ADVISOR_SERVER__PORT`."""
    return PREFIX + key.replace(".", "__").upper()


def load(
    given: Mapping[str, Any],
    environment: Mapping[str, str] | None = None,
    file: str | None = None,
) -> Configuration:
    """
    The settings of a start. `given`: dotted key → value of the command line, None where not told.

    `file`, or the one that `IL2_ADVISOR_CONFIG` names, is the configuration file. `BadSettings`
    names every mistake, those of the policy too.
    """
    environment = os.environ if environment is None else environment
    found: list[Mistake] = []
    told: dict[str, _Given] = {}
    path = file or environment.get(FILE_VARIABLE)
    if path is not None:
        told |= _of_file(path, found)
    told |= _of_environment(environment)
    told |= {k: _Given(v, _COMMAND_LINE) for k, v in given.items() if v is not None}
    values = dict(_valid(told, found))
    _take_policy(values, told, found)
    if found:
        raise BadSettings(found)
    sections: dict[str, Any] = {}
    for key, value in values.items():
        section, _, name = key.partition(".")
        if name:
            sections.setdefault(section, {})[name] = value
        else:
            sections[section] = value
    sources = {key: told[key].source if key in told else DEFAULT for key in _FIELDS}
    return Configuration(Settings.model_validate(sections), sources)


def to_environment(told: Settings) -> dict[str, str]:
    """The same settings for a worker process, which reads no file."""
    made = {}
    for key in _FIELDS:
        value = settings.value(told, key)
        if value is not None:
            made[variable(key)] = _written(key, value)
    return made


def _written(key: str, value: Any) -> str:
    if key == _SERVERS:
        return json.dumps([one.model_dump() for one in value])
    return ",".join(value) if isinstance(value, tuple) else str(value)


# --- Where values come from -------------------------------------------------------------------


def _of_file(path: str, found: list[Mistake]) -> dict[str, _Given]:
    try:
        written = tomllib.loads(Path(path).read_text(encoding="utf-8-sig"))
    except OSError as error:
        found.append(Mistake(path, f"cannot be read: {error.strerror or 'no such file'}"))
        return {}
    except UnicodeDecodeError:
        found.append(Mistake(path, "is not UTF-8: save it so"))
        return {}
    except tomllib.TOMLDecodeError as error:
        found.append(Mistake(path, f"is no TOML: {error}"))
        return {}
    source = Source(path, is_text=False, folder=Path(path).resolve().parent)
    return {key: _Given(value, source) for key, value in _leaves(written, found)}


def _leaves(written: Mapping[str, Any], found: list[Mistake]) -> Iterator[tuple[str, Any]]:
    """Dotted keys with their values."""
    for name, value in written.items():
        if name in _SECTIONS and not isinstance(value, dict):
            found.append(Mistake(name, f"this is a table: [{name}]"))
        elif isinstance(value, dict) and name in _SECTIONS:
            yield from ((f"{name}.{key}", inner) for key, inner in value.items())
        else:
            yield name, value


def _of_environment(environment: Mapping[str, str]) -> dict[str, _Given]:
    return {
        name.removeprefix(PREFIX).lower().replace("__", "."): _Given(
            value, Source(name, is_text=True)
        )
        for name, value in environment.items()
        if name.startswith(PREFIX) and name != FILE_VARIABLE
    }


# --- Whether they can be ----------------------------------------------------------------------


def _valid(told: Mapping[str, _Given], found: list[Mistake]) -> Iterator[tuple[str, Any]]:
    for key, given in told.items():
        field = _FIELDS.get(key)
        if field is None:
            why = _NOT_YET if key in _FUTURE_KEYS else f"there is no such setting{_near(key)}"
            found.append(Mistake(_place(key, given.source), why))
            continue
        try:
            value = _read(key, field, given)
        except ValidationError as error:
            place = _place(key, given.source)
            if key == _SERVERS:
                found += _in_servers(error, place)
            else:
                found.append(Mistake(place, _refusal(field, given.value)))
            continue
        folder = given.source.folder or Path()
        if key == _POLICY:
            value = str(folder / value)
        elif key == _SERVERS:
            value = tuple(_with_ca(one, folder) for one in value)
            found += _lacking_files(value, _place(key, given.source))
        yield key, value


def _in_servers(error: ValidationError, place: str) -> Iterator[Mistake]:
    """Which entry of the list is wrong, and in what."""
    for one in error.errors(include_url=False, include_input=False, include_context=False):
        number, name = (*one["loc"], None, None)[:2]
        where = f"{place}[{number + 1}]" if isinstance(number, int) else place
        where += f".{name}" if name is not None else ""
        known = {
            "extra_forbidden": "there is no such setting",
            "missing": "is missing: add it",
            "value_error": "http is not encrypted: give an https URL, or allow_http = true",
        }
        yield Mistake(where, known.get(one["type"], settings.told(_FIELDS[_SERVERS]).wanted))


def _with_ca(server: FhirServer, folder: Path) -> FhirServer:
    """A relative path starts from the folder of the file."""
    if server.ca_file is None:
        return server
    return server.model_copy(update={"ca_file": str(folder / server.ca_file)})


def _lacking_files(servers: tuple[FhirServer, ...], place: str) -> Iterator[Mistake]:
    for number, one in enumerate(servers, 1):
        if one.ca_file is not None and not Path(one.ca_file).is_file():
            yield Mistake(f"{place}[{number}].ca_file", "there is no such file")


def _near(key: str) -> str:
    """What was perhaps meant by a key that there is not."""
    close = nearest(key, {*_FIELDS, *_SECTIONS})
    return close if "did you mean" in close else ": docs/settings.md lists them all"


def _read(key: str, field: FieldInfo, given: _Given) -> Any:
    value, is_text = given.value, given.source.is_text
    of: Any = Annotated[field.annotation, *field.metadata]
    if key == _SERVERS:
        written = value if is_text else json.dumps(value, default=str)
        return TypeAdapter(of).validate_json(written, strict=True)
    is_list = isinstance(field.default, tuple)
    if is_list and is_text:
        value = [part.strip() for part in value.split(",") if part.strip()]
    if is_list and isinstance(value, list):
        value = tuple(value)
    return TypeAdapter(of).validate_python(value, strict=not is_text)


def _refusal(field: FieldInfo, value: object) -> str:
    wanted = settings.told(field).wanted
    is_single = field.default == "off"
    return f"{_NOT_YET}: {wanted}" if is_single and isinstance(value, str) else wanted


def _place(key: str, source: Source) -> str:
    """`server.port`, with the variable or option that set it, if it was not the file."""
    if source is _COMMAND_LINE:
        return f"{key} ({settings.told(_FIELDS[key]).option})"
    return f"{key} ({source.words})" if source.folder is None else key


def _take_policy(values: dict[str, Any], told: Mapping[str, _Given], found: list[Mistake]) -> None:
    """The policy must hold; its time zone stands in where none is told."""
    try:
        rules = policy.rules(values.get(_POLICY))
    except policy.BadPolicyFile as error:
        found.append(Mistake(_place(_POLICY, told[_POLICY].source), str(error)))
        return
    if rules.policy.timezone is not None:
        values.setdefault("server.timezone", rules.policy.timezone)
