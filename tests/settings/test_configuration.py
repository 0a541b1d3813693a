"""Settings come from the options, the environment or a file; every mistake is named at once."""

from pathlib import Path
from typing import Any, Final

import pytest

from cds_hooks import settings
from cds_hooks.configuration import (
    FILE_VARIABLE,
    BadSettings,
    load,
    to_environment,
    variable,
)
from cds_hooks.settings import Settings

SECRET: Final = "hunter2-Ilse"  # noqa: S105 - what must never be printed


def written(folder: Path, text: str) -> str:
    """A configuration file of this text."""
    path = folder / "site.toml"
    path.write_text(text, encoding="utf-8")
    return str(path)


def mistakes(folder: Path, text: str, environment: dict[str, str] | None = None) -> dict[str, str]:
    """Where the mistakes are, and what is said of each."""
    with pytest.raises(BadSettings) as refused:
        load({}, environment or {}, written(folder, text))
    return {one.place: one.text for one in refused.value.mistakes}


EVERYTHING: Final = """
mode = "live"
[server]
host = "0.0.0.0"
port = 9000
public_url = "https://cds.example.org/il2"
cors_origins = ["https://ehr.example.org"]
workers = 2
timezone = "Europe/Zurich"
max_body_mb = 32
body_seconds = 30
max_concurrent = 100
shutdown_seconds = 25
[policy]
file = "policy.toml"
[fhir]
prefetch = "gate"
servers = [{base = "https://fhir.example.org/r4", private = true, ca_file = "ca.pem"}]
deadline_ms = 900
proxy = "http://proxy.example.org:3128"
[auth]
mode = "off"
"""


def beside(folder: Path) -> None:
    """The files that the configuration names."""
    for name in ("policy.toml", "ca.pem"):
        (folder / name).write_text("")


def test_a_file_sets_everything_there_is(tmp_path: Path) -> None:
    beside(tmp_path)
    found = load({}, {}, written(tmp_path, EVERYTHING))
    told = found.settings
    assert told.server.model_dump() == {
        "host": "0.0.0.0",  # noqa: S104 - what a container listens on
        "port": 9000,
        "public_url": "https://cds.example.org/il2",
        "cors_origins": ("https://ehr.example.org",),
        "workers": 2,
        "timezone": "Europe/Zurich",
        "max_body_mb": 32,
        "body_seconds": 30,
        "max_concurrent": 100,
        "shutdown_seconds": 25,
    }
    assert (told.mode, told.auth.mode) == ("live", "off")
    assert told.fhir.model_dump() == {
        "prefetch": "gate",
        "servers": (
            {
                "base": "https://fhir.example.org/r4",
                "allow_http": False,
                "private": True,
                "ca_file": str(tmp_path / "ca.pem"),
            },
        ),
        "deadline_ms": 900,
        "proxy": "http://proxy.example.org:3128",
    }
    assert told.policy.file == str(tmp_path / "policy.toml")  # beside the file that names it
    assert {source.words for source in found.sources.values()} == {str(tmp_path / "site.toml")}
    assert load({}, to_environment(told)).settings == told  # what a worker is told


def test_without_anything_it_is_loopback_full_and_without_tokens() -> None:
    found = load({}, {})
    assert found.settings == Settings()
    assert found.settings.is_loopback
    assert {source.words for source in found.sources.values()} == {"default"}


def test_options_go_before_variables_and_these_before_the_file(tmp_path: Path) -> None:
    file = written(tmp_path, "[server]\nport = 1\nworkers = 2\nmax_body_mb = 3\n")
    environment = {variable("server.port"): "11", variable("server.workers"): "12"}
    found = load({"server.port": 21, "server.workers": None}, environment, file)
    told = found.settings.server
    assert (told.port, told.workers, told.max_body_mb) == (21, 12, 3)
    names = ("server.port", "server.workers", "server.max_body_mb")
    expected = ["command line", "IL2_ADVISOR_SERVER__WORKERS", file]
    assert [found.sources[name].words for name in names] == expected


def test_a_variable_names_the_file_and_the_option_another(tmp_path: Path) -> None:
    one, other = tmp_path / "one", tmp_path / "other"
    one.mkdir()
    other.mkdir()
    environment = {FILE_VARIABLE: written(one, "[server]\nport = 1\n")}
    assert load({}, environment).settings.server.port == 1
    told = load({}, environment, written(other, "[server]\nport = 2\n"))
    assert told.settings.server.port == 2


@pytest.mark.parametrize("key", settings.fields())
def test_every_setting_can_be_set_by_its_variable(key: str, tmp_path: Path) -> None:
    beside(tmp_path)
    told = load({}, {}, written(tmp_path, EVERYTHING)).settings
    name = variable(key)
    assert name == "IL2_ADVISOR_" + key.upper().replace(".", "__")
    again = load({}, {name: to_environment(told)[name]})
    assert settings.value(again.settings, key) == settings.value(told, key)
    assert again.sources[key].words == name


def test_the_settings_cannot_be_changed() -> None:
    told = load({}, {}).settings
    with pytest.raises(ValueError, match="frozen"):
        told.server.port = 1


# --- Mistakes ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "place", "words"),
    [
        pytest.param("[server]\nprot = 1", "server.prot", "did you mean server.port", id="typo"),
        pytest.param("[srver]\nport = 1", "srver", "did you mean server", id="typo of a table"),
        pytest.param("port = 1", "port", "no such setting", id="outside its table"),
        pytest.param("server = 1", "server", "[server]", id="no table"),
        pytest.param('[server]\nport = "80"', "server.port", "whole number", id="a text"),
        pytest.param("[server]\nport = true", "server.port", "whole number", id="a boolean"),
        pytest.param("[server]\nport = 70000", "server.port", "65535", id="no such port"),
        pytest.param("[server]\nworkers = 0", "server.workers", "1 to 64", id="no worker"),
        pytest.param('[server]\nhost = ""', "server.host", "address", id="no host"),
        pytest.param("[server]\nmax_body_mb = 1.5", "server.max_body_mb", "whole", id="half a MB"),
        pytest.param("[server]\nbody_seconds = 0", "server.body_seconds", "1 to 600", id="no time"),
        pytest.param("[server]\nmax_concurrent = 0", "server.max_concurrent", "1 to", id="none"),
        pytest.param(
            '[server]\npublic_url = "advisor"', "server.public_url", "http(s) URL", id="no URL"
        ),
        pytest.param(
            '[server]\npublic_url = "https://a.example/?x=1"', "server.public_url", "query", id="?"
        ),
        pytest.param(
            '[server]\ntimezone = "Mars/Base"', "server.timezone", "Europe/Zurich", id="no zone"
        ),
        pytest.param(
            '[server]\ncors_origins = "https://a.example"', "server.cors_origins", "list", id="one"
        ),
        pytest.param(
            '[server]\ncors_origins = ["https://a.example/x"]',
            "server.cors_origins",
            "origins",
            id="a path",
        ),
        pytest.param("[fhir]\nservers = 1", "fhir.servers", "list of tables", id="no list"),
        pytest.param(
            '[fhir]\nservers = [{base = "ftp://a"}]', "fhir.servers[1].base", "base", id="no http"
        ),
        pytest.param(
            '[fhir]\nservers = [{base = "https://u:p@a"}]',
            "fhir.servers[1].base",
            "base",
            id="a password",
        ),
        pytest.param(
            '[fhir]\nservers = [{base = "https://a"}, {base = "http://b"}]',
            "fhir.servers[2]",
            "allow_http",
            id="not encrypted",
        ),
        pytest.param("[fhir]\nservers = [{}]", "fhir.servers[1].base", "missing", id="no base"),
        pytest.param(
            '[fhir]\nservers = [{base = "https://a", privat = true}]',
            "fhir.servers[1].privat",
            "no such setting",
            id="typo in a server",
        ),
        pytest.param(
            '[fhir]\nservers = [{base = "https://a", ca_file = "no.pem"}]',
            "fhir.servers[1].ca_file",
            "no such file",
            id="no CA",
        ),
        pytest.param("[fhir]\ndeadline_ms = 10", "fhir.deadline_ms", "100", id="no time to read"),
        pytest.param('[fhir]\nproxy = "proxy"', "fhir.proxy", "http(s) URL", id="no proxy"),
        pytest.param('[fhir]\nprefetch = "all"', "fhir.prefetch", '"gate"', id="no such prefetch"),
        pytest.param('[policy]\nfile = "no"', "policy.file", "No such file", id="no policy"),
        pytest.param('[policy]\nfile = ""', "policy.file", "path", id="an empty path"),
        pytest.param('mode = "on"', "mode", 'give "live" or "shadow"', id="no such mode"),
        pytest.param("mode = 1", "mode", 'give "live"', id="a number"),
    ],
)
def test_a_mistake_names_place_reason_and_what_to_do(
    tmp_path: Path, text: str, place: str, words: str
) -> None:
    found = mistakes(tmp_path, text)
    assert list(found) == [place]
    assert words in found[place]


FUTURE: Final = {
    "store.url": f'"postgresql://u:{SECRET}@db/il2"',
    "auth.mode": '"required"',
    "auth.issuers": "[]",
}


def _toml(key: str, value: str) -> str:
    section, _, name = key.rpartition(".")
    return f"[{section}]\n{name} = {value}" if section else f"{name} = {value}"


@pytest.mark.parametrize(("key", "value"), FUTURE.items())
def test_what_is_still_to_come_is_refused_and_never_passed_over(
    tmp_path: Path, key: str, value: str
) -> None:
    found = mistakes(tmp_path, _toml(key, value))
    assert list(found) == [key]
    assert found[key].startswith("not available in this version")
    with pytest.raises(BadSettings, match="not available in this version"):
        load({}, {variable(key): value.strip('"')})


def test_every_key_to_come_is_among_those() -> None:
    assert settings.NOT_YET.keys() | {"auth.mode"} == FUTURE.keys()


def test_all_mistakes_are_named_at_once_whatever_their_source(tmp_path: Path) -> None:
    (tmp_path / "policy.toml").write_text("[windows]\nx = 1\n")
    text = '[server]\nprot = 1\nport = 0\n[policy]\nfile = "policy.toml"\n[store]\nurl = "x"\n'
    environment = {variable("server.workers"): "many", "IL2_ADVISOR_SEVER__PORT": "1"}
    file = written(tmp_path, text)
    with pytest.raises(BadSettings) as refused:
        load({"server.timezone": "Mars"}, environment, file)
    assert [one.place for one in refused.value.mistakes] == [
        "server.prot",
        "store.url",
        "server.workers (IL2_ADVISOR_SERVER__WORKERS)",
        "sever.port (IL2_ADVISOR_SEVER__PORT)",
        "server.timezone (--timezone)",
        "policy.file",
    ]
    assert "windows.x" in str(refused.value)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"[server\nport = 1", "is no TOML"),
        (b"[server]\nport = 1\nport = 2", "is no TOML"),
        ('[server]\nhost = "\u00fc"'.encode("latin-1"), "is not UTF-8"),
        (None, "cannot be read"),
    ],
    ids=["no TOML", "a key twice", "Latin-1", "no file"],
)
def test_a_file_that_cannot_be_read(tmp_path: Path, content: bytes | None, words: str) -> None:
    path = tmp_path / "site.toml"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(BadSettings) as refused:
        load({}, {}, str(path))
    (found,) = refused.value.mistakes
    assert found.place == str(path)
    assert words in found.text


def test_a_byte_order_mark_is_no_fault(tmp_path: Path) -> None:
    path = tmp_path / "site.toml"
    path.write_bytes(b"\xef\xbb\xbf[server]\nport = 1\n")
    assert load({}, {}, str(path)).settings.server.port == 1


# Any text is a host until it is listened on, and a path until it is opened.
ANY_TEXT: Final = {"server.host", "policy.file", "fhir.proxy"}


@pytest.mark.parametrize("key", sorted({*settings.fields(), *FUTURE, "server.nothing"} - ANY_TEXT))
@pytest.mark.parametrize("value", [f'"https://u:{SECRET}@h"', f'["{SECRET}", 1]'])
def test_no_mistake_repeats_a_value(tmp_path: Path, key: str, value: str) -> None:
    for environment, text in (({variable(key): value}, ""), ({}, _toml(key, value))):
        with pytest.raises(BadSettings) as refused:
            load({}, environment, written(tmp_path, text))
        assert SECRET not in str(refused.value)


def test_on_loopback_any_server_of_this_machine_may_be_read_and_else_none_unless_listed(
    tmp_path: Path,
) -> None:
    assert load({}, {}).settings.allowed_servers is None
    assert load({"server.host": "0.0.0.0"}, {}).settings.allowed_servers == ()  # noqa: S104
    listed = written(tmp_path, '[fhir]\nservers = [{base = "https://a.example"}]')
    for host in ("127.0.0.1", "0.0.0.0"):  # noqa: S104
        told = load({"server.host": host}, {}, listed).settings.allowed_servers
        assert told is not None
        assert [one.base for one in told] == ["https://a.example"]


# --- What follows from them -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("host", "is_loopback"),
    [
        ("127.0.0.1", True),
        ("127.0.0.2", True),
        ("::1", True),
        ("localhost", True),
        ("0.0.0.0", False),  # noqa: S104 - every address of the machine
        ("::", False),
        ("10.0.0.5", False),
        ("advisor.example.org", False),
    ],
)
def test_what_only_this_machine_reaches(host: str, is_loopback: bool) -> None:
    assert load({"server.host": host}, {}).settings.is_loopback is is_loopback


@pytest.mark.parametrize(
    ("given", "names"),
    [
        ({}, {"127.0.0.1"}),
        ({"host": "0.0.0.0"}, None),  # noqa: S104
        (
            {"host": "::", "public_url": "https://CDS.Example.org:8443/il2"},
            {"::", "cds.example.org"},
        ),
        ({"public_url": "https://cds.example.org"}, {"127.0.0.1", "cds.example.org"}),
    ],
    ids=["loopback", "everywhere, no name known", "everywhere, with a name", "behind a proxy"],
)
def test_under_which_names_it_is_called(given: dict[str, Any], names: set[str] | None) -> None:
    told = load({f"server.{name}": value for name, value in given.items()}, {}).settings
    assert told.host_names == names
