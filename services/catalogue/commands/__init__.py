"""What can be done with the catalogue: load, decide, save, tell. Transactions belong to the doors."""

from services.catalogue.commands.counting import count_places
from services.catalogue.commands.describing import (
    describe_course,
    lock_course,
    publish_new_course,
)
from services.catalogue.commands.importing import (
    BadFile,
    EntryChange,
    Imported,
    check_catalogue,
    import_catalogue,
)
from services.catalogue.commands.keeping_files import check_file, get_file, import_file
from services.catalogue.commands.publishing import (
    cancel_offering,
    lock_offering,
    publish_new_offering,
    publish_new_version,
    reschedule_offering,
)
from services.catalogue.commands.searching import Found, search_kept, search_offerings

__all__ = [
    "BadFile",
    "EntryChange",
    "Found",
    "Imported",
    "cancel_offering",
    "check_catalogue",
    "check_file",
    "count_places",
    "describe_course",
    "get_file",
    "import_catalogue",
    "import_file",
    "lock_course",
    "lock_offering",
    "publish_new_course",
    "publish_new_offering",
    "publish_new_version",
    "reschedule_offering",
    "search_kept",
    "search_offerings",
]
