"""Finds the machine's Chromium for `make browser`; where there is none and we may, installs Debian's.

    python -m deploy.local.chromium

Exits with 2 and says what to do where it can neither find nor install one.
"""

import os
import shutil
import subprocess
import sys

NAMES = ("chromium", "chromium-browser", "google-chrome")
_PACKAGES = ("chromium", "fonts-liberation")  # The stylesheet asks for the reader's own fonts.
_APT = ("apt-get", "-qq", "-o", "Dpkg::Use-Pty=0")
_HELP = (
    "A Chromium is needed. Install your system's package (Debian and Ubuntu: apt-get install chromium), "
    "or name the program: CHROMIUM=/path/to/chromium make browser"
)


def find_chromium() -> str | None:
    """The path of the program: CHROMIUM from the environment, or the first that the system has."""
    if named := os.environ.get("CHROMIUM"):
        return shutil.which(named)
    return next(filter(None, map(shutil.which, NAMES)), None)


def main() -> int:
    """Make sure that there is one; return the exit code."""
    if find_chromium():
        return 0
    if "CHROMIUM" not in os.environ and _may_install():
        print("Installing Debian's Chromium (once).", flush=True)
        environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        for command in (
            [*_APT, "update"],
            [*_APT, "install", "-y", "--no-install-recommends", *_PACKAGES],
        ):
            subprocess.run(command, env=environment, stdout=subprocess.DEVNULL, check=False)
    if find_chromium():
        return 0
    sys.stderr.write(_HELP + "\n")
    return 2


def _may_install() -> bool:
    return os.geteuid() == 0 and shutil.which("apt-get") is not None


if __name__ == "__main__":
    sys.exit(main())
