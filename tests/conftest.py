"""Options and settings that all tests share."""

import pytest

from tests.examples import load_profile


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--update-golden` rewrites the golden cards; read the diff before it is committed."""
    parser.addoption("--update-golden", action="store_true", help="rewrite tests/golden/*.md")


def pytest_configure() -> None:
    """How many examples a property is held against."""
    load_profile()
