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
LOGIN_NOT_BEGUN_HERE = Problem(
    "login-not-begun-here",
    Kind.CONFLICT,
    title=Translated(nl="Deze inlogpoging is voorbij", en="This attempt to log in is over"),
    detail=Translated(
        nl="Hij begon in een andere browser of te lang geleden, of is al gebruikt. Er is niets gewijzigd. "
        "Log opnieuw in.",
        en="It began in another browser or too long ago, or has been used. Nothing was changed. Log in again.",
    ),
)
PROVIDER_UNKNOWN = Problem(
    "login-provider-unknown",
    Kind.NOT_FOUND,
    title=Translated(nl="Deze manier van inloggen is er niet", en="There is no such way to log in"),
    detail=Translated(
        nl="Kies een manier van de inlogpagina.", en="Choose one of those on the login page."
    ),
)
PROVIDER_AWAY = Problem(
    "login-provider-away",
    Kind.UNAVAILABLE,
    title=Translated(
        nl="Zo inloggen lukt nu even niet", en="Logging in this way does not work right now"
    ),
    detail=Translated(
        nl="{provider} is niet te bereiken. Probeer het over een paar minuten opnieuw, "
        "of log op een andere manier in.",
        en="{provider} cannot be reached. Try again in a few minutes, or log in another way.",
    ),
)
PROVIDER_REFUSED = Problem(
    "login-provider-refused",
    Kind.FORBIDDEN,
    title=Translated(nl="Je bent niet ingelogd", en="You are not logged in"),
    detail=Translated(
        nl="Het inloggen bij {provider} is afgebroken of geweigerd. Probeer het opnieuw, "
        "of log op een andere manier in.",
        en="Logging in at {provider} was cancelled or refused. Try again, or log in another way.",
    ),
)
LOGIN_NOT_PROVED = Problem(
    "login-not-proved",
    Kind.FORBIDDEN,
    title=Translated(nl="We konden niet nagaan wie je bent", en="We could not check who you are"),
    detail=Translated(
        nl="Het antwoord van {provider} klopt niet, dus ben je niet ingelogd. Probeer het opnieuw. "
        "Blijft het zo, meld het dan de administratie.",
        en="The answer of {provider} is not right, so you are not logged in. Try again. "
        "If it stays like this, tell the office.",
    ),
)
LOGIN_HAS_ACCOUNT = Problem(
    "login-has-account",
    Kind.CONFLICT,
    title=Translated(
        nl="Deze manier van inloggen hoort al bij een ander account",
        en="This login belongs to another account already",
    ),
    detail=Translated(
        nl="Wat in dat account staat kan niet worden verplaatst, dus is er niets gewijzigd. Wil je verder met "
        "dit account? Log dan in op het andere, geef het daar een andere manier van inloggen, en maak deze los. "
        "Daarna kun je haar hier toevoegen.",
        en="What is in that account cannot be moved, so nothing was changed. To go on with this account, log in "
        "to the other one, give it another login there, and separate this one. Then you can add it here.",
    ),
)
OWN_LOGIN_IS_THERE = Problem(
    "own-login-is-there",
    Kind.CONFLICT,
    title=Translated(
        nl="Dit account heeft al een mailadres en wachtwoord",
        en="This account has a mail address and a password already",
    ),
    detail=Translated(
        nl="Maak die eerst los als je met een ander mailadres wilt inloggen.",
        en="Separate them first if you want to log in with another mail address.",
    ),
)
NO_SUCH_LOGIN = Problem(
    "no-such-login",
    Kind.NOT_FOUND,
    title=Translated(nl="Deze manier van inloggen is er niet", en="There is no such login"),
    detail=Translated(
        nl="Misschien is ze al losgemaakt. Bekijk de lijst opnieuw.",
        en="It may have been separated already. Look at the list again.",
    ),
)
LAST_LOGIN = Problem(
    "last-login",
    Kind.CONFLICT,
    title=Translated(nl="Dit is je enige manier van inloggen", en="This is your only login"),
    detail=Translated(
        nl="Zonder haar kom je niet meer in je account. Voeg eerst een andere toe.",
        en="Without it you could not get into your account any more. Add another one first.",
    ),
)
LOGIN_NOT_FRESH = Problem(
    "login-not-fresh",
    Kind.FORBIDDEN,
    title=Translated(nl="Log eerst opnieuw in", en="Log in again first"),
    detail=Translated(
        nl="Wie de manieren van inloggen wijzigt of gegevens laat wissen, moet in de laatste {minutes} minuten "
        "zijn ingelogd.",
        en="Whoever changes how one logs in, or has data erased, must have logged in within the last {minutes} "
        "minutes.",
    ),
)
SECOND_STEP_IS_ON = Problem(
    "second-step-is-on",
    Kind.CONFLICT,
    title=Translated(nl="De tweede stap staat al aan", en="The second step is on already"),
    detail=Translated(
        nl="Zet hem eerst uit als je een andere app wilt gebruiken.",
        en="Turn it off first if you want to use another app.",
    ),
)
NO_SECOND_STEP = Problem(
    "no-second-step",
    Kind.CONFLICT,
    title=Translated(nl="Er is nog geen tweede stap", en="There is no second step yet"),
    detail=Translated(
        nl="Begin opnieuw met instellen; er is niets gewijzigd.",
        en="Begin to set it up again; nothing was changed.",
    ),
)
NO_ERASURE = Problem(
    "no-erasure",
    Kind.NOT_FOUND,
    title=Translated(
        nl="Er is geen verzoek om je gegevens te wissen",
        en="There is no request to erase your data",
    ),
    detail=Translated(
        nl="Je hebt er geen gedaan, of het is ingetrokken. Er is niets gewist.",
        en="You have not made one, or it was taken back. Nothing was erased.",
    ),
)
ERASURE_BEGUN = Problem(
    "erasure-begun",
    Kind.CONFLICT,
    title=Translated(nl="Je gegevens worden al gewist", en="Your data are being erased already"),
    detail=Translated(
        nl="Het verzoek kan niet meer worden ingetrokken. Je kunt altijd een nieuw account maken.",
        en="The request cannot be taken back any more. You can make a new account at any time.",
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


PASSKEY_NOT_ACCEPTED = Problem(
    "passkey-not-accepted",
    Kind.FORBIDDEN,
    title=Translated(nl="Deze passkey werkt hier niet", en="This passkey does not work here"),
    detail=Translated(
        nl="Misschien is hij verwijderd, hoort hij bij een ander account, of vroeg je apparaat niet om vinger, "
        "gezicht of pincode. Probeer het nog eens, of log in met je wachtwoord.",
        en="It may have been removed, belong to another account, or your device did not ask for a finger, "
        "a face or a PIN. Try once more, or log in with your password.",
    ),
)
PASSKEY_TOO_LATE = Problem(
    "passkey-too-late",
    Kind.CONFLICT,
    title=Translated(nl="Dit duurde te lang", en="This took too long"),
    detail=Translated(
        nl="Een antwoord van je apparaat geldt vijf minuten en één keer. Er is niets gewijzigd; begin opnieuw.",
        en="An answer of your device is good for five minutes, and once. Nothing was changed; begin again.",
    ),
)
PASSKEY_IS_COPIED = Problem(
    "passkey-is-copied",
    Kind.FORBIDDEN,
    title=Translated(
        nl="Deze passkey is misschien gekopieerd", en="This passkey may have been copied"
    ),
    detail=Translated(
        nl="Het apparaat telt minder keren dan wij, dus misschien is er nog een. Je bent niet ingelogd. Log in met "
        "je wachtwoord, verwijder deze passkey en voeg een nieuwe toe.",
        en="The device counts fewer times than we do, so there may be another one. You are not logged in. Log in "
        "with your password, remove this passkey and add a new one.",
    ),
)
PASSKEY_IS_KNOWN = Problem(
    "passkey-is-known",
    Kind.CONFLICT,
    title=Translated(nl="Deze passkey bestaat al", en="This passkey exists already"),
    detail=Translated(
        nl="Dit apparaat heeft al een passkey voor de Course Portal. Er is niets gewijzigd.",
        en="This device has a passkey for the Course Portal already. Nothing was changed.",
    ),
)
TOO_MANY_PASSKEYS = Problem(
    "too-many-passkeys",
    Kind.CONFLICT,
    title=Translated(nl="Je hebt al veel passkeys", en="You have many passkeys already"),
    detail=Translated(
        nl="Een account heeft er hoogstens {most}. Verwijder er eerst een die je niet meer gebruikt.",
        en="An account has {most} at most. Remove one first that you do not use any more.",
    ),
)
PASSKEYS_NOT_OFFERED = Problem(
    "passkeys-not-offered",
    Kind.CONFLICT,
    title=Translated(nl="Passkeys werken hier niet", en="Passkeys do not work here"),
    detail=Translated(
        nl="Ze horen bij een domeinnaam, en dit adres heeft er geen. Log in met je wachtwoord.",
        en="They belong to a domain name, and this address has none. Log in with your password.",
    ),
)
