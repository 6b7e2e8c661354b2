"""Free ports on loopback, below the range that the system itself gives to outgoing connections.

A port inside that range can be taken by the very connection that looks whether it is open.
"""

import random
import socket
from collections.abc import Iterable

LOWEST = 20_000
BEYOND = 32_000
BLOCK = 50


def free_block(preferred: int | None = None) -> int:
    """The first of 50 ports that are all free; the preferred block if it is.

    Without a preference any block will do, so that two who look at the same moment hardly
    ever find the same.

    Raises:
        OSError: there is none.
    """
    every = range(LOWEST, BEYOND - BLOCK, BLOCK)
    candidates = [preferred] if preferred is not None else []
    for base in (*candidates, *random.sample(every, len(every))):
        if _all_free(range(base, base + BLOCK)):
            return base
    raise OSError(f"No block of {BLOCK} free ports between {LOWEST} and {BEYOND}.")


def _all_free(ports: Iterable[int]) -> bool:
    for port in ports:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                return False
    return True
