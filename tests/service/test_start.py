"""Starting to serve: what is printed, what is warned of, and what stops it."""

import json
import os
import signal
import socket
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests

from cds_hooks import cli
from cds_hooks import serving as server_process
from cds_hooks.configuration import PREFIX, load, to_environment
from cds_hooks.settings import Server, Settings
from tests.service.running import (
    JSON,
    SERVICE,
    TIMEOUT,
    assessment_of,
    request_of,
    serving,
)


def free_port() -> int:
    """A port that nobody held a moment ago."""
    with socket.create_server(("127.0.0.1", 0)) as held:
        port: int = held.getsockname()[1]
    return port


def test_two_workers_answer_on_the_port_asked_for() -> None:
    port = free_port()
    body = json.dumps(request_of()).encode()

    def call(_: int) -> int:
        with requests.Session() as session:
            session.trust_env = False
            url = f"http://127.0.0.1:{port}{SERVICE}"
            return session.post(url, data=body, headers=JSON, timeout=TIMEOUT).status_code

    with serving("--port", str(port), "--workers", "2") as (server, printed):
        assert server.url == f"http://127.0.0.1:{port}"
        with ThreadPoolExecutor(4) as pool:
            assert set(pool.map(call, range(12))) == {200}
        assert "Traceback" not in server.log()
        server.process.send_signal(signal.SIGTERM)
        assert server.process.wait(timeout=TIMEOUT) in (0, -signal.SIGTERM)
        assert "WARNING" not in printed.read()
    with socket.create_server(("127.0.0.1", port)):
        pass  # the workers are gone too: the port is free again


def test_beyond_loopback_it_says_that_callers_are_not_authenticated() -> None:
    """SEC-2, as far as it goes without tokens."""
    public = "https://advisor.example.org/il2/"
    with serving("--host", "0.0.0.0", "--port", "0", "--public-url", public) as (server, printed):  # noqa: S104
        (card,) = server.post(request_of()).json()["cards"]
        server.process.send_signal(signal.SIGINT)
        server.process.wait(timeout=TIMEOUT)
        lines = printed.read().splitlines()
        assert "Traceback" not in server.log()
    (warning,) = [line for line in lines if line.startswith("WARNING")]
    assert "not authenticated" in warning.lower()
    assert card["source"]["url"] == "https://advisor.example.org/il2/rulebook"
    assert assessment_of(card)["criteria"]


def test_a_port_in_use_is_said_in_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as held:
        port = held.getsockname()[1]
        assert cli.main(["serve", "--port", str(port)]) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    (line,) = printed.err.splitlines()
    assert str(port) in line
    assert "in use" in line
    assert "--port" in line


def test_answers_are_not_held_back_by_the_kernel() -> None:
    """asyncio sets TCP_NODELAY only where the protocol is told; else each answer waits 40 ms."""
    listening = server_process.listen(Settings(server=Server(port=0)))
    with listening:
        assert listening.proto == socket.IPPROTO_TCP


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        pytest.param(["--port", "99999"], ["port"], id="no such port"),
        pytest.param(["--port", "-1"], ["port"], id="a negative port"),
        pytest.param(["--workers", "0"], ["workers"], id="no worker"),
        pytest.param(["--timezone", "Mars/Base"], ["timezone", "Europe/Zurich"], id="no zone"),
        pytest.param(["--timezone", "../../etc/passwd"], ["timezone"], id="a path as zone"),
        pytest.param(["--public-url", "advisor"], ["public_url"], id="no URL"),
        pytest.param(["--host", ""], ["host"], id="no host"),
        pytest.param(["--host", "no such host"], ["--host"], id="a host that nobody knows"),
        pytest.param(["--port", "0", "--host", "203.0.113.9"], ["--port"], id="not our address"),
        pytest.param(
            ["--port", "99999", "--workers", "0", "--timezone", "Mars/Base"],
            ["port", "workers", "timezone"],
            id="all mistakes at once",
        ),
    ],
)
def test_wrong_settings_stop_the_start_in_one_line(
    capsys: pytest.CaptureFixture[str], arguments: list[str], words: list[str]
) -> None:
    assert cli.main(["serve", *arguments]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    for word in words:
        assert word in line


@pytest.mark.parametrize(
    ("key", "value", "word"), [("PORT", "many", "port"), ("PROT", "8000", "prot")]
)
def test_wrong_settings_in_the_environment_stop_the_start(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    key: str,
    value: str,
    word: str,
) -> None:
    monkeypatch.setenv(f"{PREFIX}SERVER__{key}", value)
    assert cli.main(["serve"]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert word in line


def test_a_worker_reads_the_same_settings_from_the_environment() -> None:
    told = Settings(
        server=Server(
            port=8123,
            timezone="Europe/Zurich",
            public_url="https://a.example",
            cors_origins=("https://b.example", "https://c.example"),
        )
    )
    assert load({}, to_environment(told)).settings == told
    assert not any(name.startswith(PREFIX) for name in os.environ)
