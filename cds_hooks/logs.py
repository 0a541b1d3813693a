"""
Logs: one JSON line an event, to standard error; nothing from a chart, no token, no URL.

A line has the event, the hook's service, status, sizes and durations. A fault of ours has the
places in the code and the kind of the exception, never its message (that may hold chart data).
"""

import json
import logging
import sys
import traceback
from datetime import UTC, datetime
from typing import Any

_log = logging.getLogger("il2_advisor")


class _Lines(logging.Formatter):
    """Our own lines; of what others say only who, how bad, and where."""

    def format(self, record: logging.LogRecord) -> str:
        ours = record.name == _log.name
        line: dict[str, Any] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "event": record.getMessage() if ours else "other",
        }
        if ours:
            line.update(getattr(record, "fields", {}))
        else:
            line["logger"] = record.name
            error = record.exc_info[1] if record.exc_info else None
            if error is not None:
                line |= {"kind": type(error).__name__, "places": _places(error)}
        return json.dumps(line)


def set_up() -> None:
    """
    Send our lines to standard error, once; and what other libraries warn of, without their words.

    Their messages and traces may hold what was in the request.
    """
    if _log.handlers:
        return
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Lines())
    _log.addHandler(handler)
    _log.setLevel(logging.INFO)
    _log.propagate = False
    root = logging.getLogger()
    root.addHandler(handler)
    root.setLevel(logging.WARNING)


def event(name: str, **fields: str | int | float) -> None:
    """One line."""
    _log.info(name, extra={"fields": fields})


def warn(name: str, **fields: str | int | list[str]) -> None:
    """One line of what somebody should look at."""
    _log.warning(name, extra={"fields": fields})


def fault(error: BaseException, fault_id: str, **known: str) -> None:
    """A mistake of ours: where it happened, and its kind."""
    fields = {**known, "id": fault_id, "kind": type(error).__name__, "places": _places(error)}
    _log.error("fault", extra={"fields": fields})


def _places(error: BaseException) -> list[str]:
    """Where it happened: files, lines and functions, the last dozen."""
    found = traceback.extract_tb(error.__traceback__)[-12:]
    return [f"{one.filename.rsplit('/', 1)[-1]}:{one.lineno} {one.name}" for one in found]
