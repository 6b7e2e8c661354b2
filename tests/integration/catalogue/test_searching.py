"""Finding offerings, without logging in."""

from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest

from tests.support.running import Running


@pytest.fixture(autouse=True)
def today(demo: Running) -> None:
    """10 March 2027: six of the forty offerings are over."""
    demo.clock.set(datetime(2027, 3, 10, 13, 0, tzinfo=UTC))


async def search(demo: Running, language: str = "en", **query: Any) -> dict[str, Any]:
    answer = await demo.http.get(
        "/v1/offerings", params=query, headers={"Accept-Language": language}
    )
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def numbers(found: dict[str, Any]) -> list[str]:
    return [each["class_number"] for each in found["items"]]


@pytest.mark.parametrize(
    ("words", "first"),
    [
        ("wetenschappelijk schrijven", "4311"),
        ("wetenschaplijk", "4311"),
        ("academic writng", "4218"),
        ("statistics refresher", "4326"),
        ("opfriscursus statistiek", "4326"),
        ("statistische modellen", "4326"),
        ("francaise", "4307"),
        ("française", "4307"),
        ("helene gerard", "4307"),
        ("mcallister", "4218"),
        ("LC-EN-AW-C1", "4218"),
        ("4218", "4218"),
        ("TA-MI-192-17", "19002"),
        ("4000MGEORN", "19002"),
        ("netwrok practical", "18311"),
        ("teaching the", "4341"),
        ("onderwij", "4341"),
    ],
)
async def test_words_find_what_is_meant(demo: Running, words: str, first: str) -> None:
    assert numbers(await search(demo, words=words))[0] == first


async def test_a_word_that_nobody_uses_is_said_with_what_was_looked_for_as_well(
    demo: Running,
) -> None:
    found = await search(demo, words="wetenschaplijk schrijven")

    assert found["similar"] == {"wetenschaplijk": "wetenschappelijk"}
    assert numbers(found)[0] == "4311"


async def test_nothing_is_found_where_nothing_is(demo: Running) -> None:
    found = await search(demo, words="quetzalcoatl")

    assert (found["items"], found["total"], found["next"]) == ([], 0, None)


async def test_titles_are_in_the_readers_language(demo: Running) -> None:
    in_dutch = await search(demo, "nl-NL", class_number="4322")
    in_english = await search(demo, class_number="4322")

    assert in_dutch["items"][0]["title"] == "Datavisualisatie met Python"
    assert in_dutch["items"][0]["subject"]["name"] == "Data en informatica"
    assert in_english["items"][0]["title"] == "Data visualisation with Python"


async def test_pages_show_everything_once_in_order(demo: Running) -> None:
    for sort in ("start", "price", "best"):
        seen: list[dict[str, Any]] = []
        path: str | None = f"/v1/offerings?academic_year=2026-2027&limit=7&sort={sort}"
        while path:
            answer = await demo.get(path)
            seen += answer.json()["items"]
            path = answer.json()["next"]
            link = answer.headers.get("link")
            assert link == (f'<{path}>; rel="next"' if path else None)

        assert len(seen) == 40
        assert len({each["offering_id"] for each in seen}) == 40
        if sort == "price":
            fees = [2**31 if each["fee_minor"] is None else each["fee_minor"] for each in seen]
            assert fees == sorted(fees)
        else:
            starts = [each["starts_at"] for each in seen]
            assert starts == sorted(starts)


async def test_pages_of_words_go_on_where_they_ended(demo: Running) -> None:
    whole = numbers(await search(demo, words="onderzoek", limit=100))

    first = await demo.get("/v1/offerings?words=onderzoek&limit=5")
    second = await demo.get(first.json()["next"])

    assert numbers(first.json()) + numbers(second.json()) == whole[:10]
    assert second.json()["facets"] is None


async def test_a_cursor_that_is_not_ours_is_refused(demo: Running) -> None:
    answer = await demo.get("/v1/offerings?cursor=eA")

    assert answer.status_code == 422
    assert answer.json()["errors"][0]["parameter"] == "cursor"


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"subject": "leadership"}, ["4351"]),
        ({"subject": ["leadership", "teaching"]}, ["4351", "4341"]),
        ({"level": ["C1", "A1"]}, ["4301", "4218"]),
        ({"taught_in": "nl", "activity": "resit"}, ["18151"]),
        ({"activity": "research_project"}, ["18400", "18420"]),
        ({"class_number": "18342", "academic_year": "2026-2027"}, ["18342"]),
        ({"class_number": "18342", "academic_year": "2017-2018"}, []),
        (
            {"starts_from": "2027-04-22", "starts_until": "2027-05-03", "activity": "course"},
            ["4322", "4326"],
        ),
        ({"max_price_minor": 14999, "activity": "course"}, ["4330", "4361"]),
    ],
)
async def test_a_search_is_narrowed(
    demo: Running, query: dict[str, Any], expected: list[str]
) -> None:
    assert numbers(await search(demo, **query)) == expected


async def test_what_is_over_is_left_out_unless_it_is_asked_for(demo: Running) -> None:
    demo.clock.set(datetime(2027, 7, 1, 12, 0, tzinfo=UTC))

    everything = await search(demo, activity="course")
    of_the_year = await search(demo, activity="course", academic_year="2026-2027")

    assert numbers(everything) == ["4330", "19002", "19001"]
    assert of_the_year["total"] == 16


async def test_the_price_is_that_of_who_asks(demo: Running) -> None:
    async def fee(affiliation: str | None) -> tuple[int, int]:
        person = uuid4() if affiliation else None
        options = {"affiliation": affiliation} if affiliation else {}
        path = "/v1/offerings?class_number=4218"
        listed = (await demo.get(path, person, **options)).json()["items"][0]
        one = await demo.get(f"/v1/offerings/{listed['offering_id']}", person, **options)
        return listed["fee_minor"], one.json()["fee_minor"]

    assert await fee(None) == (42000, 42000)
    assert await fee("guest") == (42000, 42000)
    assert await fee("staff") == (29500, 29500)
    assert await fee("student") == (19500, 19500)


async def test_free_means_free_for_who_asks(demo: Running) -> None:
    path = "/v1/offerings?max_price_minor=0&subject=data-and-computing"

    anybody = await demo.get(path)
    staff = await demo.get(path, uuid4(), affiliation="staff")

    assert numbers(anybody.json()) == []
    assert numbers(staff.json()) == ["4324"]


async def test_a_facet_says_what_another_choice_would_find(demo: Running) -> None:
    found = await search(demo, "nl", activity="course", subject="languages", level="C1")
    facets = found["facets"]

    assert found["total"] == 1
    assert facets["subject"] == [{"value": "languages", "name": "Talen", "offerings": 1}]
    assert [(each["value"], each["offerings"]) for each in facets["level"]] == [
        ("A1", 1),
        ("A2", 1),
        ("C1", 1),
        ("advanced", 1),
    ]
    assert [(each["value"], each["offerings"]) for each in facets["taught_in"]] == [("en", 1)]


async def test_facets_count_what_the_pages_show(demo: Running) -> None:
    everything = await search(demo)

    for facet in ("subject", "taught_in", "activity"):
        for each in everything["facets"][facet]:
            narrowed = await search(demo, **{facet: each["value"]})
            assert narrowed["total"] == each["offerings"]
    assert everything["total"] == 34


async def test_whoever_has_it_already_is_told_so(demo: Running) -> None:
    first = await demo.get("/v1/offerings?subject=teaching")

    again = await demo.get(
        "/v1/offerings?subject=teaching", headers={"If-None-Match": first.headers["etag"]}
    )

    assert (again.status_code, again.content) == (304, b"")


async def test_where_a_session_is_online_is_on_no_public_page(demo: Running) -> None:
    found = await search(demo, limit=100)
    pages = [f"/v1/offerings/{each['offering_id']}" for each in found["items"]]
    pages += [f"/v1/courses/{each['course_code']}" for each in found["items"]]
    pages += ["/v1/offerings?limit=100", "/v1/courses", "/v1/programmes?academic_year=2026-2027"]

    for page in pages:
        answer = await demo.get(page, uuid4())
        assert answer.status_code == 200
        assert "meet.university.example" not in answer.text
        assert "0199a000-0000" not in answer.text


@pytest.mark.parametrize(
    "query",
    [
        "level=Z9",
        "sort=random",
        "limit=101",
        "academic_year=2027",
        "starts_from=soon",
        "max_price_minor=-1",
        "activity=sleeping",
        f"words={'x' * 201}",
    ],
)
async def test_a_parameter_that_cannot_be_is_named(demo: Running, query: str) -> None:
    answer = await demo.get(f"/v1/offerings?{query}")

    assert answer.status_code == 422
    assert answer.json()["errors"][0]["parameter"] == query.partition("=")[0]


async def test_whatever_is_typed_is_answered(demo: Running) -> None:
    for typed in (
        "'",
        '"',
        "\\",
        "%",
        "a & b | !c",
        ":*",
        "(((",
        "🌍",
        "\u0000",
        "<->",
        "de het een",
    ):
        answer = await demo.http.get("/v1/offerings", params={"words": typed})
        assert answer.status_code == 200, typed
