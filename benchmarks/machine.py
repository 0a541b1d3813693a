"""On what and with what was measured."""

import os
import platform
from importlib.metadata import version

_MEASURED = ("il2-advisor", "msgspec", "requests", "starlette", "urllib3", "uvicorn")


def about() -> dict[str, str | int | float]:
    """System, cores, Python, and the versions of what decides the speed."""
    told: dict[str, str | int | float] = {
        "system": f"{platform.system()} {platform.machine()}",
        "cores": os.cpu_count() or 0,
        "Python": platform.python_version(),
    }
    return told | {name: version(name) for name in _MEASURED}
