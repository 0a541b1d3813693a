"""The Containerfile; `without_engine.py` runs it."""

import re
import socket
import subprocess
import sys
import tomllib
from typing import Any, Final

import pytest

from cds_hooks import cli
from tests.deploy.recipe import CONTAINERFILE, ROOT, stages
from tests.deploy.tools import program
from tests.service.running import Server, clean_environment, serving

PROJECT: Final[dict[str, Any]] = tomllib.loads(
    (ROOT / "pyproject.toml").read_text(encoding="utf-8")
)
BUILD, IMAGE = stages()
TEXT: Final = CONTAINERFILE.read_text(encoding="utf-8")


def test_hadolint_has_nothing_to_say() -> None:
    done = subprocess.run(
        [program("hadolint"), str(CONTAINERFILE)], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout + done.stderr) == (0, "")


def test_both_stages_have_the_same_base_pinned_to_a_python_that_we_test() -> None:
    assert BUILD.base == IMAGE.base
    found = re.fullmatch(r"python:(3\.\d+)-slim-[a-z]+", IMAGE.base)
    assert found
    version = f"Programming Language :: Python :: {found[1]}"
    assert version in PROJECT["project"]["classifiers"]
    assert IMAGE.the("LABEL").pairs["org.opencontainers.image.base.name"] == IMAGE.base


def test_what_is_copied_is_here_and_nothing_else_is_sent_to_the_build() -> None:
    copied = {source for one in BUILD.all("COPY") for source in one.words[:-1]}
    for source in copied:
        assert (ROOT / source).exists(), source
    ignored = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    rules = [line for line in ignored if line and not line.startswith("#")]
    assert rules[0] == "*"
    assert {line.removeprefix("!") for line in rules if line.startswith("!")} == copied
    assert rules[-1] == "**/__pycache__"
    (only,) = IMAGE.all("COPY")
    assert only.flags == (f"--from={BUILD.name}",)


def test_everything_that_the_wheel_is_made_of_is_copied() -> None:
    copied = {source for one in BUILD.all("COPY") for source in one.words[:-1]}
    project, wheel = PROJECT["project"], PROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]
    needed = {"pyproject.toml", project["readme"], *project["license-files"], *wheel["packages"]}
    assert needed | set(wheel["force-include"]) <= copied


def test_the_packages_are_those_that_are_tested() -> None:
    (install,) = [one.value for one in BUILD.all("RUN") if " install " in one.value]
    assert "--constraint constraints.txt" in install
    assert "--only-binary=:all:" in install


def test_it_runs_as_a_user_without_a_name_and_without_rights() -> None:
    user, _, group = IMAGE.the("USER").value.partition(":")
    assert int(user) >= 10_000
    assert int(group) >= 10_000
    assert not IMAGE.all("RUN")  # nothing is made in the image but what is copied
    assert all("chown" not in flag for one in IMAGE.all("COPY") for flag in one.flags)


@pytest.mark.parametrize("name", ["ENTRYPOINT", "CMD"])
def test_no_shell_is_needed_at_run_time(name: str) -> None:
    assert IMAGE.the(name).value.startswith("[")
    assert IMAGE.the("HEALTHCHECK").value.startswith("CMD [")


def test_it_serves_where_it_says() -> None:
    command = IMAGE.the("CMD").words
    assert command[:3] == ["serve", "--host", "0.0.0.0"]  # noqa: S104 - inside the image
    assert command[3:] == ["--port", IMAGE.the("EXPOSE").value]
    assert f"127.0.0.1:{IMAGE.the('EXPOSE').value}/health/live" in TEXT
    assert IMAGE.the("STOPSIGNAL").value == "SIGTERM"
    script = IMAGE.the("ENTRYPOINT").words[0].rpartition("/")[2]
    assert script in PROJECT["project"]["scripts"]


def test_its_labels_are_those_of_the_package() -> None:
    labels = {
        k.removeprefix("org.opencontainers.image."): v for k, v in IMAGE.the("LABEL").pairs.items()
    }
    assert labels["licenses"] == PROJECT["project"]["license"]
    assert labels["version"] == "${VERSION}"
    arguments = {k: v for one in IMAGE.all("ARG") for k, v in one.pairs.items()}
    assert arguments["VERSION"] == PROJECT["project"]["version"]
    assert {"title", "description", "revision"} <= set(labels)


# --- HEALTHCHECK ---------------------------------------------------------------------------------


def health(port: int) -> int:
    """The exit code of the image's HEALTHCHECK, with another port."""
    _, flag, program_text = IMAGE.the("HEALTHCHECK").health
    assert program_text.count(":8000/") == 1
    return subprocess.run(
        [sys.executable, flag, program_text.replace(":8000/", f":{port}/")],
        env=clean_environment() | {"http_proxy": "http://127.0.0.1:1"},
        capture_output=True,
        check=False,
    ).returncode


def test_healthcheck_holds_while_it_serves_whatever_proxy_there_is(server: Server) -> None:
    assert health(int(server.url.rpartition(":")[2])) == 0


def test_healthcheck_fails_where_nobody_listens() -> None:
    with socket.create_server(("127.0.0.1", 0)) as held:
        port = held.getsockname()[1]
    assert health(port) == 1


def test_healthcheck_fails_once_it_has_stopped() -> None:
    with serving("--port", "0") as (started, _):
        port = int(started.url.rpartition(":")[2])
        assert health(port) == 0
        started.process.terminate()
        started.process.wait()
        assert health(port) == 1


# --- The settings of the example -----------------------------------------------------------------


def test_the_settings_of_the_example_hold(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["config", "check", str(ROOT / "deploy" / "il2-advisor.toml")]) == 0
    told = capsys.readouterr()
    assert told.err == ""
    assert "https://cds.example.org" in told.out
