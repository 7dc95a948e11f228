"""The words of streets, in the languages that write them; `street_address` puts numbers to them."""

# ruff: noqa: RUF001  (words in Cyrillic have letters that look like others)
from __future__ import annotations

#: After the name, which comes after the number: `12 Main Street`. English.
TYPES_AFTER = """
    Street, St, Avenue, Ave, Av, Road, Rd, Lane, Ln, Drive, Dr, Boulevard, Blvd, Court, Ct, Place, Pl, Square, Sq,
    Terrace, Ter, Way, Parkway, Pkwy, Highway, Hwy, Circle, Cir, Close, Crescent, Cres, Gardens, Grove, Mews, Row,
    Trail, Trl, Alley, Plaza, Walk, Wharf, Quay, Hill, Rise, Green, Broadway, Expressway, Turnpike, Pike, Loop,
    Path,
    Pass, Park, Gate, Vale, View, Parade, Esplanade, Causeway, Heights, Ridge, Bend, Cove, Point, Crossing, Route,
    Run, Mall, Yard, Common, Bypass
"""
#: What the name of a street in one word ends in, or a word by itself, before the number: `Hauptstraße 12`.
#: German, Dutch, the Nordic languages, Finnish, Hungarian, Estonian.
ENDINGS = """
    straße, strasse, str., str, weg, platz, allee, gasse, damm, ufer, chaussee, steig, stieg, graben, promenade,
    straat, laan, plein, gracht, kade, dijk, dreef, steeg, plantsoen, gatan, vägen, gränd, torget, gata, veien,
    vejen, vej, gade, allé, plads, stræde, katu, kuja, polku, utca, körút, tänav, maantee, cesta, ulica, ulice,
    iela, gatvė, tér, út, köz, trg, prospekts, ringen, pfad, zeile, twiete, brücke, steenweg, voorburgwal, schans,
    liden, stigen, kajen, platsen, esplanaden, gränden, bakken, alleen, boulevarden, vegur, stígur, mnt, puiestee,
    -ring, -Ring, -wall, -markt, -hof, prospektas, alėja, bulvāris, laukums, ceļš, körtér, sétány, rakpart, krt.,
    sgt., náměstí, nábřeží, námestie,
    nábrežie, trieda, třída, nabrežje, šetalište, bulevar
"""
#: Before the name, after the number: `12 rue de la Paix`. French, as in Belgium, Switzerland and Canada.
TYPES_BETWEEN = """
    rue, avenue, av, av., ave, boulevard, bd, bd., boul, boul., place, pl., allée, allées, chemin, ch., impasse,
    quai, route, rte, square, passage, sentier, villa, résidence, ruelle, faubourg, esplanade, chaussée,
    lotissement, lieu-dit, voie, đường, phố, Jalan, Jln, Jln., Jl., Lorong, strada, via, hameau, montée, clos,
    rang, croissant, drève, rond-point, promenade, traverse, venelle, côte, sente, terrasse, parvis,
    cité, corniche, avenida, calle, camino, paseo, calz., calzada,
    domaine, bld, blvd, ngõ, ngách, hẻm, soi, thanon
"""
#: Before the name, with the number at the end: `Calle Mayor 12`, `Via Roma 3`, `ul. Długa 7/2`.
TYPES_BEFORE = """
    Bv., Bulevar, Urbanización, Cuesta, Prol., Priv., Trav., Viela, Quinta, Lugar, Kalye, Bulevardi, Rruga, Calle,
    C/, Avenida, Avda, Avda., Av., Plaza, Pza., Paseo, Camino, Carrera, Cra, Cra., Carretera,
    Ctra., Ronda, Travesía, Glorieta, Calzada, Diagonal, Transversal, Jirón, Jr., Pasaje, Via, V.le, Viale, Piazza,
    P.zza, Piazzale, Corso, C.so, Largo, Vicolo, Strada, Lungomare, Contrada, Rua, Travessa, Tv., Praça, Alameda,
    Estrada, Rodovia, Beco, ul., ulica, aleja, aleje, osiedle, plac, ulice, náměstí, nám., třída, Str., Bulevardul,
    Calea, Aleea, Șoseaua, ул., улица, пр., пр-т, проспект, пер., переулок, бул., бульвар, наб., шоссе, площадь,
    вул., вулиця, просп., Οδός, Λεωφόρος, Jalan, Jl., Lorong, Jln, Jln., Đường, Rue, Carrer, Passeig, Rambla, Rúa,
    Chemin, Rte, Impasse, Allée, Avenue, Boulevard, Quai, Cl., Urb., Gran Vía, Gran Via, Praza, Plaça, Praceta,
    Rod., Privada, Cerrada, Andador, Circuito, Prolongación, Autopista, Av, Blvd., P.le, Pza, Loc., Località,
    Fondamenta, Salita, Borgo, Strada Provinciale, Lungotevere, Galleria, Rione, al., os., pl., tř., nábř., náb.,
    пр-кт, пр-т., б-р, бул, наб, туп., тупик, ш., пл., проезд, просека, аллея, линия, пров., провулок, узвіз, площа,
    бульв., Λεωφ., Πλατεία, Bd., Bdul., B-dul, Șos., Sos., Intr., Piața, Splaiul, Trg, Ulica, Šetalište, Obala, Mtaa
    wa, Barabara ya, Gg., Persiaran, Lebuh, Lebuhraya, Changkat, Kampung, Perum, Kompleks, Thanon, Phố, Ngõ, Hẻm,
    Laan van, Calz., Cll., Cll, Kra., Kra, Kr., Pje., Psje., Peatonal, Callejón, Boulev., Diag., Dg., Transv., Trv.,
    Parcela, Jr
"""
#: Where letters are kept for somebody: with a number.
BOXES = """
    P.O. Box, PO Box, P O Box, P.O.Box, Post Office Box, GPO Box, Locked Bag, Private Bag, Postfach, Boîte postale,
    Apartado, Apartado de correos, Apartado postal, Apdo., Casella Postale, Caixa Postal, Postbus, skr. poczt.,
    skrytka pocztowa, Postboks, Postilokero, а/я, P.O.B., POB, PMB, Private Mail Bag, Boite postale,
    Apdo. de Correos, Apartado Aéreo, Casilla, Casilla de Correo, Cx. Postal, Poštanski pretinac, P.O.Box No.,
    S.L.P., Posta Kutusu, Pk., Τ.Θ., Peti Surat, Kotak Pos, Pósthólf, Pf., Poste restante, R.R., Rural Route, а/с,
    ص.ب., ص.ب, صندوق بريد, صندوق پستی, ת"ד, ת.ד., ตู้ ปณ., 私書箱, 사서함, 郵政信箱
"""
#: The same, but only with a postcode after it: alone it may be a pressure, a carton or a country.
BOXES_WITH_CODE = "BP, B.P., Box, Boks, PL, C.P., CP"
#: A part of a building.
UNITS = """
    apt, apartment, suite, ste, unit, flat, floor, fl, room, rm, building, bldg, block, bis, ter, app, appt, bât,
    étage, sala, conj, conjunto, casa, ofic, oficina, of, dpto, depto, local, esc,
    piso, puerta, pta, planta, int, scala, interno, bloco, apto, andar, dto, esq, m., lok., kv., кв.,
    корп., стр., whg, og, eg, etg, bus, bte
"""
#: States of the US, provinces of Canada, states of Australia: letters before or after the code.
STATES = """
    AL AK AZ AR CA CO CT DE DC FL GA HI ID IL IN IA KS KY LA ME MD MA MI MN MS MO MT NE NV NH NJ NM NY NC ND OH OK
    OR
    PA RI SC SD TN TX UT VT VA WA WV WI WY PR GU VI AB BC MB NB NL NS NT NU ON PE QC SK YT NSW QLD TAS VIC ACT
"""
#: Areas of British postcodes.
POSTCODE_AREAS = """
    AB AL B BA BB BD BH BL BN BR BS BT CA CB CF CH CM CO CR CT CV CW DA DD DE DG DH DL DN DT DY E EC EH EN EX FK FY
    G
    GL GU GY HA HD HG HP HR HS HU HX IG IM IP IV JE KA KT KW KY L LA LD LE LL LN LS LU M ME MK ML N NE NG NN NP NR
    NW
    OL OX PA PE PH PL PO PR RG RH RM S SA SE SG SK SL SM SN SO SP SR SS ST SW SY TA TD TF TN TQ TR TS TW UB W WA WC
    WD WF WN WR WS WV YO ZE
"""
#: Countries, at the end of an address.
COUNTRIES = """
    USA, U.S.A., United States, UK, U.K., United Kingdom, England, Scotland, Wales, Ireland, Canada, Australia,
    New Zealand, Germany, Deutschland, Austria, Österreich, Switzerland, Schweiz, Suisse, Svizzera, France, Belgium,
    Belgique, België, Netherlands, Nederland, Spain, España, Italy, Italia, Portugal, Brasil, Brazil, Poland,
    Polska,
    Sweden, Sverige, Norway, Norge, Denmark, Danmark, Finland, Suomi, México, Mexico, Argentina, Chile, Colombia,
    Perú, India, Japan, Singapore, South Africa, Россия, Україна
"""
#: A part of an address that has one of these is one, with a number or without.
PARTS = """
    flat, unit, apt, apartment, suite, ste, floor, fl, level, room, rm, building, bldg, block, blk, tower, house,
    cottage, lodge, court, estate, park, villa, plot, lot, door, shop, office, bureau, wing, phase, sector, site,
    comp, dept, station, village, hamlet, farm, barn, mews, manor, hall, rectory, vicarage, no, nr, c/o, p.o, po,
    box, rr, hc, psc, cmr, apo, fpo, dpo, near, opp, opposite, behind, next to, off, layout, nagar, colony, chowk,
    marg, salai, enclave, vihar, gali, mohalla, society, apartments, residency, heights, complex, cross, main,
    stage, h.no, d.no, dist, district, taluk, tehsil, mandal, brgy, barangay, purok, sitio, subd, subdivision, road,
    street, st, lane, avenue, ave, close, drive, crescent, business park, industrial estate, trading estate,
    retail park, co, county, hinterhaus, vorderhaus, seitenflügel, aufgang, stiege, top, tür, stock, og, eg, ug, dg,
    whg, wohnung, haus, gebäude, hof, ortsteil, ot, gewerbegebiet, bât, bâtiment, bat, app, appt, appartement,
    étage, etage, esc, escalier, résidence, residence, rés, immeuble, imm, lieu-dit, lieudit, hameau, za, zi, zac,
    cedex, bis, ter, bus, bte, boîte, porte, cage, verdieping, kamer, hs, piso, planta, puerta, pta, bajo, izq,
    dcha, der, ático, esc., portal, bloque, edif, edificio, torre, nave, local, of, oficina, depto, departamento,
    dpto, dto, int, interior, ext, exterior, mz, mza, manzana, lt, lote, km, urb, urbanización, urbanizacion,
    polígono, poligono, pol, col, colonia, fracc, fraccionamiento, barrio, cond, condominio, conjunto, cj, sala,
    andar, apto, ap, bloco, bl, casa, quadra, qd, lj, loja, r/c, frente, fte, esq, dto., bairro, setor, vila,
    jardim, jd, parque, asa, scala, interno, pal, palazzina, piano, fraz, frazione, loc, località, contrada, c.da,
    zona, m, lok, lokal, klatka, piętro, budynek, woj, pow, gm, byt, patro, podl, podlaží, č.p, č. p, čp, č.ev,
    okres, poschodie, vchod, em, emelet, fszt, földszint, ép, épület, ajtó, lh, lépcsőház, hrsz, as, asunto, rappu,
    krs, kerros, lgh, tr, trappa, vån, våning, ing, leil, leilighet, tv, th, mf, st. tv, st. th, st. mf, sal, dør,
    hæð, h., íbúð, k, korrus, dz, dzīvoklis, bt, butas, kat, stan, ulaz, st., d, daire, d., no., blok, apt.,
    apartmanı, sitesi, mah, mh, mahallesi, sok, sk, sokak, cad, cd, caddesi, bulv, blv, kapı, iç kapı, ilçesi, köyü,
    bl., sc, scara, et, etaj, ap., int., jud, județul, com, sat, sectorul, ет, ап, вх, бл, ж.к, жк, кв, р-н, обл,
    общ, гр, корп, корпус, стр, строение, литера, лит, оф, офис, пом, помещение, под, подъезд, этаж, эт, мкр,
    проспект, бульвар, шоссе, набережная, площадь, переулок, улица, вулиця, проезд, тупик, аллея, просп, бул,
    республика, респ, тер, снт, пгт, ст, станица, хутор, х, а/я, tanya, parcela, finca, vereda, ejido, caserío, succ,
    succursale, woonschip, woonboot, ligplaats, t/o, قرية, مركز, عزبة, كفر,
    даңғылы, көшесі, гудамж, чөлөө, өргөн, apts, triq,
    микрорайон, д, дом, квартира, г, город, пос, посёлок, с, село, дер, деревня, край, область, район, округ, буд,
    будинок, під, поверх, м, смт, οροφος, όροφος, διαμ, τ.κ, rt, rw, kel, kelurahan, kec, kecamatan, kab, kabupaten,
    kota, dusun, desa, gg, gang, perum, perumahan, komplek, kompleks, menara, wisma, gedung, taman, kampung, kg,
    jalan, jln, jl, lorong, tingkat, bandar, seksyen, phường, p., quận, q., huyện, xã, thôn, tổ, khu phố, tp, tp.,
    thành phố, tỉnh, tầng, ngõ, ngách, hẻm, số, moo, mu, soi, thanon, tambon, amphoe, khwaeng, khet, changwat, หมู่,
    ซอย, ถนน, แขวง, เขต, ตำบล, อำเภอ, จังหวัด, ชั้น, ห้อง, อาคาร, หมู่บ้าน, ตรอก, मकान, गली, नगर, रोड, मार्ग, फ्लैट,
    सेक्टर, वार्ड, ग्राम, पोस्ट, जिला, कॉलोनी, बिल्डिंग, अपार्टमेंट, मंजिल, प्लॉट, বাড়ি, সড়ক, রোড, ফ্ল্যাট, গ্রাম,
    থানা, জেলা, ব্লক, সেক্টর, שכונת, שכונה, דירה, קומה, כניסה, רחוב, רח', שד', שדרות, דרך, סמטת, כיכר, בניין, ת"ד,
    ת.ד, מושב, קיבוץ, شارع, طريق, جادة, حي, حارة, زقاق, مبنى, بناية, عمارة, برج, شقة, الطابق, طابق, فيلا, منزل, بيت,
    مكتب, قطعة, مجمع, منطقة, ميدان, محافظة, ص.ب, خیابان, خ, کوچه, بلوار, میدان, پلاک, واحد, طبقه, ساختمان, شهرک,
    محله, بن بست, استان, شهرستان, mtaa, kata, wilaya, nyumba, kitalu, s.l.p, laan, plaas, woonstel, bp, pl, pb, pmb,
    izda, dcha, floor, გამზ, ბინა, պող, փ, բն, ถ, ซ, อ, จ, ต, อาคาร, বাসা, রোড, এভিনিউ, মোড়, নং, خ, ش, كورنيش, رقم,
    شماره, الدور, ko'chasi, uy, kv, nyumba, ቀበሌ, ክፍለ, ከተማ, purok, kalye, kalea, pallati, rang, bureau, pob, daire,
    kat,
    novads, pagasts, pot, дом, квартира, офис, links, rechts, daire:, kat:, no:,
    pobox, p.o. box, gpo, postfach, postbus, postboks, apdo, apartado, casilla
"""
#: Short for something, with a point that ends no part.
SHORT = """
    co, st, ste, mt, ft, dist, col, fracc, urb, brgy, blk, no, nr, apt, bldg, fl, rm, dr, prof, gen, gral, cnel,
    pres, ev, fszt, fsz, succ, jl, jln, gg, kec, kel, kab, tp, q, p, м, г, ул, пр, пер, бул, наб, д, кв, корп, стр, оф,
    обл, р-н, мкр, пос, дер, пгт, респ, им, ст, тер, с, гр, ет, ап, вх, бл, ж.к, ж, к, буд, вул, просп, пров,
    bl, sc, et, ap, int, jud, str, bd, șos, mah, sok,
    cad, cd, mh, blv, bulv, sk, apdo, av, avda, cra, of, pl, ul, al, os, lok, m, č, č.p, nám, tř, kpt, em, fszt, ép,
    u, krt, as, krs, lgh, th, tv, mf, sal, h, esc, pta, izq, dcha, edif, mz, lt, cj, depto, dto, dpto, loc, fraz,
    c.so, v.le, p.le, p.zza, n, bât, bat, app, appt, rés, imm, bte, h.no, d.no, u.p, m.p, a.p, opp, sec, ph, pvt,
    ltd, ص, ب, ת
"""
#: Within a part, in small letters.
SMALL = """
    de del della delle dei di da das dos do du des la le el los las les lo al am an der die den dem im in of the on
    upon under over by aux aan op ter ten van von zum zur bei ob nad pod na pri przy u v ve y e i og och ja sur
    sous en lès près saint near opposite behind next to off and bij voor tot km apto bloco andar cedex bus
    hus батыр батыра хан хана би жырау марта мая
"""
#: In no part: what makes it a date, a measure, a sentence.
NEVER = """
    january february march april may june july august september october november december jan feb mar apr jun jul
    aug sep sept oct nov dec januar februar märz mai juni juli oktober dezember janvier février mars avril juin
    juillet août septembre octobre novembre décembre enero febrero marzo abril mayo junio julio agosto septiembre
    octubre noviembre diciembre gennaio febbraio aprile maggio giugno luglio settembre ottobre dicembre janeiro
    fevereiro março maio junho julho setembro outubro novembro dezembro monday tuesday wednesday thursday friday
    saturday sunday mon tue wed thu fri sat sun montag dienstag mittwoch donnerstag freitag samstag sonntag chapter
    figure table page volume version edition release update series model item order invoice ticket case issue
    request error warning line total subtotal price amount qty quantity tax vat iban tel phone fax mobile email
    mail e-mail http https www isbn doi is are was were has have had will would can could should this that these
    those with for from at his her my our your their it they we you he she i not but or if when where which who
    what ist sind war hat und mit für nicht ein eine est sont était avec pour pas une es son con para una non per
    och med för jest dla to copyright inc ltd llc gmbh corp step level players users files lines bytes items people
    percent years year months month days day hours hour minutes minute kapitel abschnitt seite tabelle abbildung
    artikel anlage teil absatz chapitre tableau jahre jahr personen stück euro dollar prozent minuten stunden tage
    capítulo capitolo página pagina años anni seconds points times windows linux iphone android java python boeing
    airbus formula
"""
#: Where such a word is, there is an address if a number and another part of one stand beside it.
ANCHORS = """
    שכונת, רח', שד', ת"ד, רחוב, שדרות, דרך, סמטת, כיכר, شارع, طريق, حي, ص.ب, مبنى, بناية, عمارة, شقة, خیابان, کوچه,
    بلوار, پلاک, ถนน, ซอย, แขวง, ตำบล, หมู่, मकान, गली, नगर, रोड, मार्ग, फ्लैट, सेक्टर, বাড়ি, সড়ক, রোড, ফ্ল্যাট,
    ж.к., мкр., микрорайон, проспект, бульвар, шоссе, набережная, площадь, переулок, вулиця, проспекту, ул., вул.,
    пр-кт, Urb., Polígono, Fracc., Mz., Quadra, Bloco, Setor, Lieu-dit, lieu-dit, Résidence, Bât., č.p., č. p.,
    Mah., Mahallesi, Mh., Sok., Cad., Blv., Perum, RT 0, Gg., Jalan, Menara, Brgy., Barangay, Blk, Plot, Door No,
    H.No, H. No, House No, Flat No, Nagar, Chowk, Salai, Layout, Sector, Phường, Quận, phường, quận, Moo, Soi, Mtaa,
    Villa, Plaza, Tower, Dist., Lote, გამზირი, ქუჩა, պողոտա, փողոց, даңғылы, көшесі, өргөн чөлөө, гудамж, küçəsi,
    р-н, обл., дер., пгт, станица, Tanya, Parcela, Finca, Vereda, Ejido, Caserío, thôn, xã, TP., قرية, مركز,
    prospekti, Rruga, Triq, ngõ, გამზ., պող., փ. , ถ., ซ., อ., จ., বাসা নং, এভিনিউ, মোড়, শহর, خ., كورنيش, ميدان,
    ش ,
    شماره, ko'chasi, Nyumba, ቀበሌ, ክፍለ ከተማ, Purok, Sitio, Kalye, kalea, Kale , pallati, rakpart, jud., com., sat ,
    pagasts, novads, тупик, мкр, Tambon, Amphoe, SQN, SQS, QNM, Conjunto
"""
