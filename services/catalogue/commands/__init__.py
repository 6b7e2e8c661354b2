"""What can be done with the catalogue: load, decide, save, tell. Transactions belong to the doors."""

from services.catalogue.commands.counting import count_places
from services.catalogue.commands.importing import BadFile, Imported, import_catalogue
from services.catalogue.commands.publishing import (
    cancel_offering,
    lock_offering,
    publish_new_offering,
    publish_new_version,
    reschedule_offering,
)
from services.catalogue.commands.searching import Found, search_offerings

__all__ = [
    "BadFile",
    "Found",
    "Imported",
    "cancel_offering",
    "count_places",
    "import_catalogue",
    "lock_offering",
    "publish_new_offering",
    "publish_new_version",
    "reschedule_offering",
    "search_offerings",
]
