"""What apps and pages do alike: throttle, work beside the loop, then one transaction."""

from services.identity import commands, store
from services.identity.commands.logins import Entry
from services.identity.domain import accounts, mail
from services.identity.domain.accounts import Account, Wish
from services.identity.domain.clients import Client
from services.identity.domain.wrongs import Wrong
from services.identity.edge.browser import new_secret
from services.identity.parts import Parts


async def sign_up(parts: Parts, wish: Wish, *, address: str) -> list[Wrong]:
    """Begin an account; returns what has to be corrected first. The same work whether the address is known or not.

    Raises:
        Refusal: too often from here, or for this mail address.
    """
    wrongs = accounts.wrongs_of(wish)
    if wrongs:
        return wrongs
    parts.throttles.send_mail(mail.key_of(wish.mail_address), address)
    password_hash = await parts.passwords.hash(wish.password)
    async with parts.db.transaction() as tx:
        await commands.accounts.sign_up(
            tx,
            wish,
            password_hash=password_hash,
            settings=parts.settings,
            now=parts.clock.now(),
        )
    return []


async def verify_mail_address(parts: Parts, token: str, *, address: str) -> Account:
    """Make the account whose mail address a link proves.

    Raises:
        Refusal: the link is no good, or too often from here.
    """
    parts.throttles.address.take(address)
    async with parts.db.transaction() as tx:
        return await commands.accounts.verify_mail_address(tx, token, now=parts.clock.now())


async def request_password_reset(parts: Parts, mail_address: str, *, address: str) -> list[Wrong]:
    """Send a link to a new password if there is an account; returns what has to be corrected first.

    Raises:
        Refusal: too often from here, or for this mail address.
    """
    if not mail.is_address(mail_address.strip()):
        return [Wrong("mail_address", mail.NO_ADDRESS)]
    parts.throttles.send_mail(mail.key_of(mail_address), address)
    async with parts.db.transaction() as tx:
        await commands.accounts.request_password_reset(
            tx, mail_address, settings=parts.settings, now=parts.clock.now()
        )
    return []


async def reset_password(parts: Parts, token: str, password: str, *, address: str) -> list[Wrong]:
    """Set a new password; returns what has to be corrected first.

    Raises:
        Refusal: the link is no good, or too often from here.
    """
    parts.throttles.address.take(address)
    async with parts.db.reading() as connection:
        account = await commands.accounts.get_usable_reset(connection, token, now=parts.clock.now())
    wrong = accounts.wrong_password(password, mail_address=account.mail_address, name=account.name)
    if wrong is not None:
        return [wrong]
    password_hash = await parts.passwords.hash(password)
    async with parts.db.transaction() as tx:
        await commands.accounts.reset_password(
            tx, token, password_hash=password_hash, now=parts.clock.now()
        )
    return []


async def log_in(
    parts: Parts, mail_address: str, password: str, *, former_cookie: str, address: str
) -> Entry | None:
    """Log somebody in, or as far as their second step; None if address and password do not fit.

    Raises:
        Refusal: too often.
    """
    key = mail.key_of(mail_address)
    parts.throttles.log_in(key, address)
    async with parts.db.reading() as connection:
        login = await store.accounts.find_own_login(connection, key)
    fit = await parts.passwords.check(password, login.password_hash if login else None)
    if login is None or not fit.fits:
        return None
    cookie = new_secret()
    async with parts.db.transaction() as tx:
        entry = await commands.logins.log_in(
            tx,
            login,
            cookie=cookie,
            former_cookie=former_cookie,
            settings=parts.settings,
            now=parts.clock.now(),
        )
    if fit.newer_hash is not None:
        # Apart: under the lock that logging in holds, two who log in at once would block each other.
        async with parts.db.transaction() as tx:
            await store.accounts.replace_hash(tx, login, fit.newer_hash)
    return entry


async def client_of(parts: Parts, client_id: str) -> Client | None:
    """An app by the id that somebody gave."""
    if not client_id.isprintable():
        return None  # PostgreSQL keeps no NUL, so it cannot even be asked for one.
    async with parts.db.reading() as connection:
        return await store.clients.get_client(connection, client_id)
