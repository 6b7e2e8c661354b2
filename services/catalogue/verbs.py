"""Door 3: what operators type. `python -m services.catalogue import FILE`."""

import argparse
import asyncio
import sys
from pathlib import Path

from chassis.ids import new_id
from chassis.service import UsageError, Verb
from chassis.telemetry import correlated
from services.catalogue import commands
from services.catalogue.catalogue_file.reading import CatalogueFile, read_catalogue
from services.catalogue.commands import BadFile, Imported
from services.catalogue.parts import Parts


async def import_file(parts: Parts, given: argparse.Namespace) -> None:
    """Import a catalogue file, or only try to.

    Raises:
        UsageError: the file cannot be read, or says something wrong; nothing was imported.
    """
    text = await asyncio.to_thread(_text_of, given.file)
    file = read_catalogue(text, parts.settings.institution_zone)
    try:
        with correlated(str(new_id())):
            imported = await (_try(parts, file) if given.dry_run else _import(parts, file))
    except BadFile as error:
        lines = "\n".join(f"  {bad}" for bad in error.bad)
        raise UsageError(
            f"{given.file}: nothing was imported, {len(error.bad)} to correct:\n{lines}"
        ) from error
    sys.stdout.write(f"{given.file}: {_summary(imported, only_tried=given.dry_run)}\n")


async def _import(parts: Parts, file: CatalogueFile) -> Imported:
    async with parts.db.transaction() as tx:
        return await commands.import_catalogue(
            tx, file, zone=parts.settings.institution_zone, now=parts.clock.now()
        )


async def _try(parts: Parts, file: CatalogueFile) -> Imported:
    """Import, and undo it."""
    async with parts.db.reading() as connection:
        trial = connection.transaction()
        await trial.start()
        try:
            return await commands.import_catalogue(
                connection, file, zone=parts.settings.institution_zone, now=parts.clock.now()
            )
        finally:
            await trial.rollback()


def _text_of(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except OSError as error:
        raise UsageError(f"{file} cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise UsageError(f"{file} is not UTF-8. Save it as UTF-8.") from error


def _summary(imported: Imported, *, only_tried: bool) -> str:
    counts = {
        "policies": imported.policies,
        "terms": imported.terms,
        "courses": imported.courses,
        "offerings published": imported.published,
        "offerings rescheduled": imported.rescheduled,
        "programmes": imported.programmes,
        "class lists revised": imported.lists,
    }
    said = ", ".join(f"{count} {name}" for name, count in counts.items() if count)
    if not said:
        return "says nothing new."
    return f"would change {said}; nothing was." if only_tried else f"changed {said}."


def _arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", type=Path, help="a TOML file, see docs/catalogue-file.md")
    parser.add_argument(
        "--dry-run", action="store_true", help="check the file and say what would change"
    )


VERBS = {"import": Verb(help="import a catalogue file", run=import_file, arguments=_arguments)}
