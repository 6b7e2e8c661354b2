"""People and apps out of files: all or none, and the same file again changes nothing."""

import argparse
from pathlib import Path
from uuid import UUID

import pytest

from chassis.service import UsageError
from contracts.identity import AccountCorrected, AccountRegistered
from services.identity.app import SERVICE
from services.identity.domain.importing import read_people
from tests.integration.identity.conftest import ROOT
from tests.integration.identity.steps import Identity

DEMO = ROOT / "deploy" / "demo"


async def run(identity: Identity, verb: str, file: Path) -> None:
    await SERVICE.verbs[verb].run(identity.parts, argparse.Namespace(file=file))


async def test_the_people_of_the_demonstration_come_in_once_and_can_log_in(
    identity: Identity, capsys: pytest.CaptureFixture[str]
) -> None:
    await run(identity, "import-people", DEMO / "people.toml")
    await identity.told.wait_for(AccountRegistered, 7)
    await run(identity, "import-people", DEMO / "people.toml")

    await identity.everything_told()
    said = capsys.readouterr().out
    assert "7 new people, 0 changed, 0 as before" in said
    assert "0 new people, 0 changed, 7 as before" in said
    assert len(identity.told.of(AccountRegistered)) == 7
    assert not identity.told.of(AccountCorrected)
    people = {
        each.says.account_id: each.says for each in read_people((DEMO / "people.toml").read_text())
    }
    assert sorted(people) == [UUID(f"0199a000-0000-7000-8000-00000000000{n}") for n in range(1, 8)]
    for person in people.values():
        assert person.password == f"demo-only-{person.mail_address.partition('@')[0]}"
        back = await identity.browser().log_in(person.mail_address, person.password)
        assert back.status_code == 303, person.name
    grants = await identity.fetch("SELECT account_id, role, granted_how FROM role_grant")
    assert {(each["account_id"].int & 0xF, each["role"]) for each in grants} == {
        (1, "office"),
        (2, "finance"),
        (3, "lecturer"),
        (4, "coordinator"),
        (5, "administrator"),
    }


async def test_a_changed_row_corrects_but_never_takes_a_password_back(
    identity: Identity, tmp_path: Path
) -> None:
    file = tmp_path / "people.toml"
    file.write_text(ROW)
    await run(identity, "import-people", file)
    async with identity.parts.db.transaction() as tx:
        await tx.execute("UPDATE own_login SET password_hash = 'hers'")

    file.write_text(ROW.replace("Ada Lovelace", "Ada King") + 'roles = ["office"]\n')
    await run(identity, "import-people", file)

    fact = await identity.told.wait_for(AccountCorrected)
    assert (fact.name, fact.version) == ("Ada King", 2)
    assert await identity.fetchval("SELECT password_hash FROM own_login") == "hers"
    assert await identity.fetchval("SELECT role FROM role_grant") == "office"


async def test_bad_rows_are_all_named_by_their_line_and_nobody_comes_in(
    identity: Identity, tmp_path: Path
) -> None:
    file = tmp_path / "people.toml"
    file.write_text(
        ROW
        + ROW.replace("ada@", "bob").replace("a goose crossed", "short")
        + ROW.replace('language = "en"', 'language = "de"')
        + ROW.replace("affiliation", "afiliation")
    )

    with pytest.raises(UsageError) as refused:
        await run(identity, "import-people", file)

    assert str(refused.value).splitlines() == [
        f"{file}: line 8: mail_address: Enter a mail address with an @, such as noor@example.org",
        f"{file}: line 15: Invalid enum value 'de' - at `$.language`",
        f"{file}: line 22: Object contains unknown field `afiliation`",
        "Nothing was imported.",
    ]
    assert await identity.fetchval("SELECT count(*) FROM account") == 0


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[[person]\n", "no valid TOML"),
        ('[people]\nname = "x"\n', "every row begins with a line [[person]]"),
        ('person = [{name = "x"}]\n', "every row begins with a line [[person]]"),
        ("ROW ROW", "line 8: account_id is that of line 1 already"),
    ],
)
async def test_what_is_no_file_of_people_is_said_so(
    identity: Identity, tmp_path: Path, text: str, said: str
) -> None:
    file = tmp_path / "people.toml"
    file.write_text(text.replace("ROW ", ROW).replace("ROW", ROW))

    with pytest.raises(UsageError) as refused:
        await run(identity, "import-people", file)

    assert said in str(refused.value)


async def test_an_account_that_clashes_stops_the_whole_file(
    identity: Identity, tmp_path: Path
) -> None:
    await identity.register("ada@example.org")
    file = tmp_path / "people.toml"
    file.write_text(
        ROW.replace("000009", "000008").replace("ada@", "bob@") + ROW.replace("ada@", "ADA@")
    )

    with pytest.raises(UsageError, match="line 8: mail_address has another account already"):
        await run(identity, "import-people", file)

    assert await identity.fetchval("SELECT count(*) FROM account") == 1
    with pytest.raises(UsageError, match="cannot be read"):
        await run(identity, "import-people", tmp_path / "nowhere.toml")


async def test_apps_come_in_once_and_can_be_changed(
    identity: Identity, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "clients.toml"
    file.write_text((DEMO / "clients.toml").read_text().replace("Demonstration", "Demo"))

    await run(identity, "import-clients", DEMO / "clients.toml")
    await run(identity, "import-clients", file)

    said = capsys.readouterr().out
    assert "0 new apps, 0 changed, 3 as before" in said
    assert "0 new apps, 1 changed, 2 as before" in said


async def test_a_redirect_that_would_send_codes_anywhere_is_not_registered(
    identity: Identity, tmp_path: Path
) -> None:
    file = tmp_path / "clients.toml"
    file.write_text(
        '[[client]]\nclient_id = "x"\nname = "X"\nkind = "web"\n'
        'redirect_uris = ["https://*.example.org/cb", "http://example.org/cb", "https://x.example/cb#"]\n'
    )

    with pytest.raises(UsageError) as refused:
        await run(identity, "import-clients", file)

    assert len(str(refused.value).splitlines()) == 4


ROW = """\
[[person]]
account_id = "0199a000-0000-7000-8000-000000000009"
name = "Ada Lovelace"
mail_address = "ada@example.org"
password = "a goose crossed the canal"
language = "en"
affiliation = "guest"
"""
