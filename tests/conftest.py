"""Options and settings that all tests share."""

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--update-golden` rewrites the golden cards; read the diff before it is committed."""
    parser.addoption("--update-golden", action="store_true", help="rewrite tests/golden/*.md")
