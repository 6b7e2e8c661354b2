"""What the system takes of this machine, read from /proc: CPU seconds and memory, by part of the system."""

import os
import platform
import subprocess
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path

_PROC = Path("/proc")
_TICKS_PER_S = os.sysconf("SC_CLK_TCK")
_SERVERS = {
    "postgres": "postgres",
    "beam.smp": "rabbitmq",
    "epmd": "rabbitmq",
    "erl_child_setup": "rabbitmq",
    "inet_gethost": "rabbitmq",
}
"""Groups of processes that are not services, by the name of their program."""
_REST = "rest"
_KB_PER_MB = 1024


def processes(services: Mapping[int, str]) -> dict[int, str]:
    """Every process below this one, and which part of the system it belongs to.

    Args:
        services: names of processes that we know, by process id.
    """
    parents = {pid: int(fields[1]) for pid, _, fields in _stats()}
    programs = {pid: program for pid, program, _ in _stats()}
    below: dict[int, str] = {}
    for pid in parents:
        if pid != os.getpid() and os.getpid() in _ancestors(pid, parents):
            program = programs.get(pid, "")
            below[pid] = services.get(pid) or _SERVERS.get(program, _REST)
    return below


def cpu_seconds(groups: Mapping[int, str]) -> dict[str, float]:
    """CPU that each group has used so far, in seconds, with `client` for this very process."""
    used: dict[str, float] = defaultdict(float)
    for pid, _, fields in _stats():
        group = "client" if pid == os.getpid() else groups.get(pid)
        if group is not None:
            used[group] += (int(fields[11]) + int(fields[12])) / _TICKS_PER_S
    return dict(used)


def cpu_ns(pid: int) -> int:
    """CPU that all threads of a process have used so far, to the nanosecond; it counts up while they pause."""
    return sum(
        int((thread / "schedstat").read_text().split()[0])
        for thread in (_PROC / str(pid) / "task").iterdir()
    )


def memory_mb(groups: Mapping[int, str]) -> dict[str, float]:
    """Memory of each group in MB. Pages that several processes share count once (PSS)."""
    used: dict[str, float] = defaultdict(float)
    for pid, group in groups.items():
        try:
            for line in (_PROC / str(pid) / "smaps_rollup").read_text().splitlines():
                if line.startswith("Pss:"):
                    used[group] += int(line.split()[1]) / _KB_PER_MB
        except OSError:
            continue  # It has ended meanwhile.
    return dict(used)


def describe() -> str:
    """Processor, cores, memory and kernel, in one line."""
    model = next(
        (
            line.partition(":")[2].strip()
            for line in (_PROC / "cpuinfo").read_text().splitlines()
            if line.startswith("model name")
        ),
        platform.machine(),
    )
    total_kb = int((_PROC / "meminfo").read_text().split()[1])
    return (
        f"{model}, {os.cpu_count()} cores, {total_kb / _KB_PER_MB**2:.0f} GB, "
        f"{platform.system()} {platform.release()}, Python {platform.python_version()}"
    )


def commit(folder: Path) -> str:
    """The commit that is checked out, and whether something was changed since."""

    def git(*arguments: str) -> str:
        return subprocess.run(  # noqa: S603 - whichever git there is, and arguments of ours.
            ["git", *arguments],  # noqa: S607
            cwd=folder,
            capture_output=True,
            text=True,
            check=False,
        ).stdout.strip()

    changed = " with changes" if git("status", "--porcelain", "--untracked-files=no") else ""
    return (git("rev-parse", "--short", "HEAD") or "unknown") + changed


def _stats() -> Iterator[tuple[int, str, list[str]]]:
    """Process id, program, and the fields of /proc/<pid>/stat from the third one (state) on."""
    for folder in _PROC.iterdir():
        if not folder.name.isdigit():
            continue
        try:
            text = (folder / "stat").read_text()
        except OSError:
            continue  # It has ended meanwhile.
        program, _, rest = text.partition("(")[2].rpartition(")")
        yield int(folder.name), program, rest.split()


def _ancestors(pid: int, parents: Mapping[int, int]) -> Iterator[int]:
    while pid in parents:
        pid = parents[pid]
        yield pid
