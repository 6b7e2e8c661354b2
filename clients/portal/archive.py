"""A ZIP file that is written while it is read: what is in it passes through and is never held whole."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo


class _Out:
    """Where the file is written to; it cannot go back in it."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []

    def write(self, piece: bytes) -> int:
        self._pieces.append(bytes(piece))
        return len(piece)

    def flush(self) -> None:
        """Nothing is held back."""

    def close(self) -> None:
        """Nothing is open."""

    def take(self) -> bytes:
        taken, self._pieces = b"".join(self._pieces), []
        return taken


class Archive:
    """One ZIP file. Everything that its methods give belongs to it, in this order."""

    def __init__(self, at: datetime) -> None:
        """Begin it.

        Args:
            at: the wall-clock time that its files carry.
        """
        self._out = _Out()
        self._zip = ZipFile(self._out, "w")
        self._at = at

    def add(
        self, name: str, pieces: Iterable[bytes], *, is_packed: bool = False
    ) -> Iterator[bytes]:
        """Put a file in; what `is_packed` in itself is not packed once more."""
        entry = ZipInfo(name, self._at.timetuple()[:6])
        entry.compress_type = ZIP_STORED if is_packed else ZIP_DEFLATED
        with self._zip.open(entry, "w") as file:
            for piece in pieces:
                file.write(piece)
                if taken := self._out.take():
                    yield taken
        yield self._out.take()

    def end(self) -> bytes:
        """The table of contents, which makes it whole."""
        self._zip.close()
        return self._out.take()
