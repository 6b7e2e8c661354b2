"""One offering, one course, the conditions, and the class lists, as anybody reads them."""

import hashlib
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from tests.integration.catalogue.samples import DEMO, import_text
from tests.support.running import Running


@pytest.fixture(autouse=True)
def today(demo: Running) -> None:
    demo.clock.set(datetime(2026, 11, 23, 13, 0, tzinfo=UTC))


async def offering(demo: Running, class_number: str, language: str = "en") -> dict[str, Any]:
    found = await demo.get(f"/v1/offerings?class_number={class_number}")
    offering_id = found.json()["items"][0]["offering_id"]
    answer = await demo.get(f"/v1/offerings/{offering_id}", headers={"Accept-Language": language})
    shown: dict[str, Any] = answer.json()
    return shown


async def lists(demo: Running, code: str, year: str) -> list[dict[str, Any]]:
    answer = await demo.get(f"/v1/programmes/{code}/lists?academic_year={year}")
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["lists"]
    return found


async def test_an_offering_says_everything_that_one_wants_to_know_before(
    demo: Running,
) -> None:
    shown = await offering(demo, "4218")

    assert shown["title"] == "Academic writing in English"
    assert shown["standing"] == "open"
    assert shown["enrolment_closes_at"] == "2027-04-06T22:00:00Z"
    assert len(shown["sessions"]) == 8
    assert shown["sessions"][4] == {
        "starts_at": "2027-05-18T16:30:00Z",
        "ends_at": "2027-05-18T18:30:00Z",
        "place": None,
        "online": True,
        "lecturers": ["J. Wubben"],
    }
    assert shown["vat"]["rate"] == "exempt"
    assert shown["document"] == "certificate"
    assert shown["places"] == {"capacity": 16, "free": 16, "waiting": 0}
    assert "lecturer_ids" not in shown


async def test_enrolment_for_an_exam_closes_ten_days_before(demo: Running) -> None:
    exam = await offering(demo, "18342")

    assert exam["starts_at"] == "2027-03-26T13:00:00Z"
    assert exam["enrolment_closes_at"] == "2027-03-16T23:00:00Z"


async def test_what_one_accepts_can_be_read_before_and_proved_after(demo: Running) -> None:
    shown = await offering(demo, "4218", "nl")

    policy = (
        await demo.get(shown["conditions"]["policy_url"], headers={"Accept-Language": "nl"})
    ).json()
    terms = (await demo.get(shown["conditions"]["terms_url"])).json()

    assert policy["text"].startswith("Je kunt je op elk moment uitschrijven.")
    assert policy["version"] == shown["conditions"]["policy_version"]
    for each in (policy, terms):
        words = f"{each['texts']['nl']}\0{each['texts']['en']}".encode()
        assert each["text_hash"] == hashlib.sha256(words).hexdigest()


async def test_policies_and_terms_are_listed_in_their_latest_versions(demo: Running) -> None:
    policies = (await demo.get("/v1/policies")).json()
    terms = (await demo.get("/v1/terms")).json()

    assert {each["name"] for each in policies} >= {"Cancellation policy for courses"}
    assert (len(policies), len(terms)) == (5, 2)


async def test_registration_elsewhere_is_said_with_link_and_code(demo: Running) -> None:
    shown = await offering(demo, "19002")

    assert shown["standing"] == "elsewhere"
    assert shown["fee_minor"] is None
    assert shown["elsewhere"] == {
        "system": "Osiris (TU Delft)",
        "foreign_code": "TA-MI-192-17",
        "url": "https://osiris.tudelft.nl/",
    }


async def test_one_offering_stands_in_several_lists(demo: Running) -> None:
    exam = await offering(demo, "18342")

    assert [each["programme"] for each in exam["class_lists"]] == [
        "bsc-computer-science",
        "bsc-computer-science-and-biology",
        "bsc-mathematics",
        "faculty-of-science",
        "msc-computer-science",
        "msc-mathematics",
    ]


async def test_a_number_that_exists_is_a_link_and_one_that_does_not_is_text(
    demo: Running,
) -> None:
    second_year, third_year = await lists(demo, "bsc-computer-science", "2026-2027")

    lecture, unknown = second_year["lines"][0], second_year["lines"][-1]
    assert (lecture["class_number"], lecture["title"]) == ("18341", "Complex Networks")
    assert lecture["offering"]["standing"] == "open"
    assert lecture["heading"] == "Second semester, year 2"
    assert (unknown["class_number"], unknown["activity"], unknown["offering"]) == (
        None,
        "resit",
        None,
    )
    assert (second_year["head"]["study_year"], third_year["head"]["study_year"]) == (2, 3)
    assert second_year["head"]["complete"] is False


async def test_old_years_stay_readable_with_their_revision_dates(demo: Running) -> None:
    [old] = await lists(demo, "bsc-mathematics", "2017-2018")
    bachelor, master = await lists(demo, "faculty-of-science", "2017-2018")

    assert old["head"]["revised_on"] == "2018-01-11"
    assert bachelor["head"]["revised_on"] == "2017-09-18"
    assert [line["title"] for line in bachelor["lines"] + master["lines"]] == [
        "Complex Networks",
        "Keerpunten in de geschiedenis van de natuurwetenschappen",
        "On being a scientist",
        "Science and the Public",
        "Science Methodology",
    ]


async def test_a_programme_without_a_list_says_where_to_look(demo: Running) -> None:
    [physics] = await lists(demo, "bsc-physics", "2017-2018")

    assert physics["head"]["look_elsewhere"] == {
        "text": "Check the Exam Schedule on the Physics information page.",
        "url": "https://www.physics.leidenuniv.nl/",
    }
    assert physics["lines"] == []


async def test_all_eleven_science_minors_are_there_with_their_codes(demo: Running) -> None:
    answer = await demo.get("/v1/programmes?kind=minor&academic_year=2026-2027")

    assert [each["code"] for each in answer.json()["items"]] == [
        "4000MBDNEN",
        "4000MCOADN",
        "4000MDASCN",
        "4000MDONTN",
        "4000MGEORN",
        "4000MHUEVN",
        "4000MMBION",
        "4000MMODDN",
        "4000MQBION",
        "4000MSRBBN",
        "advanced-life-science-and-technology",
    ]
    data_science = answer.json()["items"][2]
    assert data_science["academic_years"] == ["2026-2027", "2017-2018"]
    assert (data_science["lists"][0]["entries"], data_science["lists"][0]["linked"]) == (2, 2)


async def test_programmes_come_in_pages_in_the_order_of_their_kinds(demo: Running) -> None:
    seen: list[str] = []
    path: str | None = "/v1/programmes?limit=10"
    while path:
        answer = (await demo.get(path)).json()
        seen += [each["kind"] for each in answer["items"]]
        path = answer["next"]

    assert seen == (
        ["bachelor"] * 9
        + ["master"] * 11
        + ["minor"] * 11
        + ["honours"]
        + ["specialisation"] * 2
        + ["faculty_wide", "post_experience"]
    )


async def test_a_course_shows_its_offerings(demo: Running) -> None:
    course = (await demo.get("/v1/courses/SC-CN", headers={"Accept-Language": "nl"})).json()

    assert course["subject"]["name"] == "Natuurwetenschappen (studie)"
    assert [(each["class_number"], each["activity"]) for each in course["offerings"]] == [
        ("18341", "lecture"),
        ("18342", "exam"),
        ("18343", "resit"),
    ]


async def test_courses_come_in_the_order_of_their_codes(demo: Running) -> None:
    first = (await demo.get("/v1/courses?limit=20")).json()
    second = (await demo.get(first["next"])).json()
    codes = [each["code"] for each in first["items"] + second["items"]]

    assert len(codes) == 32
    assert codes == sorted(codes)
    assert second["next"] is None


async def test_the_years_are_known(demo: Running) -> None:
    assert (await demo.get("/v1/academic-years")).json() == ["2026-2027", "2017-2018"]


@pytest.mark.parametrize(
    "path",
    [
        f"/v1/offerings/{uuid4()}",
        "/v1/courses/NO-SUCH",
        "/v1/programmes/no-such/lists?academic_year=2026-2027",
        f"/v1/policies/{uuid4()}/versions/1",
        f"/v1/terms/{uuid4()}/versions/1",
    ],
)
async def test_what_is_not_there_is_a_404(demo: Running, path: str) -> None:
    assert (await demo.get(path)).status_code == 404


async def test_a_revised_list_is_read_in_its_new_revision_and_the_old_one_stays(
    catalogue: Running, tmp_path: Path
) -> None:
    text = DEMO.read_text(encoding="utf-8")
    revised = text.replace("revised_on = 2026-11-20", "revised_on = 2026-11-23")

    await import_text(catalogue, text, tmp_path)
    await import_text(catalogue, revised, tmp_path)

    [now] = await lists(catalogue, "msc-computer-science", "2026-2027")
    assert (now["head"]["revision"], now["head"]["revised_on"]) == (2, "2026-11-23")
    assert await catalogue.fetchval("SELECT count(*) FROM class_list_revision") == 82
