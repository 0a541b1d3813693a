"""`config check` tells what a start would have; `docs/settings.md` tells what there is."""

import json
from pathlib import Path
from typing import Final

import pytest

from cds_hooks import cli, settings
from cds_hooks.settings_text import markdown
from tests.policy.test_commands import Printed
from tests.settings.test_configuration import SECRET
from tests.settings_page import PAGE

SITE: Final = '[server]\nport = 9000\ncors_origins = []\n[policy]\nfile = "policy.toml"\n'


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A configuration that holds, beside its policy."""
    monkeypatch.setenv("IL2_ADVISOR_SERVER__WORKERS", "3")
    (tmp_path / "policy.toml").write_text("[criteria.platelets]\nwindow_days = 5\n")
    path = tmp_path / "site.toml"
    path.write_text(SITE)
    return str(path)


def test_it_tells_every_setting_its_value_and_where_it_comes_from(
    capsys: Printed, site: str
) -> None:
    assert cli.main(["config", "check", site]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.partition(" = ")[0] for line in lines[: len(settings.fields())]] == list(
        settings.fields()
    )
    found = {line.partition(" = ")[0]: " ".join(line.split()) for line in lines}
    assert found["server.port"] == f"server.port = 9000 ({site})"
    assert found["server.cors_origins"] == f"server.cors_origins = [] ({site})"
    assert found["server.workers"] == "server.workers = 3 (IL2_ADVISOR_SERVER__WORKERS)"
    assert found["server.public_url"] == "server.public_url = none (default)"
    assert lines[-1].startswith("Policy ")
    assert "1 difference to the published rules" in lines[-1]


def test_as_json(capsys: Printed, site: str) -> None:
    assert cli.main(["config", "check", site, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert list(found["settings"]) == list(settings.fields())
    assert found["settings"]["server.port"] == {"value": 9000, "source": site}
    assert found["warnings"] == []


def test_the_password_of_a_proxy_is_never_shown(capsys: Printed, tmp_path: Path) -> None:
    path = tmp_path / "site.toml"
    path.write_text(f'[fhir]\nproxy = "http://user:{SECRET}@proxy.example.org:3128"\n')
    for form in ([], ["--json"]):
        assert cli.main(["config", "check", str(path), *form]) == 0
        printed = capsys.readouterr().out
        assert "http://***@proxy.example.org:3128" in printed
        assert SECRET not in printed


def test_servers_are_shown_as_they_are_written(capsys: Printed, tmp_path: Path) -> None:
    path = tmp_path / "site.toml"
    written = 'servers = [{base = "http://a.example/r4", allow_http = true}]'
    path.write_text(f"[fhir]\n{written}\n")
    assert cli.main(["config", "check", str(path)]) == 0
    assert f"fhir.{written}" in capsys.readouterr().out


def test_without_a_file_it_tells_the_defaults(capsys: Printed) -> None:
    assert cli.main(["config", "check"]) == 0
    assert 'auth.mode = "off"' in capsys.readouterr().out


def test_a_variable_names_the_file_for_every_command(
    capsys: Printed, site: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("IL2_ADVISOR_CONFIG", site)
    assert cli.main(["config", "check"]) == 0
    assert "server.port = 9000" in capsys.readouterr().out
    assert cli.main(["criteria"]) == 0
    assert "1 difference to the published rules" in capsys.readouterr().out


def test_mistakes_stop_it_each_on_a_line_and_no_secret_is_printed(
    capsys: Printed, tmp_path: Path
) -> None:
    path = tmp_path / "site.toml"
    path.write_text(
        f'mode = "{SECRET}"\n[server]\npublic_url = "https://u:{SECRET}@h"\nport = "{SECRET}"\n'
        f'[store]\nurl = "postgresql://u:{SECRET}@h/db"\n[auth]\nissuers = ["{SECRET}"]\n'
    )
    for command in (["config", "check", str(path)], ["serve", "--config", str(path)]):
        assert cli.main(command) == 2
        printed = capsys.readouterr()
        assert printed.out == ""
        assert SECRET not in printed.err
        first, *others = printed.err.splitlines()
        assert first == "il2-advisor: wrong settings, 5 mistakes"
        assert [line.partition(":")[0].strip() for line in others] == [
            "mode",
            "server.public_url",
            "server.port",
            "store.url",
            "auth.issuers",
        ]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('[server]\nhost = "0.0.0.0"', ["NOT authenticated", "public_url is not set"]),
        ('[server]\nhost = "0.0.0.0"\npublic_url = "https://a.example"', ["NOT authenticated"]),
        ("", []),
    ],
    ids=["everywhere", "everywhere, with its address", "loopback"],
)
def test_what_may_not_be_meant_is_warned_of(
    capsys: Printed, tmp_path: Path, text: str, words: list[str]
) -> None:
    path = tmp_path / "site.toml"
    path.write_text(text)
    assert cli.main(["config", "check", str(path)]) == 0
    warned = [line for line in capsys.readouterr().out.splitlines() if line.startswith("WARNING")]
    assert len(warned) == len(words)
    for line, word in zip(warned, words, strict=True):
        assert word in line


def test_the_page_of_the_settings_is_current() -> None:
    """`python -m tests.settings_page` writes it."""
    assert PAGE.read_text("utf-8") == markdown()


def test_the_page_tells_every_setting_and_every_one_to_come() -> None:
    page = PAGE.read_text("utf-8")
    for key in (*settings.fields(), *settings.NOT_YET):
        assert f"| `{key}` |" in page
