"""A sheet as HTML that mail programs show: one column of 600 px, styles inlined, dark mode in the head."""

import re
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from contracts.fact import Language
from services.notification.mails.sheet import Line, Sheet

_TEMPLATES = Path(__file__).parent / "templates"
_RULE = re.compile(r"^\.([a-z0-9-]+) \{ (.*) \}$", re.MULTILINE)


class _Style:
    """The stylesheet: single classes become attributes of elements, `@media` rules stay in the head."""

    def __init__(self, css: str) -> None:
        alone, at, media = css.partition("@media")
        self.media = Markup(at + media)  # noqa: S704 - our own file.
        self.of = {
            name: Markup(f'class="{name}" style="{rules.rstrip(";")}"')  # noqa: S704 - our own file.
            for name, rules in _RULE.findall(alone)
        }

    def linked(self, text: Line) -> Markup:
        """A sentence whose links look like ours."""
        # Not Markup's own `replace`: that would escape our attributes.
        return Markup(str(text).replace("<a ", f"<a {self.of['link']} "))  # noqa: S704 - escaped on the sheet.


_STYLE = _Style((_TEMPLATES / "mail.css").read_text())


def _layout() -> Environment:
    layout = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    layout.filters["linked"] = _STYLE.linked
    layout.globals.update(css=_STYLE.of, media=_STYLE.media)
    return layout


_TEMPLATE = _layout().get_template("layout.html")


def render_html(sheet: Sheet, language: Language) -> str:
    """Lay a sheet out as HTML."""
    return _TEMPLATE.render(sheet=sheet, language=language)
