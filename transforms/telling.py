"""Words that tell two notices apart, in the languages people write most: days, numbers, opposites.

Chinese and Japanese need none of them: without capitals every word may be a name.
"""

from typing import Final

from transforms.search import searched

_DAYS: Final = """
monday tuesday wednesday thursday friday saturday sunday january february march april may june july
august september october november december montag dienstag mittwoch donnerstag freitag samstag
sonnabend sonntag januar februar märz mai juni juli oktober dezember lundi mardi mercredi jeudi
vendredi samedi dimanche janvier février mars avril juin juillet août septembre octobre novembre
décembre lunes martes miércoles jueves viernes sábado domingo enero febrero marzo abril mayo junio
julio agosto septiembre octubre noviembre diciembre lunedì martedì mercoledì giovedì venerdì sabato
domenica gennaio febbraio aprile maggio giugno luglio settembre ottobre dicembre maandag dinsdag
woensdag donderdag vrijdag zaterdag zondag januari februari maart mei augustus segunda terça quarta
quinta sexta janeiro fevereiro março maio junho julho setembro outubro novembro dezembro
poniedziałek poniedziałku wtorek wtorku środa środę środy czwartek czwartku piątek piątku sobota
sobotę soboty niedziela niedzielę niedzieli stycznia lutego marca kwietnia maja czerwca lipca
sierpnia września października listopada grudnia styczeń luty marzec kwiecień maj czerwiec lipiec
sierpień wrzesień październik listopad grudzień
понеділок понеділка вівторок вівторка середа середу середи четвер четверга ятниця ятницю ятниці
субота суботу суботи неділя неділю неділі січня лютого березня квітня травня червня липня серпня
вересня жовтня листопада грудня січень лютий березень квітень травень червень липень серпень
вересень жовтень листопад грудень
llun mawrth mercher iau gwener sadwrn sul ionawr chwefror ebrill mehefin gorffennaf awst medi hydref
tachwedd rhagfyr fawrth fercher wener sadwrn ragfyr dachwedd fehefin orffennaf fedi
الاثنين الإثنين الثلاثاء الأربعاء الخميس الجمعة السبت الأحد يناير فبراير مارس أبريل إبريل مايو يونيو
يوليو أغسطس سبتمبر أكتوبر نوفمبر ديسمبر
today tomorrow yesterday tonight heute morgen gestern hoy mañana ayer oggi domani ieri hier demain
hoje amanhã ontem vandaag gisteren dzisiaj dziś jutro wczoraj сьогодні завтра вчора heddiw yfory
اليوم غدا أمس
"""
_NUMBERS: Final = """
one two three four five six seven eight nine ten eleven twelve fifteen twenty thirty forty fifty
sixty ninety hundred thousand first second third fourth fifth half noon midnight
zwei drei vier fünf sechs sieben acht neun zehn elf zwölf zwanzig dreißig hundert tausend erste
ersten zweite zweiten dritte dritten
deux trois quatre cinq sept huit neuf dix onze douze quinze vingt trente cent mille premier première
deuxième troisième midi minuit
dos tres cuatro cinco seis siete ocho nueve diez once doce quince veinte treinta cien mil primero
primera segundo tercero tercera
due tre quattro cinque sei sette otto nove dieci undici dodici venti trenta cento primo prima
secondo seconda terzo terza
twee drie vijf zes zeven acht negen tien elf twaalf twintig dertig honderd duizend eerste tweede
derde
dois duas três quatro sete oito nove dez onze doze vinte trinta cem primeiro primeira terceiro
dwa dwie dwóch trzy trzech cztery czterech pięć pięciu sześć sześciu siedem siedmiu osiem ośmiu
dziewięć dziewięciu dziesięć dziesięciu jedenaście dwanaście dwadzieścia trzydzieści sto tysiąc
pierwszy pierwsza drugi druga trzeci trzecia piątej szóstej siódmej ósmej dziewiątej dziesiątej
один одна одну два дві двох три трьох чотири чотирьох ять яти шість шести сім семи вісім восьми
десять десяти одинадцять дванадцять двадцять тридцять сто тисяча перший перша другий друга третій
третя сьомій восьмій десятій шостій
dau dwy ddau ddwy tri tair thri phedwar pedwar pedair pump pum chwech chwe saith wyth naw deg
ddeg ugain cant mil cyntaf gyntaf ail trydydd
واحد واحدة اثنان اثنين ثلاثة ثلاث أربعة أربع خمسة خمس ستة ست سبعة سبع ثمانية ثماني تسعة تسع عشرة عشر
عشرين ثلاثين مئة ألف يومان يومين أسبوعان أسبوعين شهرين
"""
_OPPOSITES: Final = """
open opens opened opening closed close closes closing shut issued lifted cancelled canceled
confirmed postponed on off start starts started end ends ended begin begins before after north south
east west northbound southbound eastbound westbound left right morning afternoon evening up down
increase increased decrease decreased approved rejected accepted refused won lost safe unsafe
offen geöffnet öffnet geschlossen schließt gesperrt freigegeben aufgehoben ausgerufen vor nach
beginnt endet genehmigt abgelehnt norden süden osten westen links rechts vormittags
nachmittags abends
ouvert ouverte ouverts ouvre fermé fermée fermés ferme levée levé émise émis avant après nord sud
est ouest gauche droite matin soir approuvé rejeté commence finit
abierto abierta abre cerrado cerrada cierra levantado levantada emitido emitida antes después norte
sur oeste izquierda derecha mañana tarde noche aprobado rechazado empieza termina
aperto aperta apre chiuso chiusa chiude emessa emesso revocata revocato dopo ovest sinistra destra
mattina pomeriggio sera approvato respinto inizia finisce
opent geopend gesloten dicht sluit ingetrokken afgekondigd voor na noord zuid oost links rechts
ochtend middag avond goedgekeurd afgewezen begint eindigt
aberto aberta fechado fechada fecha levantado emitido depois sul leste esquerda direita manhã noite
aprovado rejeitado começa termina
otwarty otwarta otwarte otwarto zamknięty zamknięta zamknięte zamknięto odwołano odwołane ogłoszono
przed po północ południe wschód zachód lewo prawo rano wieczorem
відкрито відкритий відкрита відкрите закрито закритий закрита закрите скасовано оголошено перед
після північ південь схід захід ліворуч праворуч вранці ввечері
agor ar gau agored cau agoriad gyhoeddwyd godwyd cyn wedi gogledd dwyrain gorllewin chwith bore
prynhawn nos
مفتوح مفتوحة مغلق مغلقة فتح إغلاق ألغي صدر قبل بعد شمال جنوب شرق غرب يمين يسار صباحا مساء
"""
_DENIALS: Final = """
not t cannot never no nicht kein keine keinen keiner nie pas jamais non ne mai niet geen nooit não
nunca nie nigdy не ні ніколи ddim nid لا لم لن ليس ليست غير 不 没 沒 未 無 无
"""

TELLING: Final = frozenset(searched(f"{_DAYS}{_NUMBERS}{_OPPOSITES}").split())
"""Words, folded, that make another notice where each of two has one of its own."""
DENIALS: Final = frozenset(searched(_DENIALS).split())
"""Words, folded, that make another message where only one has them ("t" is what ends "isn't")."""
