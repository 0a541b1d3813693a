"""
Starts the service and lets Schemathesis call it from its own description.

    python -m tests.fuzz.run [calls of each operation]

Needs the extra `fuzz`. The same calls each time; exit code 1 if there is a finding. What it finds
becomes a row of `tests/hostile/table.py`.
"""

import os
import re
import subprocess
import sys
import tempfile
from typing import Final

from tests.service.running import ROOT, serving

CALLS: Final = 1_000  # of each operation that takes anything: about a minute
SECONDS: Final = 300  # a run that hangs
CHECKS: Final = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
    "no_refusal_is_a_list_of_cards",
)
_COUNTS: Final = re.compile(r"([\d,]+) generated, ([\d,]+) passed")


def run(calls: int) -> int:
    """Fuzz a service of its own; the exit code."""
    with (
        serving("--port", "0", IL2_ADVISOR_SERVER__BODY_SECONDS="2") as (server, _),
        tempfile.TemporaryDirectory() as folder,
    ):
        done = subprocess.run(
            [
                *(sys.executable, "-m", "schemathesis.cli", "run", f"{server.url}/openapi.json"),
                *("--checks", ",".join(CHECKS)),
                *("--phases", "examples,coverage,fuzzing", "--max-examples", str(calls)),
                *("--seed", "1", "--generation-deterministic"),
                *("--continue-on-failure", "--no-color", "--warnings", "off"),
            ],
            cwd=folder,
            env={
                **os.environ,
                "PYTHONPATH": str(ROOT),
                "SCHEMATHESIS_HOOKS": "tests.fuzz.hooks",
            },
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=SECONDS,
            check=False,
        )
        alive = server.get("/health/ready").status_code == 200
        log = server.log()
    print(done.stdout)
    counted = _COUNTS.search(done.stdout)
    counts = counted.groups() if counted else ("0", "0")
    generated, passed = (int(one.replace(",", "")) for one in counts)
    answered = log.count('"event": "answered"')
    print(f"{generated} calls, {passed} of them as described, {answered} with an assessment")
    if not alive:
        print("The service does not answer any more.")
    faults = log.count('"event": "fault"')
    if faults:
        print(f"The log has {faults} faults.")
    whole = generated == passed >= calls and answered >= calls // 4
    return 0 if done.returncode == 0 and alive and whole and not faults else 1


if __name__ == "__main__":
    sys.exit(run(int(sys.argv[1]) if sys.argv[1:] else CALLS))
