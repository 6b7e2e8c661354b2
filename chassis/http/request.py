"""The request that handlers take: who asks stands in `caller` or `asker`, not in its type."""

from typing import Any, TypeAlias

from litestar import Request

AnyRequest: TypeAlias = "Request[Any, Any, Any]"
