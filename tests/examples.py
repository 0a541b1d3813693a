"""
How many examples the fuzzing properties draw: few at a desk, many with IL2_LONG=1, as in CI.

They are the same in every run of one length; nothing depends on chance.
"""

import os
from typing import Final

from hypothesis import HealthCheck, settings

QUICK: Final = 100
LONG: Final = 1_500
IS_LONG: Final = bool(os.environ.get("IL2_LONG"))


def load_profile() -> None:
    """Make it what a property has that says nothing else; before the tests are imported."""
    settings.register_profile(
        "il2",
        max_examples=LONG if IS_LONG else QUICK,
        deadline=None,
        derandomize=True,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )
    settings.load_profile("il2")
