"""Serving: the listening socket, the processes that answer, and how they stop."""

import errno
import os
import signal
import socket
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from cds_hooks import configuration, logs
from cds_hooks.settings import PolicyFile, Settings

if TYPE_CHECKING:
    import uvicorn


class CannotListen(Exception):
    """The address or port cannot be had; one line says why and what to do."""


def listen(told: Settings) -> socket.socket:
    """The listening socket, bound before anything is promised; `CannotListen`."""
    host, port = told.server.host, told.server.port
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise CannotListen(f"no address is called {host!r}: choose another --host") from None
    family, kind, protocol, _, address = found[0]
    # with its protocol named: asyncio sets TCP_NODELAY only then, else each answer waits 40 ms
    listening = socket.socket(family, kind, protocol)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind(address)
    except OSError as error:
        listening.close()
        why = "is in use" if error.errno == errno.EADDRINUSE else "cannot be had"
        raise CannotListen(
            f"port {port} on {host} {why}: stop what holds it, or choose another --port"
        ) from None
    listening.listen(2048)
    return listening


def serve(told: Settings, listening: socket.socket) -> int:
    """
    Answer until a signal says to stop; calls in hand are answered first.

    The settings travel to the workers in the environment: a worker reads no configuration file.
    """
    logs.set_up()
    # uvicorn raises the signal again once it has stopped: being told to stop is no failure
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    signal.signal(signal.SIGINT, lambda *_: sys.exit(0))
    if told.server.workers > 1:
        return _several(told, listening)
    if hasattr(signal, "SIGHUP"):
        signal.signal(signal.SIGHUP, signal.SIG_IGN)  # until the application listens to it
    import uvicorn

    _hand_over(told)
    uvicorn.Server(_config(told)).run(sockets=[listening])
    return 0


def _several(told: Settings, listening: socket.socket) -> int:
    """Several workers, which count together and read one copy of the policy."""
    with tempfile.TemporaryDirectory(prefix="il2-advisor-") as name:
        os.environ[configuration.SHARED_FOLDER] = name
        from cds_hooks import workers  # looks at that folder

        file, copy = told.policy.file, Path(name) / "policy.toml"
        if file is not None:
            told = told.model_copy(update={"policy": PolicyFile(file=str(copy))})
        _hand_over(told)
        workers.Workers(_config(told), [listening], file, copy).run()
    return 0


def _hand_over(told: Settings) -> None:
    for name in [name for name in os.environ if name.startswith(configuration.PREFIX)]:
        del os.environ[name]
    os.environ.update(configuration.to_environment(told))


def _config(told: Settings) -> "uvicorn.Config":
    import uvicorn  # only a server needs it

    return uvicorn.Config(
        "cds_hooks.app:create",
        factory=True,
        http="cds_hooks.wire:Protocol",
        host=told.server.host,
        port=told.server.port,
        workers=told.server.workers,
        access_log=False,  # paths are the caller's words; our own line has what is needed
        log_config=None,  # logs.py shapes what the web server says too
        log_level="warning",
        server_header=False,
        date_header=True,
        timeout_graceful_shutdown=told.server.shutdown_seconds,
        proxy_headers=False,
    )
