"""`make token WHO=noor`: an access token of a demonstration person, for trying edges with curl."""

import asyncio
import sys
from pathlib import Path

import httpx

from deploy.demo.people import Person, demo_people
from deploy.local.system import find_running


def main() -> None:
    """Log in as somebody and print the token."""
    if len(sys.argv) != 3:  # noqa: PLR2004 - the program's name, a folder, a person.
        sys.exit("Usage: python -m deploy.demo.token FOLDER PERSON")
    sys.exit(asyncio.run(print_token(Path(sys.argv[1]).absolute(), sys.argv[2])))


async def print_token(folder: Path, who: str) -> int:
    """Log in with a browser's forms, as people do. Returns the exit code."""
    people = demo_people()
    if who not in people:
        sys.stderr.write(f"{who!r} is nobody of the demonstration; they are {', '.join(people)}.\n")
        return 2
    running = await find_running(folder)
    if running is None:
        sys.stderr.write("Nothing runs there. Start it with `make run` in another terminal.\n")
        return 2
    told = people[who]
    async with httpx.AsyncClient() as http:
        person = Person(running, told["mail_address"], told["password"], http)
        await person.log_in()
        print(person.access_token)
    return 0


main()
