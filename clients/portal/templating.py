"""The templates, compiled when the process starts; nothing undefined, everything escaped."""

import hashlib
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from chassis.pages import SHARED, icon
from clients.portal.api.asking import Missing
from clients.portal.words import Words

TEMPLATES = Path(__file__).parent / "templates"
STATIC = SHARED / "static"
"""The design's one stylesheet; pages that services show themselves have the same."""
SHEET = STATIC / "portal.css"
SCRIPT = Path(__file__).parent / "static" / "portal.js"


class Templates:
    """All pages."""

    def __init__(self) -> None:
        self._environment = Environment(
            loader=FileSystemLoader(TEMPLATES),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
        )
        self._environment.globals["stylesheet"] = _address(SHEET)
        self._environment.globals["script"] = _address(SCRIPT)
        self._environment.globals["icon"] = icon()
        self._environment.tests["missing"] = lambda answer: isinstance(answer, Missing)
        for name in self._environment.list_templates():
            self._environment.get_template(name)

    def render(self, template: str, words: Words, **names: Any) -> str:
        """Fill a template.

        Raises:
            jinja2.UndefinedError: it asks for a name that it was not given.
            KeyError: it says a sentence that there is not.
        """
        return self._environment.get_template(template).render(words.functions(), **names)


@cache
def compiled() -> Templates:
    """All pages, compiled once a process: half a second."""
    return Templates()


def _address(file: Path) -> str:
    """Of a static file: another one whenever it changes, so browsers may keep it for good."""
    digest = hashlib.sha256(file.read_bytes()).hexdigest()[:12]
    return f"/static/{file.name}?v={digest}"
