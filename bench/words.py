"""Words nobody said: vocabularies in which few words are frequent and most are rare."""

from collections.abc import Sequence
from itertools import accumulate, pairwise
from random import Random
from typing import NamedTuple

_COMMON = {
    "en": "the to and of a in is it that on for you was with this have be are as but they at not "
    "we from there so if or what when has been our would about which can all their more council "
    "street road people week year please think still never where nobody does anyone know",
    "de": "die der und in das ist zu den nicht es von mit sich auf für ein eine dem auch als an "
    "wird aber noch wie man nach sind bei einen oder nur wenn aus kann hat schon mehr über wir "
    "straße gemeinde woche jahr bitte immer niemand warum heute wieder zwischen gegen",
    "fr": "de la le et les des en un une est que pour dans qui il sur pas plus par au avec ce ne "
    "se sont mais nous vous cette ou elle être fait tout aussi leur bien comme sans deux rue "
    "commune semaine année encore jamais quelqu'un pourquoi toujours depuis très même où",
    "es": "de la que el en y a los se del las un por con no una su para es al lo como más pero sus "
    "le ya o este sí porque esta entre cuando muy sin sobre también me hasta hay donde quien "
    "desde todo nos durante calle ayuntamiento semana siempre nunca alguien después",
    "it": "di che e la il un per non in una sono mi ho si lo ha ti con cosa ma come da se del al "
    "questo della bene nel gli anche perché più ancora quando adesso sempre tutto molto dopo "
    "quello prima dove strada comune settimana anno mai nessuno qualcuno oggi ogni fra degli",
    "nl": "de het een van ik en je dat niet is in wat ze op te zijn maar met voor er die heb hij "
    "aan om dan nog wel naar als ook bij door over zo waar geen deze kan worden weer straat "
    "gemeente week jaar altijd nooit iemand niemand vandaag waarom tussen onze veel moet",
    "pl": "nie to się w na i z co jest że do tak jak o mnie ale za a po już tu od czy jestem może "
    "dla gdy bardzo tylko kiedy przez jego jeszcze teraz było więc przed ulica gmina tydzień rok "
    "zawsze nigdy ktoś nikt dzisiaj dlaczego między nasze ich proszę które również",
    "pt": "de a o que e do da em um para não é com uma os no se na por mais as dos como mas foi ao "
    "ele das tem à seu sua ou ser quando muito há nos já está eu também só pelo até isso rua "
    "câmara semana ano sempre nunca alguém ninguém hoje porquê depois então você são",
    "sv": "och det att i en jag hon som han på den med var sig för så till är men ett om hade de "
    "icke mig du henne då sin nu har inte hans honom skulle hennes där min ej vid kunde något "
    "från ut när efter upp vi gata kommun vecka år alltid aldrig någon ingen idag varför mellan",
    "uk": "і в не на що з це я до як за та але від ми ви вони було бути так для про є або ще вже "
    "він вона якщо коли чому тільки дуже також може після перед вулиця громада тиждень рік "
    "будь ласка завжди ніхто сьогодні знову між через наші їх цей",
}
_SYLLABLES = {
    "en": "ash bar ber bin bridge brook ca den dle er fen ford gate gle har ing ker lan ley ling "
    "mar men mill ner or per port ram ridge ring ser stead ter ton ver wall wick wood yard",
    "de": "acht bach berg burg dorf eich feld furt gart grund haus heim hof kamp kreis land lein "
    "licht mark mühl ofen platz rand schaft stadt stein teich ung wald weg werk zaun",
    "fr": "bel bois champ châ clair cour dou eau fon fort gran jar lac lieu mar mon mou nel neuf "
    "oir pier pont pré quai riv roche sel teau tier ton tour val ver ville vin",
    "es": "agua bar bel cal camp ción cor dad del fuen gran jar lag llan lu mar mien mon nar olmo "
    "par pla pue rio ros sal san sie ter to tor val ver vi za",
    "it": "ac bel bo cam casa cor di fio fon gra la lago le man mar mo mon na no piaz ponte ra ri "
    "ro sa sel so sta stra tel to tor tra val ver vi zione zza",
    "nl": "aar berg boom brug burg dal dam dijk dorp eind gaar gracht haag haven heid hoek huis "
    "kerk kruis laan land lijn meer molen plein schap sluis stad steen veld vliet weg wijk woud",
    "pl": "bór brze cho czka dro dwór gór gród jez kam kow las lip łąka mia most nica nie ość ów "
    "par pło pol prze rze sad sko staw szcz ści trz war wie wod wy zam zie",
    "pt": "agu al bar bei bra cam car ção cho coim dade dor fon gal gran jar lha mar men mon nha "
    "por pra qui rei rio san são ser sil tor tra val ver vei vi zinho",
    "sv": "berg björk borg bro by dal ek fors gård hamn hav hem holm hus kulla land lund mark mo "
    "näs ning ö rum sand sjö skap skog sten ström sund tad torp vall vik väg ås äng",
    "uk": "бір вод гай гор град дуб же за зел кам кра лан лип луг мат мир міст мос над ник ова оз "
    "пар під пол рів сад ськ тор ток труд цвіт чер шля яр",
}
_SIZES = {"en": 12_000}
_SIZE = 3_000
LANGUAGES = tuple(_COMMON)


class Vocabulary(NamedTuple):
    """The words of a language and how often, all in all, a word up to this one is used."""

    common: int
    words: tuple[str, ...]
    weights: tuple[float, ...]


def vocabulary(lang: str, dice: Random) -> Vocabulary:
    """Return the frequent words of a language, and thousands that are made of its syllables."""
    common = tuple(dict.fromkeys(_COMMON[lang].split()))
    syllables = _SYLLABLES[lang].split()
    made: dict[str, None] = {}
    while len(made) < _SIZES.get(lang, _SIZE):
        made["".join(dice.choices(syllables, k=dice.choice((2, 2, 3, 3, 4))))] = None
    words = common + tuple(word for word in made if word not in common)
    # Zipf's law, with Mandelbrot's shift of the first ranks
    weights = accumulate(1 / (rank + 2.7) for rank in range(len(words)))
    return Vocabulary(len(common), words, tuple(weights))


def chatty(vocabulary: Vocabulary) -> Vocabulary:
    """Return the same words, the frequent ones as often as in hasty posts: more than half."""
    each = [b - a for a, b in pairwise((0.0, *vocabulary.weights))]
    often = (2.5 * weight for weight in each[: vocabulary.common])
    return vocabulary._replace(weights=tuple(accumulate((*often, *each[vocabulary.common :]))))


def spoken(vocabulary: Vocabulary, count: int, dice: Random) -> list[str]:
    """Return so many words as often as each is used."""
    return dice.choices(vocabulary.words, cum_weights=vocabulary.weights, k=count)


def named(vocabulary: Vocabulary, counts: Sequence[int], dice: Random) -> str:
    """Return a name of one of so many words, all of them rare ones."""
    rare = vocabulary.words[vocabulary.common :]
    return " ".join(dice.choice(rare) for _ in range(dice.choice(counts)))
