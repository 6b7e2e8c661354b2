"""What the portal reads is what the services' published documents promise."""

from typing import Any

import msgspec
import pytest

from clients.portal.api import catalogue, enrolment, identity
from deploy.generate.documents import CONTRACTS

READ: dict[str, list[tuple[type, str]]] = {
    "catalogue": [
        (catalogue.OfferingItem, "OfferingItem"),
        (catalogue.SearchPage, "SearchPage"),
        (catalogue.Facets, "FacetsView"),
        (catalogue.FacetValue, "FacetValue"),
        (catalogue.Offering, "OfferingView"),
        (catalogue.Course, "CourseItem"),
        (catalogue.Meeting, "SessionView"),
        (catalogue.Conditions, "ConditionsView"),
        (catalogue.Places, "PlacesView"),
        (catalogue.Policy, "PolicyView"),
        (catalogue.Terms, "TermsView"),
    ],
    "enrolment": [
        (enrolment.Enrolment, "EnrolmentView"),
        (catalogue.Places, "PlacesView"),
        (enrolment.LeavingCosts, "LeavingCostsView"),
        (enrolment.LeavingCost, "LeavingCost"),
    ],
    "identity": [(identity.Me, "MeView"), (identity.Correction, "Correction")],
}
CASES = [(service, kind, name) for service, every in READ.items() for kind, name in every]


@pytest.mark.parametrize(("service", "kind", "name"), CASES)
def test_every_field_that_is_read_is_promised(service: str, kind: type, name: str) -> None:
    document: dict[str, Any] = msgspec.json.decode(
        (CONTRACTS / "openapi" / f"{service}.json").read_bytes()
    )

    promised = document["components"]["schemas"][name]["properties"]
    assert {field.name for field in msgspec.structs.fields(kind)} <= set(promised)
