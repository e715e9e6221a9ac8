"""Words that tell the name of a place or thing from words that only look like it."""

from transforms.street_words import ENGLISH_STREETS


def _words(written: str) -> frozenset[str]:
    return frozenset(written.split())


SAME_WORDS = {
    variant: words[0]
    for words in (
        line.split()
        for line in """
            street st saint sankt
            avenue ave av
            road rd
            lane ln
            square sq
            close cl
            drive dr
            centre center ctr
            theatre theater
            harbour harbor
            house hse
            hospital hosp
            international intl
            national natl
            university univ uni
            department dept
            government govt
            association assoc
            community comm
            primary prim
            school sch
            station stn
            mount mt
            brothers bros
            straße strasse str
        """.splitlines()
        if line.strip()
    )
    for variant in words[1:]
}
"""Words that are written in several ways, and the one that stands for all of them."""
LEGAL = _words("""
    ab afc ag as bv co company corp corporation fc gmbh inc incorporated kg limited llc llp ltd nv
    oy plc sa sas se srl
""")
"""Legal forms, which nobody says."""
ARTICLES = _words("the y yr le la les el los las der die das de het")
"""A name of one more word is a name of one word."""
INDEFINITE = _words("""
    a an another any each every many my no several some these those two your his her their
    ein eine einen einem einer kein keine jede jeder jedes mein meine
    un une chaque mon ma mes una unos unas cada mi uno ogni een elke geen mijn pob jakiś każdy
""")
"""In front of words in small letters these say that no name is meant: "a slow bridge"."""
PERSONS = _words("""
    mr mrs ms miss mx dr prof professor sir lady lord dame rev cllr councillor councilor aunt auntie
    uncle nurse herr frau monsieur madame mme mlle señor señora sr sra pan pani queen king prince
    princess duke duchess earl baron baroness emperor empress tsar pope bishop archbishop cardinal
    saint st sankt santa saints captain colonel sergeant lieutenant admiral judge
""")
"""In front of a name of one word these say that it is a person's."""
STREETS = _words(ENGLISH_STREETS)
"""Behind a name these say that it is a street's."""
WITHIN = _words("in at near yn w we à au en i te")
"""What stands between a thing and the place where it is."""
OWNERS = _words("my your his her its our their")
"""Behind a name in small letters these say that its last word is a verb: tides reach their peak."""
COMPOUNDS = frozenset({("bank", "holiday"), ("bank", "holidays"), ("home", "game")})
"""The last word of a name and the one behind it that belong together."""
NAMING = _words("""
    royal national international british english scottish welsh irish american european german
    upper lower north south east west northern southern eastern western united saint
""")
"""At the beginning of a sentence these, in front of an acronym, are a part of a longer name."""
UNSPACED_PERSONS = frozenset("员員长長者师師生人")
"""Behind a name in a script without spaces these say that it is a person's calling."""
NO_PLACES = _words("""
    january february march april may june july august september october november december jan feb
    mar apr jun jul aug sep sept oct nov dec monday tuesday wednesday thursday friday saturday
    sunday english welsh german french spanish polish i mum mom dad nan gran grandma grandad grandpa
    auntie christmas easter ramadan diwali eid lent advent covid he she it we they this that there
""")
"""What has a capital behind such a word and is no place."""
