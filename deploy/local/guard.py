"""Ends our children when we are gone. Started by processes.Guard; standard library only, to stay small.

Reads `watch <pid> <signal>` and `forget <pid> 0`; at the end of its input it ends what it still watches.
"""

import contextlib
import os
import signal
import sys
import time

_PATIENCE_S = 10.0


def main() -> None:
    """Listen until the pipe ends, then end what is still watched."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)  # Only the end of the pipe counts.
    watched: dict[int, int] = {}
    for line in sys.stdin:
        verb, pid, stop_signal = line.split()
        if verb == "watch":
            watched[int(pid)] = int(stop_signal)
        else:
            watched.pop(int(pid), None)
    for group, how in watched.items():
        _signal_group(group, how)
    deadline = time.monotonic() + _PATIENCE_S
    while any(map(_lives, watched)) and time.monotonic() < deadline:
        time.sleep(0.05)
    for group in filter(_lives, watched):
        _signal_group(group, signal.SIGKILL)


def _signal_group(pid: int, number: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, number)


def _lives(pid: int) -> bool:
    try:
        os.killpg(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


main()
