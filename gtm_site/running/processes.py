"""Child processes that never outlive this one, however it ends.

Linux: the kernel signals the child when the thread that started it dies (PR_SET_PDEATHSIG), so children are started
from the main thread only. Elsewhere a small guardian process holds a pipe whose other end closes with us.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import pwd
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import IO, Any

_PR_SET_PDEATHSIG = 1


def spawn(
    argv: Sequence[str],
    *,
    stop_signal: signal.Signals = signal.SIGTERM,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    stdout: int | IO[Any] | None = None,
    user: str | None = None,
    use_guardian: bool = not sys.platform.startswith("linux"),
) -> subprocess.Popen[bytes]:
    """Start `argv`; `stop_signal` reaches it when this process dies. stderr joins stdout.

    The child gets a session of its own, so that Ctrl-C reaches only us and the order of stopping is ours.
    Raises RuntimeError off the main thread, OSError when the program cannot be started.
    """
    if threading.current_thread() is not threading.main_thread():
        raise RuntimeError("children are bound to the thread that starts them: spawn from the main thread")
    if use_guardian:
        argv = [sys.executable, "-S", "-E", str(Path(__file__).with_name("guardian.py")), str(int(stop_signal)), *argv]
    return subprocess.Popen(
        argv,
        stdin=subprocess.PIPE if use_guardian else subprocess.DEVNULL,
        stdout=stdout,
        stderr=subprocess.STDOUT if stdout is not None else None,
        env=dict(env) if env is not None else None,
        cwd=cwd,
        start_new_session=True,
        preexec_fn=None if use_guardian else _die_with(os.getpid(), stop_signal),
        **identity(user),
    )


def stop(process: subprocess.Popen[bytes], stop_signal: signal.Signals = signal.SIGTERM, timeout: float = 10.0) -> int:
    """Signal a child of `spawn`, wait, kill it and all of its group if it stays; the exit status.

    The group, because a guardian that is killed cannot hand that on, nor can a server to its workers.
    """
    if process.poll() is None and stop_signal is not signal.SIGKILL:
        process.send_signal(stop_signal)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(timeout)
    if process.poll() is None:
        with contextlib.suppress(ProcessLookupError, PermissionError):  # it ended meanwhile
            os.killpg(process.pid, signal.SIGKILL)
    return process.wait()


def identity(user: str | None) -> dict[str, Any]:
    """Arguments of `subprocess` that make a child run as `user`, without our own groups; none for None."""
    if user is None:
        return {}
    return {"user": user, "group": pwd.getpwnam(user).pw_gid, "extra_groups": []}


def _die_with(parent: int, stop_signal: signal.Signals) -> Callable[[], None]:
    # Looked up here: in a child of a process with threads the loader's lock may be held by a thread that is not there.
    prctl = ctypes.CDLL(None, use_errno=True).prctl

    def set_parent_death_signal() -> None:
        prctl(_PR_SET_PDEATHSIG, int(stop_signal))
        if os.getppid() != parent:  # the parent died between fork and prctl
            os.kill(os.getpid(), signal.SIGKILL)

    return set_parent_death_signal
