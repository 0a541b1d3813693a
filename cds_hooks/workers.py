"""
Several worker processes: who is alive, and how all of them get the same policy.

Imported once the folder of the counts is named in the environment: the library of the counts looks
there when it is imported, and the parent counts too.
"""

import os
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from socket import socket

from prometheus_client.multiprocess import mark_process_dead
from uvicorn import Config
from uvicorn.supervisors import Multiprocess

from cds_hooks import policy, reloading
from cds_hooks.policy import Read
from rules.site_rules import PUBLISHED


class Workers(Multiprocess):
    """The parent of the workers; `file` is the site's policy, and they read the copy of it."""

    def __init__(
        self, config: Config, sockets: Sequence[socket], file: str | None, copy: Path
    ) -> None:
        super().__init__(config, sockets=list(sockets))
        self._file, self._copy = file, copy
        self._rules = PUBLISHED
        if file is not None:
            self._take(policy.read(file))

    def handle_hup(self) -> None:
        """Give the workers the policy as it is now (uvicorn would restart them)."""
        read = reloading.read_again(self._file, self._rules)
        if read is None:
            return
        self._take(read)
        for process in self.processes:
            # one that does not listen yet ends, and another starts with the new copy
            with suppress(ProcessLookupError):
                if reloading.SIGNAL is not None and process.pid is not None:
                    os.kill(process.pid, reloading.SIGNAL)

    def keep_subprocess_alive(self) -> None:
        """Replace a worker that has died, and forget what it said was in force."""
        before = {process.pid for process in self.processes}
        super().keep_subprocess_alive()
        for pid in before - {process.pid for process in self.processes}:
            mark_process_dead(pid)  # type: ignore[no-untyped-call]

    def _take(self, read: Read) -> None:
        """Put the text of a policy in the place of the last, in one step."""
        self._rules = read.rules
        draft = self._copy.with_suffix(".draft")
        draft.write_text(read.text, encoding="utf-8")
        draft.replace(self._copy)
