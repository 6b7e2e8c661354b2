"""Pages and mails from templates: Jinja2, everything escaped, nothing undefined, both languages in one place.

A template says every sentence in both languages at once:
`{{ say(en="Log in", nl="Inloggen") }}`. Leaving one out is an error wherever it is rendered,
and tests render everything.
"""

from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

from jinja2 import ChoiceLoader, Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from chassis import language as reader
from chassis.language import Money
from contracts.fact import Language, Translated

SHARED = Path(__file__).parent


def icon() -> str:
    """The mark for a browser's tab, as an address that asks no server; without one, browsers ask for /favicon.ico.

    Its blue is lighter than the accent: nobody knows whether the tab is light or dark.
    """
    drawing = (SHARED / "static" / "mark.svg").read_text().strip()
    return "data:image/svg+xml," + quote(drawing, safe="/:=' ")


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
        self._environment.globals.update({"icon": icon(), **everywhere})

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
        return functions_of(_Words(language, self._zone))


def functions_of(words: object) -> dict[str, Callable[..., Any]]:
    """The public methods of what templates format with, by name."""
    return {name: getattr(words, name) for name in dir(words) if not name.startswith("_")}


class Formats:
    """Dates, times and money for one reader, in the institution's zone."""

    def __init__(self, language: Language, zone: ZoneInfo) -> None:
        self._language = language
        self._zone = zone

    def on(self, at: datetime | date) -> str:
        """Tuesday 13 April 2027."""
        return reader.date_in_text(self._local(at), self._language)

    def row(self, at: datetime | date) -> str:
        """Tue 13 Apr 2027."""
        return reader.date_in_row(self._local(at), self._language)

    def day(self, at: datetime | date) -> str:
        """13 April 2027."""
        return reader.date_short(self._local(at), self._language)

    def clock(self, at: datetime) -> str:
        """18:30."""
        return f"{at.astimezone(self._zone):%H:%M}"

    def span(self, starts: datetime, ends: datetime) -> str:
        """18:30–20:30."""
        return reader.span(starts.astimezone(self._zone), ends.astimezone(self._zone))

    def iso(self, at: datetime) -> str:
        """For `<time datetime>`, with the offset."""
        return at.astimezone(self._zone).isoformat(timespec="minutes")

    def money(self, amount_minor: int, currency: str) -> str:
        """€1,250.00."""
        return reader.money(Money(amount_minor, currency), self._language)

    def limit(self, at: datetime | date) -> str:
        """Tue 30 Mar: of a deadline that is near enough to need no year."""
        return reader.date_of_deadline(self._local(at), self._language)

    def day_of_month(self, at: datetime | date) -> int:
        """13, large, at the head of a row."""
        return self._local(at).day

    def month(self, at: datetime | date) -> str:
        """Apr 2027, below a large day."""
        return reader.month_in_row(self._local(at), self._language)

    def whole_money(self, amount_minor: int, currency: str) -> str:
        """€395, in lists; with its cents only where it has some."""
        return reader.whole_money(Money(amount_minor, currency), self._language)

    def percent(self, value: int) -> str:
        """15 %."""
        return reader.percent(value)

    def _local(self, at: datetime | date) -> date:
        return at.astimezone(self._zone) if isinstance(at, datetime) else at


class _Words(Formats):
    """The functions that every template knows."""

    def say(self, *, en: str, nl: str, **facts: Any) -> Markup:
        """A sentence; its facts are escaped, its own markup is ours."""
        sentence = nl if self._language == "nl" else en
        # Not Markup's own `format`, which is ten times slower and would escape once more.
        escaped = {name: escape(fact) for name, fact in facts.items()}
        return Markup(sentence.format(**escaped))  # noqa: S704 - templates are ours, facts escaped.

    def both(self, text: Translated) -> str:
        """A text of the catalogue in the reader's language."""
        return text.in_language(self._language)
