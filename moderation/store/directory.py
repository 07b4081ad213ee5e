"""The data directory of an embedded server: who may use it, and where its socket lies.

Locks are the kernel's (flock): they end with the process that holds them, however it ends, so that
a killed service never leaves a lock behind.
"""

from __future__ import annotations

import fcntl
import os
import tempfile
from hashlib import sha256
from pathlib import Path

from moderation.store.errors import StoreInUse

# The kernel keeps a socket's path in 108 bytes on Linux and 104 elsewhere, a zero at the end.
LONGEST_SOCKET_PATH = 100


def hold(directory: Path) -> int:
    """Locks a directory for this process; returns the descriptor that holds the lock.

    Raises StoreInUse while another service holds it.
    """
    path = directory / "service.lock"
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        holder = os.read(descriptor, 32).decode(errors="replace").strip() or "unknown"
        os.close(descriptor)
        raise StoreInUse(
            f"another service (process {holder}) uses the data directory {directory}: it holds "
            f"{path}. Stop that service, or give this one a directory of its own"
        ) from error
    os.ftruncate(descriptor, 0)
    os.write(descriptor, f"{os.getpid()}\n".encode())
    return descriptor


def hold_for_server(directory: Path) -> int | None:
    """A lock for the server process to inherit, or None while a server still holds it.

    The lock lasts as long as any server process on this directory, even when its service is gone.
    """
    descriptor = os.open(directory / "server.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return None
    return descriptor


def socket_path(directory: Path) -> Path:
    """Where the server of a directory listens: inside it, or in a private temporary folder where
    the path would be too long for the kernel. The same directory always gives the same place.

    Raises PermissionError where somebody else owns the temporary folder.
    """
    inside = directory / "store.sock"
    if len(os.fsencode(inside)) <= LONGEST_SOCKET_PATH:
        return inside
    digest = sha256(os.fsencode(directory)).hexdigest()[:16]
    folder = Path(tempfile.gettempdir()) / f"moderation-{os.getuid()}-{digest}"
    folder.mkdir(mode=0o700, exist_ok=True)
    status = folder.lstat()
    if status.st_uid != os.getuid() or status.st_mode & 0o077 or folder.is_symlink():
        raise PermissionError(
            f"{folder} is not private to this user; remove it, or choose a data directory with a "
            f"path under {LONGEST_SOCKET_PATH - len('/store.sock')} bytes"
        )
    return folder / "store.sock"
