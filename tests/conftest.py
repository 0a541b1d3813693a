"""Options and settings that all tests share."""

import pytest

from tests.examples import load_profile


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--update-golden` rewrites the golden cards (read the diff); `--fhir-…` is for a sandbox."""
    parser.addoption("--update-golden", action="store_true", help="rewrite tests/golden/*.md")
    sandbox = parser.getgroup("sandbox", "tests/sandbox: a public FHIR server, read only")
    sandbox.addoption("--fhir-base", metavar="URL", help="base URL of a FHIR R4 server")
    sandbox.addoption(
        "--fhir-patient",
        metavar="ID",
        action="append",
        default=[],
        help="a patient to read, once for each (default: a few that the server finds)",
    )
    sandbox.addoption(
        "--fhir-token-env", metavar="NAME", help="the environment variable with a bearer token"
    )


def pytest_configure() -> None:
    """How many examples a property is held against."""
    load_profile()
