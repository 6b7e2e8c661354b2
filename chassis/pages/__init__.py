"""Pages and mails from templates: Jinja2, everything escaped, nothing undefined, both languages in one place.

A template says every sentence in both languages at once:
`{{ say(en="Log in", nl="Inloggen") }}`. Leaving one out is an error wherever it is rendered,
and tests render everything.
"""

from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from jinja2 import ChoiceLoader, Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from chassis import language as reader
from chassis.language import Money
from contracts.fact import Language, Translated

SHARED = Path(__file__).parent
_ISO_MINUTES = "minutes"


class Pages:
    """The templates of one service, with the shared ones (`base.html`) behind them."""

    def __init__(self, folder: Path, zone: ZoneInfo, **everywhere: Any) -> None:
        """Open a folder of templates.

        Args:
            folder: where they lie.
            zone: in which their instants are shown.
            everywhere: names that every template knows, such as `portal_url`.
        """
        self._zone = zone
        self._environment = Environment(
            loader=ChoiceLoader([FileSystemLoader(folder), FileSystemLoader(SHARED)]),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._environment.globals.update(everywhere)

    def render(self, template: str, language: Language, **names: Any) -> str:
        """Fill a template in one language.

        Raises:
            jinja2.UndefinedError: the template asks for a name that it was not given.
        """
        return self._environment.get_template(template).render(
            self.words(language), language=language, **names
        )

    def words(self, language: Language) -> dict[str, Callable[..., Any]]:
        """What templates format with, in one language and the institution's zone."""
        zone = self._zone

        def say(*, en: str, nl: str, **facts: Any) -> Markup:
            """A sentence; its facts are escaped, its own markup is ours."""
            sentence = nl if language == "nl" else en
            return Markup(sentence).format(**{name: escape(fact) for name, fact in facts.items()})  # noqa: S704 - templates are ours.

        def local(at: datetime) -> datetime:
            return at.astimezone(zone)

        def on(at: datetime | date) -> str:
            return reader.date_in_text(local(at) if isinstance(at, datetime) else at, language)

        def row(at: datetime | date) -> str:
            return reader.date_in_row(local(at) if isinstance(at, datetime) else at, language)

        def day(at: datetime | date) -> str:
            return reader.date_short(local(at) if isinstance(at, datetime) else at, language)

        def clock(at: datetime) -> str:
            return f"{local(at):%H:%M}"

        def span(starts: datetime, ends: datetime) -> str:
            return reader.span(local(starts), local(ends))

        def iso(at: datetime) -> str:
            return local(at).isoformat(timespec=_ISO_MINUTES)

        def money(amount_minor: int, currency: str) -> str:
            return reader.money(Money(amount_minor, currency), language)

        def both(text: Translated) -> str:
            return text.in_language(language)

        return {
            "say": say, "on": on, "row": row, "day": day, "clock": clock, "span": span, "iso": iso,
            "money": money, "both": both,
        }  # fmt: skip
