"""The server that `--fhir-base` names, opened once; a line of what was done at the end."""

from collections.abc import Iterator
from contextlib import ExitStack
from typing import Final

import pytest

from tests.sandbox.sandbox import CannotRun, Sandbox, opened

OPENED: Final = pytest.StashKey[Sandbox]()
_GIVE: Final = (
    "give --fhir-base URL: the base of a FHIR R4 server with invented patients, such as "
    "https://r4.smarthealthit.org (docs/fhir-servers.md)"
)


@pytest.hookimpl(trylast=True)  # what `-m` leaves
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Without a server they are skipped, and refused where nothing else was asked for."""
    if config.getoption("--fhir-base"):
        return
    ours = [item for item in items if item.get_closest_marker("sandbox")]
    if ours and len(ours) == len(items) and not config.option.collectonly:
        raise pytest.UsageError(_GIVE)
    for item in ours:
        item.add_marker(pytest.mark.skip(reason="reads a public FHIR server: needs --fhir-base"))


@pytest.fixture(scope="session")
def sandbox(pytestconfig: pytest.Config) -> Iterator[Sandbox]:
    """The named server; where nothing can be tried the run ends at once, with the reason."""
    options = ("--fhir-base", "--fhir-patient", "--fhir-token-env")
    base, patients, token_name = (pytestconfig.getoption(one) for one in options)
    with ExitStack() as stack:
        try:
            made = stack.enter_context(opened(base, patients, token_name))
        except CannotRun as why:
            pytest.exit(f"sandbox: {why}", returncode=pytest.ExitCode.TESTS_FAILED)
        pytestconfig.stash[OPENED] = made
        yield made


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    """What was read, so that a run that compared little does not look like one that did."""
    made = config.stash.get(OPENED, None)
    if made is None:
        return
    software = made.statement.get("software") or {}
    named = " ".join(str(software[key]) for key in ("name", "version") if key in software)
    with_card = sum(one not in ("no card", "412") for one in made.cards.values())
    terminalreporter.section(f"sandbox: {made.base}")
    for line in (
        f"FHIR {made.statement.get('fhirVersion', 'version not told')}; {named or 'no name'}",
        f"patients: {len(made.patients)}, {with_card} with a card: "
        + ", ".join(f"{patient} ({made.cards.get(patient, '-')})" for patient in made.patients),
        "queries refused: "
        + (", ".join(f"{key} ({why})" for key, why in made.refused.items()) or "none"),
        f"requests: {len(made.watch.sent)}, all GET, at most {made.watch.most_at_once} at once",
    ):
        terminalreporter.write_line(line)
