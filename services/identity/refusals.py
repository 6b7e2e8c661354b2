"""Why identity says no, and what the person can do about it."""

from chassis.refusals import Kind, Problem
from contracts.fact import Translated

LINK_UNKNOWN = Problem(
    "link-unknown",
    Kind.NOT_FOUND,
    title=Translated(nl="Deze link is niet van ons", en="We do not know this link"),
    detail=Translated(
        nl="Misschien is hij niet in zijn geheel gekopieerd. Open hem uit de mail, of vraag een nieuwe aan.",
        en="It may not have been copied whole. Open it from the mail, or ask for a new one.",
    ),
)
LINK_USED = Problem(
    "link-used",
    Kind.CONFLICT,
    title=Translated(nl="Deze link is al gebruikt", en="This link has been used"),
    detail=Translated(
        nl="Dat was op {used_at}. Log in, of vraag een nieuwe link aan.",
        en="That was on {used_at}. Log in, or ask for a new link.",
    ),
)
LINK_EXPIRED = Problem(
    "link-expired",
    Kind.CONFLICT,
    title=Translated(nl="Deze link is verlopen", en="This link has expired"),
    detail=Translated(
        nl="Hij was geldig tot {expired_at}. Vraag een nieuwe aan; er is niets gewijzigd.",
        en="It was good until {expired_at}. Ask for a new one; nothing was changed.",
    ),
)
MAIL_ADDRESS_TAKEN = Problem(
    "mail-address-taken",
    Kind.CONFLICT,
    title=Translated(
        nl="Dit mailadres heeft al een account", en="This mail address has an account already"
    ),
    detail=Translated(
        nl="Je hebt het eerder bevestigd, met een andere link. Log in met het wachtwoord van toen.",
        en="You confirmed it before, with another link. Log in with the password of that time.",
    ),
)
FORM_OUT_OF_DATE = Problem(
    "form-out-of-date",
    Kind.FORBIDDEN,
    title=Translated(nl="Dit formulier is niet meer geldig", en="This form is out of date"),
    detail=Translated(
        nl="Het werd niet vanaf onze pagina in deze browser verstuurd, of die staat geen cookies toe. "
        "Er is niets gewijzigd. Open de pagina opnieuw en vul haar nog eens in.",
        en="It was not sent from our page in this browser, or the browser allows no cookies. "
        "Nothing was changed. Open the page again and fill it in once more.",
    ),
)
APP_UNKNOWN = Problem(
    "app-unknown",
    Kind.INVALID,
    title=Translated(
        nl="We kennen de app niet die je liet inloggen",
        en="We do not know the app that sent you to log in",
    ),
    detail=Translated(
        nl="Er ging iets mis in de app, niet bij jou: {what}. Ga terug, probeer het opnieuw, "
        "of meld het de maker van de app.",
        en="Something went wrong in the app, not on your side: {what}. Go back and try again, "
        "or tell the makers of the app.",
    ),
)
NO_SUCH_PERSON = Problem(
    "no-such-person",
    Kind.NOT_FOUND,
    title=Translated(nl="Deze persoon is er niet", en="There is no such person"),
    detail=Translated(
        nl="Niemand heeft een account met dit nummer. Zoek op naam of mailadres.",
        en="Nobody has an account with this id. Search by name or mail address.",
    ),
)
OPENID_NOT_GRANTED = Problem(
    "openid-not-granted",
    Kind.FORBIDDEN,
    title=Translated(nl="De app mag niet weten wie je bent", en="The app may not know who you are"),
    detail=Translated(
        nl="Laat opnieuw inloggen met `openid` in `scope`.",
        en="Let the person log in again with `openid` in `scope`.",
    ),
)
LEARNER_IS_EVERYBODY = Problem(
    "learner-is-everybody",
    Kind.INVALID,
    title=Translated(nl="Iedereen is deelnemer", en="Everybody is a learner"),
    detail=Translated(
        nl="Deze rol hoort bij ieder account; hij wordt niet gegeven of afgenomen.",
        en="This role comes with every account; it is neither granted nor taken away.",
    ),
)
LAST_ADMINISTRATOR = Problem(
    "last-administrator",
    Kind.CONFLICT,
    title=Translated(nl="Dit is de laatste beheerder", en="This is the last administrator"),
    detail=Translated(
        nl="Zonder beheerder kan niemand meer rollen geven. Maak eerst iemand anders beheerder.",
        en="Without one nobody can grant roles any more. Make somebody else an administrator first.",
    ),
)


class Denied(Exception):
    """What an app is told in its own protocol: an error of RFC 6749, 4.1.2.1 or 5.2, and an English sentence."""

    def __init__(self, error: str, description: str) -> None:
        super().__init__(error)
        self.error = error
        self.description = description
