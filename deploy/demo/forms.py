"""Just enough of a browser: the forms of a page, with what they already hold."""

from dataclasses import dataclass, field
from html.parser import HTMLParser


@dataclass
class Form:
    """One form: where it goes and what it would send as it is."""

    action: str
    method: str
    fields: dict[str, str] = field(default_factory=dict)
    buttons: list[tuple[str, str]] = field(default_factory=list)
    """Name and value of every named button that submits it."""

    def filled(self, **answers: str) -> dict[str, str]:
        """What is sent with these answers.

        Raises:
            KeyError: the form has no such field.
        """
        for name in answers:
            if name not in self.fields:
                raise KeyError(f"The form has no field {name!r}, only {sorted(self.fields)}.")
        return self.fields | answers


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self._open: Form | None = None
        self._list = ""
        """The list whose options are being read."""
        self._is_first_option = True
        self._area = ""
        """The field of several lines whose text is being read."""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._open = Form(given.get("action", ""), given.get("method", "get").lower())
            self.forms.append(self._open)
        elif self._open is not None:
            present = {name for name, _ in attrs}
            if tag == "option" and self._list:
                if "selected" in present or self._is_first_option:
                    self._open.fields[self._list] = given.get("value", "")
                self._is_first_option = False
            else:
                self._read_field(self._open, tag, given, present)

    def handle_data(self, data: str) -> None:
        if self._open is not None and self._area:
            self._open.fields[self._area] += data

    def _read_field(self, form: Form, tag: str, given: dict[str, str], present: set[str]) -> None:
        name = given.get("name", "")
        if not name:
            return
        kind = given.get("type", "text")
        if tag == "button" or (tag == "input" and kind == "submit"):
            form.buttons.append((name, given.get("value", "")))
        elif tag == "input" and kind in ("radio", "checkbox"):
            if "checked" in present or name not in form.fields:
                form.fields[name] = given.get("value", "on") if "checked" in present else ""
        elif tag in ("input", "textarea", "select"):
            form.fields[name] = given.get("value", "")
            self._list, self._is_first_option = (name if tag == "select" else ""), True
            self._area = name if tag == "textarea" else ""

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._open = None
        if tag in ("form", "select"):
            self._list = ""
        if tag in ("form", "textarea"):
            self._area = ""


def forms_of(page: str) -> list[Form]:
    """All forms of an HTML page, in their order."""
    reader = _Reader()
    reader.feed(page)
    return reader.forms


def form_with(page: str, name: str) -> Form:
    """The form that has a field or a button of this name.

    Raises:
        LookupError: there is none.
    """
    for form in forms_of(page):
        if name in form.fields or any(button == name for button, _ in form.buttons):
            return form
    raise LookupError(f"No form of this page has a field {name!r}.")
