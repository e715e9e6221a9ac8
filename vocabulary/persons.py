"""Columns of registers that hold persons, told by their names: what an agency ties no post to."""

import re
import unicodedata
from collections.abc import Sequence


def _words(written: str) -> frozenset[str]:
    return frozenset(written.split())


_TABLE = {
    "date of birth": """
        date of birth; dob; d o b; birth date; birthdate; birthday; geburtsdatum; geburtstag;
        date de naissance; fecha de nacimiento; data di nascita; data de nascimento;
        geboortedatum; data urodzenia; dyddiad geni
    """,
    "personal number": """
        national insurance number; national insurance no; ni number; nino; ssn; social security;
        social security number; nhs number; passport number; passport no; driving licence number;
        employee id; employee number; employee no; staff number; staff no; staff id; payroll number;
        patient id; patient number; pesel; bsn; dni; codice fiscale; personnummer; steuer id
    """,
    "family": """
        marital status; next of kin; spouse; familienstand; situation familiale; estado civil
    """,
    "first name": """
        first name; firstname; first names; forename; forenames; given name; given names;
        christian name; fname; vorname; prénom; prenom; voornaam; imię; imie; enw cyntaf
    """,
    "surname": """
        last name; lastname; surname; family name; lname; second name; nachname; familienname;
        nom de famille; apellido; apellidos; cognome; apelido; achternaam; nazwisko; cyfenw
    """,
    "person": """
        councillor; councillors; employee; staff name; staff member; person; patient; applicant;
        tenant; full name; fullname; name and surname; chief executive; safeguarding lead;
        designated safeguarding lead; senco
    """,
    "sex": "gender; sex; geschlecht; sexe; sexo; sesso; geslacht; płeć; plec; rhywedd",
    "nationality": "nationality; citizenship; staatsangehörigkeit; nationalité; nacionalidad",
    "age": "age; alter; âge; edad; età; leeftijd; wiek; oed",
}
_PLAIN = ("date of birth", "personal number", "family")
"""One of these is enough; of the others two, because schools have a sex and trees an age."""
_PERSONS = _words("""
    contact manager headteacher teacher chairman chairwoman chairperson caretaker warden person
    councillor cllr applicant ansprechpartner ansprechpartnerin kontakt kontaktperson contactpersoon
    contacto contatto leiter leiterin leiters inhaber inhaberin geschäftsführer geschäftsführerin
    directeur directrice responsable gérant gérante titulaire directora responsabile dyrektor
    dyrektora kierownik właściciel pennaeth
""")
"""These hold persons wherever they stand in the name of a column."""
_ROLES = _words("""
    owner director clerk secretary treasurer officer trustee holder licensee employee individual
    supervisor agent landlord landlady proprietor donor governor driver leaseholder lessee occupier
    tenant keeper guardian mother father spouse partner member doctor gp patient registrant
    coordinator principal head chair staff
""")
"""These hold persons where they say what stands in the column, as the last word before "name"."""
_OFFICES = _words("head chair principal staff secretary director partner member")
"""Of the roles, those that are things, offices or counts where anything stands before them."""
_COUNTED = _words("employees teachers staffs patients persons members partners tenants drivers")
"""Where many are told by one word it is how many they are."""
_PARTS_OF_NAMES = _words("""
    forename forenames surname vorname nachname familienname prénom prenom apellido apellidos
    cognome nazwisko nazwisk imię achternaam voornaam cyfenw
""")
_EMAILS = _words("email emails correo courriel ebost")
_REACHES = _words("""
    mail mails phone phones telephone telephones tel mobile mobiles cell fax whatsapp handynummer
    handy telefon telefax telefonnummer téléphone teléfono ffôn
""")
"""Also what is no number: mobile homes, phone boxes."""
_BESIDE_NUMBERS = _words("""
    e number numbers no nr num main day daytime evening night work home office business private
    personal contact emergency ext extension 1 2 3
""")
_NO_PERSON = _words("""
    type kind status ratio count counts numbers total url website page organisation organization
    office centre center company school firm body authority practice department service services
    group
""")
_WORD = re.compile(r"[^\W_]+")
_HUMP = re.compile(r"(?<=[a-zß-öø-ÿ])(?=[A-ZÀ-ÖØ-Þ])")
_NAME_OF = re.compile(r"(?:names? of (?:the )?)?(.*?)(?: names?)?(?: \d)?")
_HEAD_OF = re.compile(r"(?:head|chair|director|leader) of\b")
_PART_OF_A_NAME = re.compile(r"\b(?:first|last|given|family|middle|christian) ?names?\b")
_NUMBER_OF = re.compile(r"(?:number|no|total) of\b")


def _plain(column: str) -> str:
    spaced = unicodedata.normalize("NFKC", _HUMP.sub(" ", column)).casefold()
    return " ".join(_WORD.findall(spaced))


_SIGN_OF = {
    _plain(name): sign
    for sign, names in _TABLE.items()
    for name in names.split(";")
    if name.strip()
}


def signs_of_persons(columns: Sequence[str], name: str) -> list[str]:
    """Return the columns that say that the rows are people; none where they do not plainly.

    `name` is the column that names a row.
    """
    signs = {column: sign for column in columns if (sign := _SIGN_OF.get(_plain(column)))}
    is_plain = any(sign in _PLAIN for sign in signs.values())
    is_named_so = signs.get(name) in ("first name", "surname", "person")
    return list(signs) if is_plain or is_named_so or len(set(signs.values())) > 1 else []


def holds_persons(column: str) -> bool:
    """Return whether a column holds persons, or how to reach them: a manager, an e-mail address."""
    plain = _plain(column)
    if plain in _SIGN_OF:
        return _SIGN_OF[plain] not in ("sex", "age")
    words = plain.split()
    is_part = _PART_OF_A_NAME.search(plain) or not _PARTS_OF_NAMES.isdisjoint(words)
    is_reached = not _EMAILS.isdisjoint(words) or _reaches(words)
    return bool(is_part) or is_reached or _is_of_a_role(plain)


def _reaches(words: Sequence[str]) -> bool:
    """Return whether these words are of a telephone number or another way to reach somebody."""
    found = _REACHES.intersection(words)
    others = set(words) - found - _PERSONS - _ROLES - _BESIDE_NUMBERS
    return bool(found) and (not others or words[-1] in found - {"cell"})


def _is_of_a_role(plain: str) -> bool:
    words = plain.split()
    if _HEAD_OF.match(plain):
        return True
    if _NUMBER_OF.match(plain) or not _NO_PERSON.isdisjoint(words[-1:]):
        return False
    if not _PERSONS.isdisjoint(map(_singular, words)):
        return _NO_PERSON.isdisjoint(words)
    named = _NAME_OF.fullmatch(plain)
    core = [word for word in (named[1] if named else plain).split() if word != "s"]
    if not core or core[-1] in _COUNTED:
        return False
    role = _singular(core[-1])
    is_alone = len(core) == 1 or role not in _OFFICES or len(words) > len(core)
    return role in _ROLES and is_alone


def _singular(word: str) -> str:
    return word if word in _COUNTED else word.removesuffix("s")
