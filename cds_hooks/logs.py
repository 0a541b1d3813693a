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
    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "event": record.getMessage(),
        }
        line.update(getattr(record, "fields", {}))
        return json.dumps(line)


def set_up() -> None:
    """Send our lines to standard error, once."""
    if not _log.handlers:
        handler = logging.StreamHandler(sys.stderr)
        handler.setFormatter(_Lines())
        _log.addHandler(handler)
        _log.setLevel(logging.INFO)
        _log.propagate = False


def event(name: str, **fields: str | int | float) -> None:
    """One line."""
    _log.info(name, extra={"fields": fields})


def fault(error: BaseException, fault_id: str, **known: str) -> None:
    """A mistake of ours: where it happened, and its kind."""
    places = [
        f"{frame.filename.rsplit('/', 1)[-1]}:{frame.lineno} {frame.name}"
        for frame in traceback.extract_tb(error.__traceback__)
    ]
    fields = {**known, "id": fault_id, "kind": type(error).__name__, "places": places[-12:]}
    _log.error("fault", extra={"fields": fields})
