"""Notices in the charter's languages, alike but for one thing: a place, day, number or opposite."""

from collections.abc import Iterator
from random import Random
from typing import NamedTuple

from bench.words import LANGUAGES, named, spoken, vocabulary


class Notice(NamedTuple):
    """A notice: what it says with other words and with one other thing, by what is another."""

    text: str
    reworded: str
    others: dict[str, str]


# By language: the place first, the place within; then days, numbers, opposites, and two words that
# say the same. Both hold {0} place, {1} day, {2} number, {3} opposite, {4} the same.
_SAID = {
    "en": (
        "{0}: bins will be collected {2} days later because of the holiday on {1}, the depot is "
        "{3}, {4} keep them on your own land until then",
        "Because of the works in {0} the road is {3} from {1} for about {2} weeks, {4} use the "
        "long way round by the old school",
        "Monday Tuesday Thursday", "two three five", "open closed", "please kindly",
    ),
    "de": (
        "{0}: die Tonnen werden wegen des Feiertags am {1} erst {2} Tage später geleert, der Hof "
        "bleibt {3}, wir bitten {4} um Geduld",
        "Wegen der Arbeiten in {0} ist die Straße ab {1} für etwa {2} Wochen {3}, wir bitten {4} "
        "um etwas Geduld und Vorsicht",
        "Montag Dienstag Freitag", "zwei drei fünf", "offen gesperrt", "herzlich freundlich",
    ),
    "fr": (
        "{0} : les bacs seront vidés {2} jours plus tard à cause du jour férié de {1}, le dépôt "
        "reste {3}, nous vous {4} de patienter",
        "À cause des travaux à {0} la rue sera {3}e dès {1} pendant environ {2} semaines, nous "
        "vous {4} de prendre un autre chemin",
        "lundi mardi vendredi", "deux trois cinq", "ouvert fermé", "prions demandons",
    ),
    "es": (
        "{0}: la basura se recogerá {2} días más tarde por la fiesta del {1}, el depósito queda "
        "{3}, rogamos {4} paciencia a todos los vecinos",
        "Por las obras en {0} el camino queda {3} desde el {1} durante unas {2} semanas, rogamos "
        "{4} paciencia a todos los vecinos",
        "lunes martes viernes", "dos tres cinco", "abierto cerrado", "mucha bastante",
    ),
    "it": (
        "{0}: i rifiuti saranno raccolti {2} giorni più tardi per la festa di {1}, il deposito "
        "resta {3}, chiediamo {4} di avere pazienza",
        "Per i lavori a {0} il ponte resta {3} da {1} per circa {2} settimane, chiediamo {4} di "
        "passare dalla vecchia scuola",
        "lunedì martedì venerdì", "due tre cinque", "aperto chiuso", "gentilmente cortesemente",
    ),
    "nl": (
        "{0}: de bakken worden wegens de feestdag op {1} pas {2} dagen later geleegd, het depot is "
        "{3}, wij vragen {4} om geduld",
        "Wegens werk in {0} is de weg vanaf {1} ongeveer {2} weken {3}, wij vragen {4} om geduld "
        "van alle bewoners",
        "maandag dinsdag vrijdag", "twee drie vijf", "open gesloten", "vriendelijk beleefd",
    ),
    "pl": (
        "{0}: śmieci będą odebrane {2} dni później z powodu święta w {1}, punkt jest {3}, prosimy "
        "{4} o cierpliwość wszystkich mieszkańców",
        "Z powodu prac w {0} most jest {3} przez {2} tygodnie, poczynając w {1}, prosimy {4} o "
        "cierpliwość wszystkich mieszkańców",
        "poniedziałek wtorek piątek", "dwa trzy cztery", "otwarty zamknięty", "bardzo uprzejmie",
    ),
    "pt": (
        "{0}: o lixo será recolhido {2} dias mais tarde por causa do feriado de {1}, o depósito "
        "fica {3}, pedimos {4} paciência a todos",
        "Por causa das obras em {0} o caminho fica {3} desde {1} durante umas {2} semanas, pedimos "
        "{4} paciência a todos os vizinhos",
        "segunda terça sábado", "duas três cinco", "aberto fechado", "muita bastante",
    ),
    "uk": (
        "{0}: сміття заберуть на {2} дні пізніше через свято в {1}, пункт поки {3}, {4} просимо "
        "всіх мешканців мати терпіння",
        "Через роботи у місті {0} міст буде {3} на {2} тижні, починаючи в {1}, {4} просимо всіх "
        "мешканців мати терпіння",
        "понеділок вівторок середу", "два три чотири", "відкритий закритий", "дуже щиро",
    ),
    "cy": (
        "{0}: bydd y biniau yn cael eu casglu {2} diwrnod yn hwyrach oherwydd gŵyl dydd {1}, mae'r "
        "depo ar {3}, {4} cadwch nhw ar eich tir",
        "Oherwydd gwaith yn {0} bydd y ffordd ar {3} o ddydd {1} am {2} wythnos, {4} defnyddiwch y "
        "ffordd hir heibio'r hen ysgol",
        "Llun Mercher Gwener", "tair pedair pump", "agor gau", "plis diolch",
    ),
    "ar": (
        "{0}: سيتم جمع النفايات بعد {2} أيام بسبب عطلة يوم {1} والمستودع {3} حتى ذلك الوقت {4} "
        "إبقاء الحاويات داخل أراضيكم",
        "بسبب الأشغال في {0} الطريق {3} من يوم {1} لمدة {2} أسابيع تقريبا {4} استخدام الطريق "
        "الطويل قرب المدرسة القديمة",
        "الاثنين الثلاثاء الخميس", "ثلاثة أربعة خمسة", "مفتوح مغلق", "يرجى نرجو",
    ),
    "zh": (
        "{0}：因星期{1}放假，垃圾将推迟{2}天收集，回收站目前{3}，{4}大家把垃圾桶放在自家院内",
        "由于{0}的施工，道路从星期{1}起{3}大约{2}周，{4}大家绕行旧学校旁边的长路",
        "一 二 五", "三 四 六", "开放 关闭", "请 望",
    ),
}  # fmt: skip
# Words for places and endings where no vocabulary is made of syllables.
_PARTS = {
    "cy": "aber llan pen tre caer bryn coed dol glyn cwm nant maes porth rhos afon mor dref fach",
    "ar": "باب دار عين تل وادي جبل نهر بحر زهر نور قمر شمس رمل نخل سهل كرم ورد ظل",
    "zh": "溪 松 柳 岩 桥 塘 峰 谷 湖 洲 梅 竹 枫 鹤 龙 凤 银 石 泉 林",
}


def notices(number: int, dice: Random) -> Iterator[Notice]:
    """Yield so many notices, of every language in turn, half of which begin with their place."""
    words = {lang: vocabulary(lang, Random(2)) for lang in _SAID if lang in LANGUAGES}
    for at in range(number):
        lang = list(_SAID)[at % len(_SAID)]
        first, within, *kinds = _SAID[lang]
        frame = first if at // len(_SAID) % 2 else within
        places: dict[str, None] = {}
        while len(places) < 2:
            # of so many parts that no two notices are by chance for one place
            made = (
                [named(words[lang], (1,), dice) for _ in "12"]
                if lang in words
                else _parts(lang, dice)
            )
            places["".join(made).capitalize()] = None
        if lang in words:
            end = " ".join(spoken(words[lang], 8, dice))
        else:
            end = " ".join(dice.choices(_PARTS[lang].split(), k=8))
        pairs = [list(places), *(dice.sample(kind.split(), 2) for kind in kinds)]
        yield _varied(f"{frame} {end}", pairs, is_first=frame is first)


def _parts(lang: str, dice: Random) -> list[str]:
    return dice.sample(_PARTS[lang].split(), 3)


def _varied(frame: str, pairs: list[list[str]], *, is_first: bool) -> Notice:
    one = [pair[0] for pair in pairs]
    said = [
        frame.format(*(pair[1] if at == changed else pair[0] for at, pair in enumerate(pairs)))
        for changed in range(len(pairs))
    ]
    place = "another place, at the beginning" if is_first else "another place, within"
    shapes = (place, "another day", "another number in a word", "the opposite")
    return Notice(frame.format(*one), said[-1], dict(zip(shapes, said, strict=False)))
