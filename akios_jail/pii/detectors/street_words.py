"""The words of streets, in the languages that write them; `street_address` puts numbers to them."""

# ruff: noqa: RUF001  (words in Cyrillic have letters that look like others)
from __future__ import annotations

#: After the name, which comes after the number: `12 Main Street`. English.
TYPES_AFTER = """
    Street, St, Avenue, Ave, Av, Road, Rd, Lane, Ln, Drive, Dr, Boulevard, Blvd, Court, Ct, Place, Pl, Square, Sq,
    Terrace, Ter, Way, Parkway, Pkwy, Highway, Hwy, Circle, Cir, Close, Crescent, Cres, Gardens, Grove, Mews, Row,
    Trail, Trl, Alley, Plaza, Walk, Wharf, Quay, Hill, Rise, Green, Broadway, Expressway, Turnpike, Pike, Loop, Path,
    Pass, Park, Gate, Vale, View, Parade, Esplanade, Causeway, Heights, Ridge, Bend, Cove, Point, Crossing, Route,
    Run, Mall, Yard, Common, Bypass
"""
#: What the name of a street in one word ends in, or a word by itself, before the number: `Hauptstraße 12`.
#: German, Dutch, the Nordic languages, Finnish, Hungarian, Estonian.
ENDINGS = """
    straße, strasse, str., str, weg, platz, allee, gasse, damm, ufer, chaussee, steig, stieg, graben, promenade,
    straat, laan, plein, gracht, kade, dijk, singel, dreef, steeg, plantsoen, gatan, vägen, gränd, torget, gata,
    veien, vejen, vej, gade, allé, plads, stræde, katu, kuja, polku, utca, körút, tänav, maantee, cesta, ulica,
    ulice, iela, gatvė, tér, út, köz, trg, prospekts
"""
#: Before the name, after the number: `12 rue de la Paix`. French, as in Belgium, Switzerland and Canada.
TYPES_BETWEEN = """
    rue, avenue, av, av., ave, boulevard, bd, bd., boul, boul., place, pl., allée, allées, chemin, ch., impasse,
    quai, route, rte, square, passage, sentier, villa, résidence, ruelle, faubourg, esplanade, chaussée, lotissement,
    lieu-dit, voie, đường, phố, Jalan, Jln, Jln., Jl., Lorong, strada, via
"""
#: Before the name, with the number at the end: `Calle Mayor 12`, `Via Roma 3`, `ul. Długa 7/2`.
TYPES_BEFORE = """
    Bv., Bulevar, Calle, C/, Avenida, Avda, Avda., Av., Plaza, Pza., Paseo, Camino, Carrera, Cra, Cra., Carretera,
    Ctra., Ronda, Travesía, Glorieta, Calzada, Diagonal, Transversal, Jirón, Pasaje, Via, V.le, Viale, Piazza, P.zza,
    Piazzale, Corso, C.so, Largo, Vicolo, Strada, Lungomare, Contrada, Rua, Travessa, Tv., Praça, Alameda, Estrada,
    Rodovia, Beco, ul., ulica, aleja, aleje, osiedle, plac, ulice, náměstí, nám., třída, Str., Bulevardul, Calea,
    Aleea, Șoseaua, ул., улица, пр., пр-т, проспект, пер., переулок, бул., бульвар, наб., шоссе, площадь, вул.,
    вулиця, просп., Οδός, Λεωφόρος, Jalan, Jl., Lorong, Jln, Jln., Đường, Rue, Carrer, Passeig, Rambla, Rúa
"""
#: Where letters are kept for somebody: with a number.
BOXES = """
    P.O. Box, PO Box, P O Box, P.O.Box, Post Office Box, GPO Box, Locked Bag, Private Bag, Postfach, Boîte postale,
    Apartado, Apartado de correos, Apartado postal, Apdo., Casella Postale, Caixa Postal, Postbus, skr. poczt.,
    skrytka pocztowa, Postboks, Postilokero, а/я
"""
#: The same, but only with a postcode after it: alone it may be a pressure, a carton or a country.
BOXES_WITH_CODE = "BP, B.P., Box, Boks, PL, C.P., CP"
#: A part of a building.
UNITS = """
    apt, apartment, suite, ste, unit, flat, floor, fl, room, rm, building, bldg, block, bis, ter, app, appt, bât,
    étage, esc, piso, puerta, pta, planta, int, scala, interno, bloco, apto, andar, dto, esq, m., lok., kv., кв.,
    корп., стр., whg, og, eg, etg, bus, bte
"""
#: States of the US, provinces of Canada, states of Australia: letters before or after the code.
STATES = """
    AL AK AZ AR CA CO CT DE DC FL GA HI ID IL IN IA KS KY LA ME MD MA MI MN MS MO MT NE NV NH NJ NM NY NC ND OH OK OR
    PA RI SC SD TN TX UT VT VA WA WV WI WY PR GU VI AB BC MB NB NL NS NT NU ON PE QC SK YT NSW QLD TAS VIC ACT
"""
#: Areas of British postcodes.
POSTCODE_AREAS = """
    AB AL B BA BB BD BH BL BN BR BS BT CA CB CF CH CM CO CR CT CV CW DA DD DE DG DH DL DN DT DY E EC EH EN EX FK FY G
    GL GU GY HA HD HG HP HR HS HU HX IG IM IP IV JE KA KT KW KY L LA LD LE LL LN LS LU M ME MK ML N NE NG NN NP NR NW
    OL OX PA PE PH PL PO PR RG RH RM S SA SE SG SK SL SM SN SO SP SR SS ST SW SY TA TD TF TN TQ TR TS TW UB W WA WC
    WD WF WN WR WS WV YO ZE
"""
#: Countries, at the end of an address.
COUNTRIES = """
    USA, U.S.A., United States, UK, U.K., United Kingdom, England, Scotland, Wales, Ireland, Canada, Australia,
    New Zealand, Germany, Deutschland, Austria, Österreich, Switzerland, Schweiz, Suisse, Svizzera, France, Belgium,
    Belgique, België, Netherlands, Nederland, Spain, España, Italy, Italia, Portugal, Brasil, Brazil, Poland, Polska,
    Sweden, Sverige, Norway, Norge, Denmark, Danmark, Finland, Suomi, México, Mexico, Argentina, Chile, Colombia,
    Perú, India, Japan, Singapore, South Africa, Россия, Україна
"""
