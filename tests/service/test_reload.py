"""SIGHUP: a policy that holds takes effect in every worker, a broken one changes nothing."""

import gc
import json
import os
import signal
import time
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from cds_hooks import app, policy
from cds_hooks.policy import BadPolicyFile
from cds_hooks.settings import Settings
from rules.site_rules import SiteRules
from tests.policy.under import rules_under
from tests.service.running import TIMEOUT, Server, assessment_of, request_of, serving
from tests.service.test_limits import BODY, half_sent, the_rest, wait_until_in_hand
from tests.service.test_metrics import counts, of

FIRST = "[criteria.platelets]\nwindow_days = 14\n"
SECOND = "[criteria.platelets]\nwindow_days = 21\n"
OFF = "[services.il2-patient-view]\noff = true\n"
BROKEN = "[criteria.lvef-normal]\noff = true\n[windows]\nx = 3\n"
HASH = {text: rules_under(text).hash for text in (FIRST, SECOND, OFF)}
EACH = pytest.mark.parametrize("workers", ["1", "2"])

pytestmark = pytest.mark.skipif(
    not hasattr(signal, "SIGHUP"), reason="Windows has no SIGHUP: restart the service there"
)


@contextmanager
def under(site: Path, workers: str = "1", text: str = FIRST) -> Iterator[Server]:
    """A service under a policy whose file can be changed."""
    site.write_text(text, encoding="utf-8")
    with serving("--port", "0", "--workers", workers, "--policy", str(site)) as (server, _):
        wait_until(lambda: len(lines(server, "started")) == int(workers))
        yield server


def send(server: Server, site: Path, text: str) -> None:
    """Put another policy in the file, and say so."""
    site.write_text(text, encoding="utf-8")
    server.process.send_signal(signal.SIGHUP)


def wait_until(is_so: Callable[[], bool]) -> None:
    give_up = time.monotonic() + TIMEOUT
    while not is_so():
        assert time.monotonic() < give_up


def in_force(server: Server) -> set[str]:
    """The hashes of the policies that any worker runs under."""
    found = [dict(labels) for name, labels in counts(server) if name == "il2_advisor_info"]
    return {labels["policy"] for labels in found}


def refused(server: Server) -> float:
    return of(counts(server), "il2_advisor_policy_refused_total")


def lines(server: Server, event: str) -> list[dict[str, object]]:
    found = [json.loads(line) for line in server.log().splitlines()]
    return [line for line in found if line["event"] == event]


@EACH
def test_a_changed_policy_takes_effect_in_every_worker(tmp_path: Path, workers: str) -> None:
    site = tmp_path / "site.toml"
    with under(site, workers) as server:
        wait_until(lambda: in_force(server) == {HASH[FIRST]})
        send(server, site, SECOND)
        wait_until(lambda: in_force(server) == {HASH[SECOND]})
        wait_until(lambda: len(lines(server, "policy-taken")) == int(workers))
        for _ in range(12):  # a connection each, so that every worker is asked
            server.session.close()
            assert server.get("/health/ready").json()["policy"] == HASH[SECOND]
            (card,) = server.post(request_of()).json()["cards"]
            assert assessment_of(card)["policyHash"] == HASH[SECOND]
        assert HASH[SECOND] in server.get("/rulebook").text
        assert {line["policy"] for line in lines(server, "policy-taken")} == {HASH[SECOND]}
        assert refused(server) == 0


@EACH
def test_a_broken_policy_is_refused_once_and_the_old_one_stays(
    tmp_path: Path, workers: str
) -> None:
    site = tmp_path / "site.toml"
    with under(site, workers) as server:
        send(server, site, BROKEN)
        wait_until(lambda: refused(server) == 1)
        (line,) = lines(server, "policy-refused")
        assert (line["level"], line["mistakes"]) == ("warning", 2)
        assert line["kept"] == HASH[FIRST]
        words = str(line["lines"])
        assert "windows.x: no window is called so" in words
        assert "criteria.lvef-normal.off: a contraindication cannot be" in words
        assert str(tmp_path) not in server.log()
        assert in_force(server) == {HASH[FIRST]}
        assert len(server.post(request_of()).json()["cards"]) == 1
        # and what is mended is taken
        send(server, site, SECOND)
        wait_until(lambda: in_force(server) == {HASH[SECOND]})
        assert refused(server) == 1


@EACH
def test_a_service_is_switched_off_and_on_again_without_a_restart(
    tmp_path: Path, workers: str
) -> None:
    site = tmp_path / "site.toml"
    with under(site, workers) as server:
        for text, cards in ((OFF, 0), (FIRST, 1)):
            send(server, site, text)
            wait_until(lambda text=text: in_force(server) == {HASH[text]})  # type: ignore[misc]
            assert len(server.post(request_of()).json()["cards"]) == cards


@pytest.mark.parametrize(
    ("make", "words"),
    [
        pytest.param(Path.unlink, "cannot be read", id="gone"),
        pytest.param(lambda p: p.write_bytes(b"\xff"), "not UTF-8", id="no text"),
        pytest.param(lambda p: p.write_text("a = "), "is no TOML", id="half written"),
        pytest.param(
            lambda p: p.write_text('timezone = "Asia/Tokyo"'), "read at start only", id="a zone"
        ),
    ],
)
def test_whatever_is_wrong_with_the_file_the_old_policy_stays(
    tmp_path: Path, make: Callable[[Path], object], words: str
) -> None:
    site = tmp_path / "site.toml"
    site.write_text(FIRST)
    before = policy.read(str(site)).rules
    make(site)
    with pytest.raises(BadPolicyFile, match=words):
        policy.read(str(site), before)


def test_without_a_policy_there_is_nothing_to_read() -> None:
    with serving("--port", "0") as (server, _):
        server.process.send_signal(signal.SIGHUP)
        wait_until(lambda: refused(server) == 1)
        assert "policy.file: is not set" in str(lines(server, "policy-refused"))
        assert server.get("/health/ready").status_code == 200


def test_a_call_in_hand_ends_under_the_policy_that_it_began_with(tmp_path: Path) -> None:
    site = tmp_path / "site.toml"
    with under(site) as server, half_sent(server) as connection:
        wait_until_in_hand(server)
        send(server, site, OFF)
        wait_until(lambda: in_force(server) == {HASH[OFF]})
        connection.sendall(BODY[len(BODY) // 2 :])
        status, body = the_rest(connection)
        assert status == 200
        (card,) = json.loads(body)["cards"]
        assert assessment_of(card)["policyHash"] == HASH[FIRST]


def test_a_worker_that_starts_later_gets_the_policy_in_force_not_the_broken_file(
    tmp_path: Path,
) -> None:
    site = tmp_path / "site.toml"
    with under(site, "2") as server:
        send(server, site, SECOND)
        wait_until(lambda: in_force(server) == {HASH[SECOND]})
        send(server, site, BROKEN)
        wait_until(lambda: refused(server) == 1)
        parent = server.process.pid
        children = Path(f"/proc/{parent}/task/{parent}/children")
        if not children.exists():
            pytest.skip("the workers cannot be told apart here")
        gone = workers_of(children)[0]
        server.session.close()
        os.kill(gone, signal.SIGKILL)
        wait_until(lambda: len(lines(server, "started")) == 3)
        assert gone not in workers_of(children)
        assert len(workers_of(children)) == 2
        assert in_force(server) == {HASH[SECOND]}


def test_a_signal_while_workers_start_is_not_lost(tmp_path: Path) -> None:
    site = tmp_path / "site.toml"
    site.write_text(FIRST)
    with serving("--port", "0", "--workers", "3", "--policy", str(site)) as (server, _):
        send(server, site, SECOND)  # one answers, others may not listen yet
        wait_until(lambda: len(lines(server, "started")) >= 3)
        wait_until(lambda: in_force(server) == {HASH[SECOND]})


def workers_of(children: Path) -> list[int]:
    """The processes that answer, and not the one that looks after shared resources."""
    pids = [int(pid) for pid in children.read_text().split()]
    named = {pid: Path(f"/proc/{pid}/cmdline").read_bytes() for pid in pids}
    return [pid for pid, words in named.items() if b"spawn_main" in words]


def test_policies_that_were_replaced_are_forgotten() -> None:
    kept: list[weakref.ref[SiteRules]] = []
    for days in range(10, 22):
        rules = rules_under(f"[criteria.platelets]\nwindow_days = {days}")
        app._warm_up(rules, Settings())
        kept.append(weakref.ref(rules))
        del rules
        gc.collect()
    assert sum(one() is not None for one in kept) <= 4
