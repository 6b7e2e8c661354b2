"""What lies in one AMQP message: a fact by itself, or in a burst several facts of one topic, in order.

Source: CloudEvents 1.0, JSON event format, sections 3 (structured mode) and 4 (JSON batch format).
"""

from collections.abc import Sequence

import msgspec

ALONE = "application/cloudevents+json"
TOGETHER = "application/cloudevents-batch+json"

_envelopes = msgspec.json.Decoder(list[msgspec.Raw])


def join(envelopes: Sequence[bytes]) -> tuple[bytes, str]:
    """The body of the message that holds these encoded envelopes, at least one, and its content type."""
    if len(envelopes) == 1:
        return envelopes[0], ALONE
    return b"[" + b",".join(envelopes) + b"]", TOGETHER


def split(body: bytes) -> list[bytes]:
    """The encoded envelopes in a message, in order.

    What is no proper batch is returned as it is: whoever reads it finds out what is wrong with it.
    """
    if not body.lstrip().startswith(b"["):
        return [body]
    try:
        return [bytes(each) for each in _envelopes.decode(body)] or [body]
    except (msgspec.DecodeError, UnicodeDecodeError):
        return [body]
