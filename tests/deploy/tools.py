"""The tools of the `deploy` extra; without them their tests are skipped, in .ci/run they fail."""

import importlib.util
import os
import shutil
import sys
from pathlib import Path
from typing import Final, NoReturn

import pytest

# Set by .ci/run, which installs the extra: there nothing may be skipped unseen.
_MUST_BE_HERE: Final = "IL2_DEPLOY_TOOLS" in os.environ


def program(name: str) -> str:
    """The path of a program that the extra brings; the test is skipped without it."""
    beside = Path(sys.executable).parent / name
    found = str(beside) if beside.exists() else shutil.which(name)
    return found or _absent(name)


def need(module: str) -> None:
    """A module that the extra brings."""
    if importlib.util.find_spec(module) is None:
        _absent(module)


def _absent(name: str) -> NoReturn:
    said = f"{name} is not installed: pip install -c constraints.txt -e '.[test,deploy]'"
    if _MUST_BE_HERE:
        pytest.fail(said)
    pytest.skip(said)
