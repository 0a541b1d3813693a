"""A policy on the command line and at the start of the service."""

import json
import signal
from pathlib import Path

import pytest

from cds_hooks import cli, policy
from cds_hooks.configuration import BadSettings, load, to_environment, variable
from cds_hooks.settings import Settings
from rules.site_rules import PUBLISHED
from tests.build import PLATELETS as PLATELET_COUNT
from tests.build import chart, lab, nothing_against
from tests.policy.under import rules_under
from tests.service.running import STABLE, assessment_of, request_of, serving

SITE = 'timezone = "Pacific/Auckland"\n[criteria.platelets]\nwindow_days = 14\n'
WRONG = "[criteria.lvef-normal]\noff = true\n[windows]\nx = 3\n"
Printed = pytest.CaptureFixture[str]


@pytest.fixture
def site(tmp_path: Path) -> str:
    """A policy that holds."""
    path = tmp_path / "site.toml"
    path.write_text("\ufeff" + SITE, encoding="utf-8")
    return str(path)


@pytest.fixture
def wrong(tmp_path: Path) -> str:
    """One that does not."""
    path = tmp_path / "wrong.toml"
    path.write_text(WRONG, encoding="utf-8")
    return str(path)


@pytest.fixture
def old_platelets(tmp_path: Path) -> str:
    """A chart whose platelets are too old by the published window."""
    path = tmp_path / "chart.json"
    old = lab(PLATELET_COUNT, "230 10*3/uL", days_ago=10)
    path.write_bytes(chart(*nothing_against(platelets=old)))
    return str(path)


# policy check, policy show ------------------------------------------------------------------------


def test_a_policy_that_holds_is_checked_with_its_differences(capsys: Printed, site: str) -> None:
    assert cli.main(["policy", "check", site]) == 0
    printed = capsys.readouterr()
    assert printed.err == ""
    assert printed.out.splitlines() == [
        f"{site} holds.",
        f"Policy {rules_under(SITE).hash}: 2 differences to the published rules",
        '  timezone = "Pacific/Auckland" (published: not set)',
        "  criteria.platelets.window_days = 14 (published: 7)",
    ]


def test_what_has_no_effect_is_warned_of(capsys: Printed, tmp_path: Path) -> None:
    path = tmp_path / "policy.toml"
    path.write_text('[[local_codes]]\nsystem = "urn:x"\ncode = "1"\nmeans = "orderable-lab"\n')
    assert cli.main(["policy", "check", str(path)]) == 0
    assert "warning: local_codes[1]: no rule reads orderable-lab" in capsys.readouterr().out


def test_a_wrong_policy_is_refused_with_each_mistake_on_a_line(capsys: Printed, wrong: str) -> None:
    assert cli.main(["policy", "check", wrong]) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    first, *lines = printed.err.splitlines()
    assert first == f"il2-advisor: policy {wrong}: 2 mistakes"
    assert len(lines) == 2
    assert lines[1].startswith("  criteria.lvef-normal.off: a contraindication cannot be")


@pytest.mark.parametrize(
    ("content", "words"),
    [(None, "No such file"), (b"\xff\xfe", "is not UTF-8"), (b"a = ", "is no TOML")],
)
def test_a_policy_that_cannot_be_read(
    capsys: Printed, tmp_path: Path, content: bytes | None, words: str
) -> None:
    path = tmp_path / "policy.toml"
    if content is not None:
        path.write_bytes(content)
    assert cli.main(["policy", "check", str(path)]) == 2
    assert words in capsys.readouterr().err


def test_show_prints_a_policy_and_its_json(capsys: Printed, site: str) -> None:
    assert cli.main(["policy", "show"]) == 0
    assert f"policy {PUBLISHED.hash}: as published." in capsys.readouterr().out
    assert cli.main(["policy", "show", site]) == 0
    printed = capsys.readouterr().out
    assert policy.parse(printed) == (policy.parse(printed)[0], ())
    assert "window_days = 14 # CHANGED, published: 7" in printed
    assert cli.main(["policy", "show", site, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["policyHash"] == rules_under(SITE).hash


# evaluate, criteria, demo -------------------------------------------------------------------------


def _evaluate(capsys: Printed, *arguments: str) -> tuple[str, str]:
    """The outcome of the platelets, and the policy of the assessment."""
    assert cli.main(["evaluate", "--as-of", "2026-11-24", "--json", *arguments]) == 0
    found = json.loads(capsys.readouterr().out)
    (row,) = (one for one in found["criteria"] if one["id"] == "platelets")
    return row["outcome"], f"{found['policy']} {found['policyHash']}"


def test_evaluate_takes_a_policy(
    capsys: Printed, monkeypatch: pytest.MonkeyPatch, site: str, old_platelets: str
) -> None:
    assert _evaluate(capsys, old_platelets) == ("unknown", f"default {PUBLISHED.hash}")
    under_site = ("met", f"site {rules_under(SITE).hash}")
    assert _evaluate(capsys, old_platelets, "--policy", site) == under_site
    monkeypatch.setenv(variable("policy.file"), site)
    assert _evaluate(capsys, old_platelets) == under_site
    assert cli.main(["evaluate", old_platelets]) == 0  # today, in the zone of the policy


def test_criteria_are_those_of_the_site(capsys: Printed, site: str) -> None:
    assert cli.main(["criteria", "--policy", site]) == 0
    printed = capsys.readouterr().out
    assert "window: 14 d (site)" in printed
    assert "2 differences to the published rules" in printed
    assert cli.main(["criteria", "--policy", site, "--json"]) == 0
    book = json.loads(capsys.readouterr().out)
    assert (book["policy"], book["policyHash"]) == ("site", rules_under(SITE).hash)


def test_a_row_switched_off_is_marked_in_the_rule_book(capsys: Printed, tmp_path: Path) -> None:
    path = tmp_path / "policy.toml"
    path.write_text("[criteria.platelets]\noff = true\n")
    assert cli.main(["criteria", "--policy", str(path)]) == 0
    assert "platelets [requirement; study]; switched off by this" in capsys.readouterr().out
    assert cli.main(["criteria", "--policy", str(path), "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)["criteria"]
    assert [one["id"] for one in rows if "off" in one] == ["platelets"]


def test_demo_takes_a_policy(capsys: Printed, site: str) -> None:
    assert cli.main(["demo", "--policy", site]) == 0
    assert f"site policy ({rules_under(SITE).hash})" in capsys.readouterr().out


@pytest.mark.parametrize("command", ["serve", "demo", "criteria", "evaluate"])
def test_a_wrong_policy_stops_every_command(
    capsys: Printed, wrong: str, old_platelets: str, command: str
) -> None:
    more = [old_platelets] if command == "evaluate" else []
    assert cli.main([command, *more, "--policy", wrong]) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert "criteria.lvef-normal.off" in printed.err
    assert "windows.x" in printed.err


# The service --------------------------------------------------------------------------------------


def test_the_zone_of_a_policy_is_the_default_and_the_command_line_outranks_it(site: str) -> None:
    named = {"policy.file": site}
    assert load(named, {}).settings.server.timezone == "Pacific/Auckland"
    outranked = load({**named, "server.timezone": "UTC"}, {})
    assert outranked.settings.server.timezone == "UTC"
    by_variable = load({}, {variable("policy.file"): site})
    assert by_variable.settings.server.timezone == "Pacific/Auckland"
    told = load(named, {}).settings
    assert load({}, to_environment(told)).settings == told
    assert Settings().policy.file is None


def test_mistakes_of_settings_and_policy_are_named_together(wrong: str) -> None:
    with pytest.raises(BadSettings) as refused:
        load({"policy.file": wrong, "server.port": -1}, {})
    for words in ("server.port (--port): ", "criteria.lvef-normal.off: ", "windows.x: "):
        assert words in str(refused.value)


def test_every_worker_judges_by_the_policy(tmp_path: Path) -> None:
    path = tmp_path / "site.toml"
    path.write_text(
        '[criteria.seizure-free]\noff = true\n[[local_codes]]\nsystem = "urn:oid:1.2"\n'
        'code = "77"\nmeans = "lab-creatinine"\n'
    )
    with serving("--port", "0", "--workers", "2", "--policy", str(path)) as (server, printed):
        for _ in range(4):
            (card,) = server.post(request_of(STABLE)).json()["cards"]
            assert assessment_of(card)["policy"] == "site"
            assert "differs in 2 places, 1 check switched off." in card["detail"]
        service, *_ = server.get("/cds-services").json()["services"]
        assert service["prefetch"]["labs"].endswith("urn:oid:1.2|77")
        page = server.get("/rulebook").text
        assert "differs from the published rules" in page
        assert "criteria.seizure-free.off: True" in page
        server.process.send_signal(signal.SIGTERM)
        server.process.wait(timeout=30)
        assert "2 differences to the published rules" in printed.read()


def test_a_view_without_a_card_still_warms_up(tmp_path: Path) -> None:
    path = tmp_path / "site.toml"
    path.write_text('[patient_view]\nshow = "ordered"\n')
    with serving("--port", "0", "--policy", str(path)) as (server, _):
        answered = server.post(request_of(STABLE))
        assert (answered.status_code, answered.json()) == (200, {"cards": []})
