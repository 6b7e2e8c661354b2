"""Where `make browser` gets its Chromium from."""

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from deploy.local import chromium


@pytest.fixture
def bare_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine that has no program at all; where one can put some."""
    monkeypatch.delenv("CHROMIUM", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    return tmp_path


def program(folder: Path, name: str) -> Path:
    file = folder / name
    file.touch(mode=0o755)
    return file


def install_into(folder: Path, asked: list[list[str]]) -> Callable[..., None]:
    def run(command: list[str], **_: object) -> None:
        asked.append(command)
        if "install" in command:
            program(folder, "chromium")

    return run


def test_the_machines_own_is_taken(bare_machine: Path) -> None:
    own = program(bare_machine, "chromium-browser")

    assert chromium.find_chromium() == str(own)
    assert chromium.main() == 0


def test_one_can_be_named(bare_machine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program(bare_machine, "chromium")
    other = program(bare_machine, "another")
    monkeypatch.setenv("CHROMIUM", str(other))

    assert chromium.find_chromium() == str(other)


def test_root_installs_debians_where_there_is_none(
    bare_machine: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[list[str]] = []
    program(bare_machine, "apt-get")
    monkeypatch.setattr("os.geteuid", lambda: 0)
    monkeypatch.setattr(subprocess, "run", install_into(bare_machine, asked))

    assert chromium.main() == 0
    assert [command[-1] for command in asked] == ["update", "fonts-liberation"]


@pytest.mark.parametrize("is_named", [False, True])
def test_where_none_may_be_installed_it_is_said_how_to(
    bare_machine: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    *,
    is_named: bool,
) -> None:
    asked: list[list[str]] = []
    program(bare_machine, "apt-get")
    if is_named:
        monkeypatch.setenv("CHROMIUM", "/not/there")
    monkeypatch.setattr("os.geteuid", lambda: 0 if is_named else 1000)
    monkeypatch.setattr(subprocess, "run", install_into(bare_machine, asked))

    assert chromium.main() == 2
    assert asked == []
    assert "apt-get install chromium" in capsys.readouterr().err
