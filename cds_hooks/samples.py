"""The sample patient of `demo`: in the wheel beside this file, in a checkout among the fixtures."""

from datetime import date
from importlib.resources import files
from pathlib import Path

AS_OF = date(2026, 11, 24)
_NAME = "stable-treated-brain-mets.json"


def chart() -> bytes:
    """The chart of the seed study's main case; the person is invented."""
    packed = files("cds_hooks") / "samples" / _NAME
    if packed.is_file():
        return packed.read_bytes()
    return (Path(__file__).parent.parent / "fixtures" / "charts" / _NAME).read_bytes()
