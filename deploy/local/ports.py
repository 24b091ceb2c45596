"""Ports of 127.0.0.1: finding a free one, naming who holds a taken one."""

import contextlib
import errno
import fcntl
import os
import random
import socket
import tempfile
from functools import cache
from pathlib import Path

from deploy.local.errors import StackError

HOST = "127.0.0.1"
LISTENING = "0A"
# Below what the kernel hands to outgoing connections (32768 and up on Linux): a client that reconnects to a killed
# server's port from that same port would connect to itself and keep the server from coming back.
CANDIDATES = range(20_000, 32_000)
# The system's randomness, whatever seed a test sets, so that stacks started side by side seldom try the same.
UNUSED = iter(random.SystemRandom().sample(CANDIDATES, len(CANDIDATES)))


def free_port() -> int:
    """A port nobody listens on; each is given out once, and to no other process of this user while this one lives."""
    for port in UNUSED:
        if _is_ours(port) and _is_free(port):
            return port
    raise StackError(f"no port between {CANDIDATES.start} and {CANDIDATES.stop} is free")


def require_free(port: int, wanted_by: str) -> None:
    """Refuse a taken port, naming its holder."""
    if not _is_free(port):
        raise StackError(
            f"port {port}, wanted by {wanted_by}, is held by {_holder(port)}.\n"
            "Stop that process, or start on ports chosen freely: .venv/bin/market up --free-ports",
        )


def _is_ours(port: int) -> bool:
    """Lock a byte for the port until we end: nobody listens on it while a killed server is on its way back."""
    try:
        fcntl.lockf(_locks(), fcntl.LOCK_EX | fcntl.LOCK_NB, 1, port)
    except (BlockingIOError, PermissionError):
        return False
    return True


@cache
def _locks() -> int:
    """Return the descriptor of the lock file; it stays open, for closing it would give every port back."""
    return os.open(Path(tempfile.gettempdir()) / f"techmarket-ports-{os.getuid()}", os.O_RDWR | os.O_CREAT, 0o600)


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        # As the servers do: connections of a server just killed (TIME_WAIT) do not count as taken.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as error:
            if error.errno in {errno.EADDRINUSE, errno.EACCES}:
                return False
            raise
    return True


def _holder(port: int) -> str:
    """Name and pid of the listening process, as far as the kernel lets us see (/proc, own processes)."""
    sockets = {f"socket:[{inode}]" for inode in _listening_inodes(port)}
    for descriptor in Path("/proc").glob("[0-9]*/fd/*"):
        with contextlib.suppress(OSError):
            if str(descriptor.readlink()) in sockets:
                process = descriptor.parents[1]
                return f"{(process / 'comm').read_text().strip()} (pid {process.name})"
    return "another process"


def _listening_inodes(port: int) -> set[str]:
    tables = [table for table in (Path("/proc/net/tcp"), Path("/proc/net/tcp6")) if table.exists()]
    rows = [line.split() for table in tables for line in table.read_text().splitlines()[1:]]
    return {row[9] for row in rows if row[3] == LISTENING and int(row[1].rpartition(":")[2], 16) == port}
