"""Everything that the system holds, as text: all tables of all databases, all queues, all logs."""

import io
import re
from collections.abc import AsyncIterator, Iterator
from typing import Any

import aio_pika
import asyncpg
from pypdf import PdfReader

from chassis.bus.topology import RETRY_DELAYS_S, STREAM, dead_queue, retry_exchange
from deploy import services
from deploy.local.system import System

_STREAM_SILENCE_S = 2.0


async def places_of(system: System, words: str) -> list[str]:
    """Where these words stand, in any case: `database.table`, `queue` or `log`, each once."""
    found = {
        place
        async for place, text in _everything(system)
        if words.lower() in text.lower() or words.lower() in _squeezed(text)
    }
    return sorted(found)


def _squeezed(text: str) -> str:
    """Letter by letter, as documents may hold them."""
    return re.sub(r"\s+", "", text).lower()


async def _everything(system: System) -> AsyncIterator[tuple[str, str]]:
    for name in (*services.NAMES, "portal"):
        async for place, text in _database(system, name):
            yield place, text
    async for place, text in _queues(system):
        yield place, text
    for log in sorted(system.folder.rglob("*.log")):
        yield f"log {log.name}", log.read_text(errors="replace")


async def _database(system: System, name: str) -> AsyncIterator[tuple[str, str]]:
    connection = await asyncpg.connect(f"{system.postgres_url.rstrip('/')}/{name}")
    try:
        tables = await connection.fetch(
            """
            SELECT schemaname, tablename, format('%I.%I', schemaname, tablename) AS quoted
            FROM pg_tables WHERE schemaname NOT IN ('pg_catalog', 'information_schema')
            """
        )
        for table in tables:
            async with connection.transaction():
                async for row in connection.cursor(f"SELECT * FROM {table['quoted']}"):  # noqa: S608 - the catalog's own name.
                    for value in row.values():
                        for text in _texts(value):
                            yield f"{name}.{table['tablename']}", text
    finally:
        await connection.close()


def _texts(value: Any) -> Iterator[str]:
    """A value as text; of a document, whatever can be read out of it too."""
    if isinstance(value, bytes):
        yield value.decode("latin-1")
        if value.startswith(b"%PDF"):
            yield _words_of_pdf(value)
    elif isinstance(value, str):
        yield value
    else:
        yield str(value)


def _words_of_pdf(pdf: bytes) -> str:
    reader = PdfReader(io.BytesIO(pdf))
    return " ".join([*(page.extract_text() for page in reader.pages), str(reader.metadata)])


async def _queues(system: System) -> AsyncIterator[tuple[str, str]]:
    consumed = [each.queue for name in services.NAMES for each in services.load(name).consumers]
    names = [
        *consumed,
        *(dead_queue(name) for name in services.NAMES),
        *(retry_exchange(delay_s) for delay_s in RETRY_DELAYS_S),
    ]
    async with await aio_pika.connect(system.amqp_url.partition(",")[0]) as connection:
        for name in names:
            channel = await connection.channel()
            try:
                queue = await channel.get_queue(name)
            except aio_pika.exceptions.ChannelClosed:
                continue  # Who listens to nobody has no dead letters.
            while (message := await queue.get(fail=False)) is not None:
                yield f"queue {name}", message.body.decode("latin-1")
            await channel.close()  # What was taken goes back.
        async for text in _stream(await connection.channel()):
            yield f"stream {STREAM}", text


async def _stream(channel: aio_pika.abc.AbstractChannel) -> AsyncIterator[str]:
    await channel.set_qos(prefetch_count=200)
    queue = await channel.get_queue(STREAM)
    iterator = queue.iterator(arguments={"x-stream-offset": "first"}, timeout=_STREAM_SILENCE_S)
    async with iterator:
        try:
            async for message in iterator:
                yield message.body.decode("latin-1")
                await message.ack()
        except TimeoutError:
            return
