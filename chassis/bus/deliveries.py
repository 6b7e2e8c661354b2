"""One fact as it was delivered: with others in its message, or alone."""

from dataclasses import dataclass

import msgspec
from aio_pika.abc import AbstractIncomingMessage

from chassis.bus.consumers import MAX_BODY_BYTES
from contracts.message import ALONE, split


class _Named(msgspec.Struct):
    id: str = ""


@dataclass(frozen=True)
class Delivery:
    """An encoded envelope, and the message that brought it."""

    body: bytes
    message: AbstractIncomingMessage
    is_alone: bool

    @property
    def event_id(self) -> str:
        """The fact's id; of what is alone and cannot be read, the message's."""
        if self.is_alone:
            return self.message.message_id or ""
        try:
            return msgspec.json.decode(self.body, type=_Named).id
        except (msgspec.DecodeError, UnicodeDecodeError):
            return self.message.message_id or ""

    @property
    def content_type(self) -> str | None:
        return self.message.content_type if self.is_alone else ALONE


def unpack(message: AbstractIncomingMessage) -> list[Delivery]:
    """What a message holds, in order; a message that is too large to be read stays whole."""
    bodies = split(message.body) if len(message.body) <= MAX_BODY_BYTES else [message.body]
    is_alone = bodies == [message.body]
    return [Delivery(body, message, is_alone) for body in bodies]
