"""Reading the calendar entry that came with a mail."""

from typing import Any

import icalendar

from deploy.demo.people import Mail


def events_of(mail: Mail) -> list[Any]:
    """The meetings in it."""
    assert mail.calendar is not None, mail.subject
    return icalendar.Calendar.from_ical(mail.calendar).walk("VEVENT")
