"""Everything that is known of somebody in one ZIP file: what each part tells, with the PDFs that belong to it.

Every part is asked at the same time and kept aside until it is whole, in memory while it is small. What
does not come is named, so that nobody takes half for the whole.
"""

import asyncio
import tempfile
from collections.abc import AsyncIterator, Iterator, Sequence
from datetime import datetime
from typing import IO

import msgspec
import structlog

from clients.portal.api import personal_data
from clients.portal.api.asking import Asking, Away, Missing, Part, Refused, or_missing
from clients.portal.api.personal_data import PARTS, WITH_PAPERS, Paper
from clients.portal.archive import Archive
from clients.portal.words import Words

log = structlog.get_logger()

_IN_MEMORY = 512 * 1024
_PIECE = 64 * 1024


class Told(msgspec.Struct, frozen=True):
    """What one part has told, whole."""

    part: Part
    file: IO[bytes]
    papers: tuple[Paper, ...]

    def pieces(self) -> Iterator[bytes]:
        """Its JSON, from the beginning."""
        self.file.seek(0)
        return iter(lambda: self.file.read(_PIECE), b"")


async def ask_everybody(ask: Asking) -> list[Told | Missing]:
    """What every part knows of the reader, or that it is away.

    Raises:
        Away: none of them answers.
        Refused: one of them says no.
    """
    answers = await asyncio.gather(
        *(or_missing(_told(ask, part)) for part in PARTS), return_exceptions=True
    )
    told = [each for each in answers if not isinstance(each, BaseException)]
    failed = [each for each in answers if isinstance(each, BaseException)]
    if failed:
        _close(told)
        raise failed[0]
    if all(isinstance(each, Missing) for each in told):
        raise Away(PARTS[0], "and all others")
    return told


async def as_zip(
    ask: Asking,
    answers: Sequence[Told | Missing],
    *,
    own: bytes,
    words: Words,
    now: datetime,
) -> AsyncIterator[bytes]:
    """The file, piece by piece: PDFs are asked for one at a time, and what it holds is said at its end.

    Args:
        ask: whoever asks.
        answers: of all parts.
        own: what the portal itself knows.
        words: the reader's.
        now: the institution's wall-clock time.
    """
    archive = Archive(now)
    missing = [each.part for each in answers if isinstance(each, Missing)]
    lost: list[Paper] = []
    try:
        for told in answers:
            if isinstance(told, Missing):
                continue
            for piece in archive.add(f"{told.part}.json", told.pieces()):
                yield piece
            for paper in told.papers:
                content = await _content(ask, paper)
                if content is None:
                    lost.append(paper)
                    continue
                for piece in archive.add(paper.name, [content], is_packed=True):
                    yield piece
    finally:
        _close(answers)
    about = read_me(missing, lost, words=words, now=now)
    for name, text in (("portal.json", own), (words.say("export.read_me"), about.encode())):
        for piece in archive.add(name, [text]):
            yield piece
    yield archive.end()


def read_me(missing: Sequence[Part], lost: Sequence[Paper], *, words: Words, now: datetime) -> str:
    """What is in the file; and first of all, what is not."""
    lines: list[str] = [words.say("export.about", day=words.on(now), time=words.clock(now)), ""]
    if missing or lost:
        lines += [words.say("export.incomplete")]
        lines += [f"- {words.say(f'export.part.{part}')}" for part in missing]
        lines += [f"- {paper.name}" for paper in lost]
        lines += [words.say("export.once_more"), ""]
    lines += [words.say("export.inside")]
    lines += [
        f"- {part}.json: {words.say(f'export.part.{part}')}"
        for part in PARTS
        if part not in missing
    ]
    lines += [
        f"- portal.json: {words.say('export.part.portal')}",
        "",
        words.say("export.not_inside"),
    ]
    return "\n".join(lines) + "\n"


async def _told(ask: Asking, part: Part) -> Told:
    passing = await personal_data.pass_on_export(ask, part)
    file = tempfile.SpooledTemporaryFile(_IN_MEMORY)  # noqa: SIM115 - whoever writes the ZIP file closes it.
    try:
        async for piece in passing.content:
            file.write(piece)
        return Told(part, file, _papers(part, file))
    except BaseException:
        file.close()
        raise


def _close(answers: Sequence[Told | Missing]) -> None:
    for each in answers:
        if isinstance(each, Told):
            each.file.close()


async def _content(ask: Asking, paper: Paper) -> bytes | None:
    """A paper, if it can be had."""
    try:
        return await personal_data.get_paper(ask, paper)
    except (Away, Refused) as error:
        log.warning("portal.export_without", part=paper.part, why=str(error))
        return None


def _papers(part: Part, file: IO[bytes]) -> tuple[Paper, ...]:
    kind = WITH_PAPERS.get(part)
    if kind is None:
        return ()
    file.seek(0)
    try:
        return tuple(msgspec.json.decode(file.read(), type=kind).papers)
    except msgspec.MsgspecError as error:
        log.error("portal.answer_does_not_fit", part=part, error=str(error))  # noqa: TRY400 - which part, not where.
        raise Away(part, "answer") from error
