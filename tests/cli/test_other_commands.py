"""`demo`, `criteria`, help and version; and how the program ends when its reader has gone."""

import csv
import io
import json
import os
import subprocess
import sys

import pytest

from cds_hooks import cli
from cds_hooks.rulebook import CODE_COLUMNS, COLUMNS
from rules.criteria import CRITERIA
from tests.cli.test_evaluate import CHARTS
from tests.service.running import clean_environment

COMMANDS = ("serve", "demo", "criteria", "evaluate", "check-server", "check-mapping")


def program(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """The program in a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "cds_hooks.cli", *arguments],
        env=clean_environment() | environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        errors="replace",
        check=False,
        timeout=60,
    )


def test_the_module_runs_and_demo_prints_a_card() -> None:
    ended = program("demo")
    assert (ended.returncode, ended.stderr) == (0, "")
    assert "Sample patient (invented)" in ended.stdout
    assert "WARNING  High-dose IL-2: " in ended.stdout
    assert "IL-2 is not preferred over checkpoint-inhibitor therapy." in ended.stdout


@pytest.mark.parametrize("hook", ["order-select", "order-sign"])
def test_demo_shows_the_card_of_an_order(hook: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["demo", "--hook", hook]) == 0
    printed = capsys.readouterr().out
    assert f"{hook}: aldesleukin is drafted" in printed
    assert "WARNING  High-dose IL-2: " in printed
    assert "current weight" in printed  # a row of orders


def test_demo_knows_the_hooks_of_the_services_only(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        cli.main(["demo", "--hook", "encounter-start"])
    assert "order-sign" in capsys.readouterr().err


def test_criteria_prints_every_row_with_its_sources(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["criteria"]) == 0
    printed = capsys.readouterr().out
    for one in CRITERIA:
        assert f"{one.id} [" in printed
        assert one.question in printed
        for source in one.sources:
            assert source.text in printed


def test_criteria_as_json_has_citations_for_every_row(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["criteria", "--json"]) == 0
    book = json.loads(capsys.readouterr().out)
    assert [one["id"] for one in book["criteria"]] == [one.id for one in CRITERIA]
    assert book["valueSets"]["lab-platelets"]["codes"]
    for one in book["criteria"]:
        assert one["citations"]
        assert all(isinstance(text, str) and text for text in one["citations"])
        assert None not in one.values()


def test_criteria_as_csv_is_one_line_a_row_and_codes_one_a_code(
    capfdbinary: pytest.CaptureFixture[bytes],
) -> None:
    for option, columns, least in (("--csv", COLUMNS, 1), ("--codes", CODE_COLUMNS, 10)):
        assert cli.main(["criteria", option]) == 0
        printed = capfdbinary.readouterr().out.decode()
        found = list(csv.reader(io.StringIO(printed, newline="")))
        assert found[0] == list(columns)
        assert len(found) > least * len(CRITERIA)
        assert {len(line) for line in found} == {len(columns)}
        assert printed.count("\r\n") == len(found)


@pytest.mark.parametrize(
    "command", [None, "serve", "demo", "evaluate", "check-server", "check-mapping"]
)
def test_help_tells_the_exit_codes(capsys: pytest.CaptureFixture[str], command: str | None) -> None:
    with pytest.raises(SystemExit) as ended:
        cli.main([*([command] if command else []), "--help"])
    assert ended.value.code == 0
    assert "exit codes: 0" in " ".join(capsys.readouterr().out.split())


def test_help_lists_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        cli.main(["--help"])
    printed = capsys.readouterr().out
    for command in COMMANDS:
        assert command in printed


def test_version_tells_product_rules_and_schema(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        cli.main(["--version"])
    assert ended.value.code == 0
    printed = capsys.readouterr().out
    assert printed.startswith("il2-advisor ")
    assert "rules " in printed
    assert "schema " in printed


@pytest.mark.parametrize(
    "arguments",
    [[], ["nonsense"], ["evaluate", "--nonsense", "x"], ["serve", "--port", "many"]],
    ids=str,
)
def test_wrong_usage_is_exit_code_2(
    capsys: pytest.CaptureFixture[str], arguments: list[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        cli.main(arguments)
    assert ended.value.code == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert "Traceback" not in printed.err


@pytest.mark.parametrize(
    "arguments",
    [
        ["criteria"],
        ["criteria", "--codes"],
        ["evaluate", str(CHARTS), "--json"],
        ["check-mapping", str(CHARTS)],
    ],
    ids=["criteria", "codes", "evaluate", "mapping"],
)
def test_a_reader_that_has_gone_is_no_fault(arguments: list[str]) -> None:
    """As in `il2-advisor criteria | head -1`."""
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "wb") as gone:
        ended = subprocess.run(
            [sys.executable, "-m", "cds_hooks.cli", *arguments],
            env=clean_environment(),
            stdin=subprocess.DEVNULL,
            stdout=gone,
            stderr=subprocess.PIPE,
            check=False,
            timeout=60,
        )
    assert (ended.returncode, ended.stderr) == (0, b"")


@pytest.mark.parametrize(
    "arguments",
    [["criteria"], ["demo"], ["evaluate", str(CHARTS / "kidney-transplant-1998.json")]],
    ids=lambda arguments: arguments[0],
)
def test_a_terminal_without_unicode_is_no_fault(arguments: list[str]) -> None:
    ended = program(*arguments, PYTHONIOENCODING="ascii")
    assert "Traceback" not in ended.stderr
    assert ended.returncode == 0


def test_at_a_terminal_several_files_have_a_progress_bar() -> None:
    termios = pytest.importorskip("termios", reason="no terminals of this kind here")
    terminal, given = os.openpty()
    try:
        termios.tcsetwinsize(given, (24, 80))
        ended = subprocess.run(
            [sys.executable, "-m", "cds_hooks.cli", "evaluate", str(CHARTS), "--json"],
            env=clean_environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=given,
            check=False,
            timeout=60,
        )
        os.set_blocking(terminal, False)
        shown = os.read(terminal, 100_000).decode()
    finally:
        os.close(given)
        os.close(terminal)
    assert ended.returncode == 0
    assert "file/s" in shown
    for line in ended.stdout.splitlines():
        assert json.loads(line)["status"]
