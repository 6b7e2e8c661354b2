"""Every page by its address, in both languages and three widths, light and dark."""

import re

import pytest

from deploy.local.system import System
from tests.browser.conftest import Language, Sit
from tests.browser.looking import SIZES, look
from tests.browser.places import PLACES, Place


@pytest.mark.parametrize("language", ["en", "nl"])
@pytest.mark.parametrize("place", PLACES, ids=lambda place: place.name)
async def test_a_page_holds_what_the_design_promises(
    sit: Sit, system: System, courses: dict[str, str], place: Place, language: Language
) -> None:
    path = re.sub(r"\{course:(.*?)\}", lambda title: courses[title[1]], place.path)
    if place.at_identity:
        url = system.addresses.service("identity") + path
    else:
        url = f"{system.addresses.portal}/{language}{path}"
    for width in SIZES:
        watched = await sit(language=language, who=place.who, width=width)
        await watched.page.goto(url)
        assert await watched.page.locator("html").get_attribute("lang") == language
        await look(watched, f"{place.name}-{language}", sizes=[width])
