"""Words that tell the number of a house from other numbers, language by language."""

ENGLISH_STREETS = """
    Street St Str Road Rd Lane Ln Close Cl Avenue Ave Av Drive Dr Court Ct Crescent Cres Gardens
    Gdns Terrace Ter Place Pl Way Grove Gr Square Sq Mews Hill Row Walk Parade Boulevard Blvd Green
    View Rise Circle Cir Parkway Pkwy Trail Trl Alley Quay Wharf Vale Croft Villas Cottages
    Broadway Kingsway Queensway Highway Hwy Heights Bank Meadow Meadows Field Fields Pike Yard Garth
    Mansions Embankment Esplanade Drove Turnpike Park Kirkgate Eastgate Westgate Northgate
    Southgate Briggate Bishopsgate"""
NOT_FIRST_IN_A_STREET = """
    Mile Miles Hour Hours Minute Minutes Day Days Week Weeks Month Months Year Years Way Bed Bedroom
    Storey Star Peaks"""
SELDOM_FIRST_IN_A_STREET = """
    Park Green Bank Jan January Feb February Mar March Apr April May Jun June Jul July Aug August
    Sep Sept September Oct October Nov November Dec December"""
"""These are, when a word for a street comes next."""
STREETS_WITHOUT_A_NAME = """
    Broadway Kingsway Queensway Embankment Esplanade Parade Parkway Kirkgate Eastgate Westgate
    Northgate Southgate Briggate Bishopsgate"""
STREETS_IN_CAPITALS = """
    ROAD STREET CLOSE AVENUE LANE DRIVE CRESCENT TERRACE GARDENS COURT GROVE MEWS RD AVE"""
NO_NAMES_IN_CAPITALS = "IN ON AT OF THE AND TO FROM FOR BY A AM PM IS ARE WAS WILL"
INSTITUTIONS = """
    Library School Primary Academy College Museum Station Surgery Clinic Hospital Church Chapel Town
    Council Office Offices Centre Center Police Fire Pool Leisure Hotel Theatre Allotments Depot
    Baths Medical Health Community Methodist Baptist"""
"""What stands in a street and bears its name."""
NO_HOMES = """
    Lights Lighting Works Closure Closures Sign Signs Party Parties Trees Race Races Festival Awards
    Champions Market Markets Blues lights lighting works closure closures art signs parties trees
    shops stores banks pubs cafes retailers chains brands businesses residents houses homes
    properties traders buses cars services routes fans songs bus"""
COUNTED_OTHERWISE = """
    bus buses route routes line lines tram train room rooms platform gate junction exit case item
    page chapter ward zone phase group lot plot top team score grade class stage bay stop stand
    under over age aged episode season part track figure fig table step version day week last next
    first all the these those about around nearly almost only another every since until till
    lane monday tuesday wednesday thursday friday saturday sunday mon tue wed thu fri sat sun depuis
    linie linien zimmer gleis halle raum ligne lignes voie salle quai les línea sala autobús
    linia linii autobus autobusu tramwaj tramwaju sali"""
"""What stands before a number that is no house's."""
FRENCH_STREETS = """
    rue avenue boulevard bd boul impasse allée allées chemin place quai ruelle route square sentier
    passage cours esplanade venelle faubourg résidence montée villa"""
FRENCH_NO_NAMES = """
    piét barr ferm coup bloqu inond entièr princip comm sans très sont plus pour avec dans dont
    mais"""
"""How words begin that say something of a street instead of naming it."""
JOINED_STREETS = """
    straße strasse str str. weg gasse platz allee damm ufer stieg pfad chaussee twiete straat
    laan plein gracht gatan vägen gränd gade vej veien"""
"""Ends of a street's name in one word: German, Dutch, Swedish, Danish, Norwegian."""
WHOLE_STREETS = """
    nordring südring ostring westring stadtring altmarkt neumarkt heumarkt kornmarkt fischmarkt
    holzmarkt viehmarkt"""
"""Names of streets with an end that other words have too."""
NO_STREETS = """
    parkplatz stellplatz arbeitsplatz spielplatz sportplatz fußballplatz campingplatz flugplatz
    liegeplatz sitzplatz kitaplatz ausbildungsplatz studienplatz treffplatz zeltplatz rastplatz
    grillplatz lagerplatz betreuungsplatz bolzplatz stehplatz schlafplatz tabellenplatz rangplatz
    startplatz landeplatz parkplatz. radweg gehweg fußweg wanderweg rundweg ausweg hinweg rückweg
    umweg reitweg pilgerweg lehrweg heimweg radwanderweg arbeitsweg bürgerweg unterweg
    lehrpfad trimmpfad wanderpfad barfußpfad bundesstraße landesstraße kreisstraße staatsstraße
    fahrradstraße wasserstraße schnellstraße umgehungsstraße einkaufsstraße einbahnstraße
    durchgangsstraße landstraße brigade onderweg halverwege"""
GERMAN_STREETS = "Straße Strasse Str Weg Platz Allee Ring Damm Ufer Gasse Chaussee Markt Graben"
"""Second words of a street's name: Berliner Straße."""
ROMANCE_STREETS = """
    calle avenida avda avd plaza pza paseo ronda camino carrer travesía glorieta callejón bulevar
    rua travessa praça alameda"""
ROMANCE_SMALL = "de del la las los el y da do das dos e i"
POLISH_STREETS = """
    ul. ulica ulicą ulicę ulicy al. aleja aleją aleję alei aleje alejach os. osiedle osiedlu osiedla
    pl. plac placu"""
GOES_ON = """
    ist sind war wird wurde hat haben und oder in im bei vor neben gegenüber liegt steht da die der
    das den wo seit bis am an auf zu zum zur wohnt wohnen wohne bitte kann gibt es kommt nicht schon
    immer noch von mit für durch hinter wegen ohne wieder brennt stinkt tropft
    en hay y o de a por que desde está esta están se no con para junto frente tiene lleva sigue es
    donde al ya los las la el un una me mi sin tem há não são
    w we i jest są od na z ze do przy nie bo gdzie koło obok stoi leży mieszka mieszkam już się to
    po znowu ciągle
    is staat ligt waar met och är på vid er og ved"""
"""Words a sentence goes on with after an address; any other may be what is counted."""
MEASURED = """
    uhr h km cm min minuten minutos minut godz godzin jahre jahr tage tag mal prozent grad
    años año días día horas lat dni stycznia lutego marca kwietnia maja czerwca lipca sierpnia
    września października listopada grudnia januar februar märz april mai juni juli august september
    oktober november dezember"""
BRITISH_AREAS = """
    AB AL B BA BB BD BH BL BN BR BS BT CA CB CF CH CM CO CR CT CV CW DA DD DE DG DH DL DN DT DY E EC
    EH EN EX FK FY G GL GU GY HA HD HG HP HR HS HU HX IG IM IP IV JE KA KT KW KY L LA LD LE LL LN LS
    LU M ME MK ML N NE NG NN NP NR NW OL OX PA PE PH PL PO PR RG RH RM S SA SE SG SK SL SM SN SO SP
    SR SS ST SW SY TA TD TF TN TQ TR TS TW UB W WA WC WD WF WN WR WS WV YO ZE"""
"""The letters a British postcode begins with."""
