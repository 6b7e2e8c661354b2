"""Makes the virtual environment. Runs on the system's own Python, with nothing but its standard library."""

import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parents[2]
VENV = ROOT / ".venv"
LOCK = ROOT / "requirements-dev.lock"
OLDEST = (3, 11)


def main() -> int:
    """Make or renew `.venv` from the lock file; say how far it is; return the exit code."""
    if sys.version_info < OLDEST:
        return fail(
            f"Python 3.11 or newer is needed, this is {sys.version.split()[0]}. Install it, or name it: "
            "make PYTHON=/path/to/python3.11 …"
        )
    began = time.monotonic()
    print("Setting up the virtual environment (once).", flush=True)
    try:
        make_environment()
        install()
    except SetupError as error:
        return fail(str(error))
    (VENV / "ready").touch()
    print(f"  ready after {time.monotonic() - began:.1f} s", flush=True)
    return 0


class SetupError(Exception):
    """It cannot be set up; says what to do."""


def make_environment() -> None:
    """An empty environment with pip in it."""
    if python().exists():
        return
    made = run([sys.executable, "-m", "venv", str(VENV)])
    if made.returncode == 0:
        return
    shutil.rmtree(VENV, ignore_errors=True)
    if uv := shutil.which("uv"):
        made = run([uv, "venv", "--quiet", "--seed", "--python", sys.executable, str(VENV)])
        if made.returncode == 0:
            return
    raise SetupError(
        f"{sys.executable} cannot make virtual environments. Install your system's package for that "
        "(Debian and Ubuntu: python3-venv), or uv."
    )


def install() -> None:
    """What the lock file says, checked by its hashes: with uv, which is fast, or with pip."""
    with tempfile.TemporaryDirectory() as folder:
        only_uv = Path(folder) / "uv.txt"
        only_uv.write_text(block_of("uv"))
        pip = [str(python()), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        got_uv = run([*pip, "--require-hashes", "-r", str(only_uv)])
    if got_uv.returncode == 0:
        uv = [str(python()), "-m", "uv", "pip", "sync", "--quiet", "--require-hashes", str(LOCK)]
        if run(uv, VIRTUAL_ENV=str(VENV)).returncode == 0:
            return
    print("  uv did not do it; pip takes a minute", flush=True)
    installed = run([*pip, "--require-hashes", "-r", str(LOCK)])
    if installed.returncode:
        raise SetupError(f"Installing failed:\n{installed.stderr.strip()[-2000:]}")


def block_of(package: str) -> str:
    """A package's lines of the lock file."""
    found = re.search(rf"^{package}==.*?(?=^\S|\Z)", LOCK.read_text(), re.MULTILINE | re.DOTALL)
    if found is None:
        raise SetupError(f"{LOCK.name} does not hold {package}; make it again with `make lock`.")
    return found.group()


def python() -> Path:
    """The environment's Python."""
    return VENV / "bin" / "python"


def run(command: list[str], **environment: str) -> "subprocess.CompletedProcess[str]":
    """Run a program and keep what it says."""
    return subprocess.run(
        command, env={**os.environ, **environment}, capture_output=True, text=True, check=False
    )


def fail(message: str) -> int:
    """One clear error."""
    sys.stderr.write(message + "\n")
    return 2


if __name__ == "__main__":
    sys.exit(main())
