"""
The policy read again on SIGHUP: a file that holds takes effect, a broken one changes nothing.

With several workers their parent reads the file, and hands a copy of what holds to all of them
(`workers.py`): so they judge alike, and one that starts later never meets a broken file.
"""

import asyncio
import signal
import threading
from collections.abc import Callable
from typing import Final
from uuid import uuid4

from anyio import to_thread
from starlette.datastructures import State

from cds_hooks import logs, metrics, policy
from cds_hooks.policy import BadPolicyFile, Read
from rules.policy import Mistake
from rules.site_rules import SiteRules

SIGNAL: Final[signal.Signals | None] = getattr(signal, "SIGHUP", None)  # None: Windows
_MOST_LINES = 20  # of mistakes in the log


def read_again(path: str | None, before: SiteRules) -> Read | None:
    """The policy of the file as it is now; None, logged and counted, if it cannot take effect."""
    if path is None:
        why = "is not set: the rules are as published, and there is nothing to read again"
        found: tuple[Mistake, ...] = (Mistake("policy.file", why),)
    else:
        try:
            return policy.read(path, before)
        except BadPolicyFile as error:
            found = error.mistakes
    lines = [str(one) for one in found[:_MOST_LINES]]
    logs.warn("policy-refused", mistakes=len(found), lines=lines, kept=before.hash)
    metrics.policy_refused()
    return None


def listen(state: State, warm_up: Callable[[SiteRules], None]) -> None:
    """From now on SIGHUP renews `state.rules`; calls in hand keep those that they began with."""
    if SIGNAL is None or threading.current_thread() is not threading.main_thread():
        return
    one_at_a_time = asyncio.Lock()
    running: set[asyncio.Task[None]] = set()  # asyncio itself forgets a task

    def renew() -> None:
        task = asyncio.create_task(_renew(state, warm_up, one_at_a_time))
        running.add(task)
        task.add_done_callback(running.discard)

    asyncio.get_running_loop().add_signal_handler(SIGNAL, renew)


async def _renew(state: State, warm_up: Callable[[SiteRules], None], turn: asyncio.Lock) -> None:
    """Read and made ready in a thread, so that no call waits; then put in force in one step."""
    async with turn:
        try:
            read = await to_thread.run_sync(read_again, state.settings.policy.file, state.rules)
            if read is None:
                return
            await to_thread.run_sync(warm_up, read.rules)
        except Exception as error:  # a mistake of ours: the old policy stays, and that is told
            logs.fault(error, str(uuid4()))
            metrics.policy_refused()
            return
        state.rules = read.rules
        metrics.in_force(read.rules, state.settings.mode)
        logs.event("policy-taken", policy=read.rules.hash, differences=len(read.rules.differences))
