"""Why the catalogue says no, and what the person can do about it."""

from chassis.refusals import Kind, Problem
from contracts.fact import Translated

CLASS_NUMBER_TAKEN = Problem(
    "class-number-taken",
    Kind.CONFLICT,
    title=Translated(nl="Dit activiteitnummer is al in gebruik", en="This class number is in use"),
    detail=Translated(
        nl="Nummer {class_number} van {academic_year} bestaat al. Neem een ander, of wijzig wat er staat.",
        en="Number {class_number} of {academic_year} exists already. Take another, or change what is there.",
    ),
)
ALREADY_CANCELLED = Problem(
    "already-cancelled",
    Kind.CONFLICT,
    title=Translated(nl="Dit aanbod is geannuleerd", en="This offering has been cancelled"),
    detail=Translated(
        nl="Het is op {cancelled_at} geannuleerd en iedereen heeft dat gehoord. Publiceer een nieuw aanbod.",
        en="It was cancelled on {cancelled_at} and everybody was told. Publish a new offering.",
    ),
)
OFFERING_OVER = Problem(
    "offering-over",
    Kind.CONFLICT,
    title=Translated(nl="Dit aanbod is voorbij", en="This offering is over"),
    detail=Translated(
        nl="Het eindigde op {ended_at}. Wat voorbij is, kan niet worden verplaatst of geannuleerd.",
        en="It ended on {ended_at}. What is over cannot be moved or cancelled.",
    ),
)
COURSE_CODE_TAKEN = Problem(
    "course-code-taken",
    Kind.CONFLICT,
    title=Translated(nl="Deze cursuscode is al in gebruik", en="This course code is in use"),
    detail=Translated(
        nl="De cursus {code} bestaat al. Neem een andere code, of wijzig wat er staat.",
        en="The course {code} exists already. Take another code, or change what is there.",
    ),
)
FILE_HAS_FAULTS = Problem(
    "file-has-faults",
    Kind.CONFLICT,
    title=Translated(nl="Dit bestand klopt nog niet", en="This file is not right yet"),
    detail=Translated(
        nl="Er zijn {faults} plekken te verbeteren; er is niets gewijzigd. Verbeter het bestand en stuur het weer.",
        en="There are {faults} places to correct; nothing was changed. Correct the file and send it again.",
    ),
)
