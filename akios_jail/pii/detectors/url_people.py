"""Segments of paths behind which somebody's page stands, and what stands there that is nobody's.

`/patients/jane-doe`, `/konto/jan.kowalski`, `/karte/P0041882`. A name in a path has a sign between its words, as titles
of pages have, too: no word of those may be in it.
"""

from __future__ import annotations

import re

#: What people are called, by those who keep pages of them.
PEOPLE = (
    # English
    "users?|customers?|patients?|members?|accounts?|profiles?|people|persons?|employees?|clients?|contacts?|students?|"
    "subscribers?|guests?|doctors?|attendees?|u|tenants?|drivers?|passengers?|beneficiar(?:y|ies)|by-user|user-profile|"
    "riders?|owners?|residents?|parents?|guardians?|child(?:ren)?|pupils?|teachers?|staff|workers?|applicants?|apply|"
    "candidates?|visitors?|renters?|landlords?|donors?|borrowers?|cardholders?|policyholders?|claimants?|coaches|nurses?|"
    "physicians?|therapists?|charts?|resumes?|cvs?|mypage|dossiers?|p|household|leads?|agents?|volunteers?|players?|"
    # German, Dutch, the north
    "nutzer|benutzer|kunden?|kundin|patienten|mitglied(?:er)?|fahrer|g(?:ae|a)ste?|mitarbeiter|konto|konten|profil|eltern|"
    "sch(?:ue|u)ler|lehrer|bewohner|mieter|versicherte|akte|personal|gebruikers?|klant(?:en)?|leden|medewerkers?|ouders?|"
    "leerling(?:en)?|bewoners?|brukere?|brugere?|kunder?|pasient(?:er)?|patienter|anvandare|medlem(?:mer|mar)?|ansatte?|"
    "medarbejdere?|elev(?:er)?|potila(?:s|at)|asiakas|asiakkaat|kayttaja|jasen|"
    # French, Spanish, Portuguese, Italian, Romanian
    "utilisateurs?|comptes?|adherents?|abonnes?|eleves?|conducteurs?|salaries?|employes?|usagers?|etat-civil|membres?|"
    "locataires?|assures?|beneficiaires?|usuarios?|clientes?|pacientes?|perfil|perfiles|perfis|cuentas?|contas?|alumn[oa]s?|"
    "alun[oa]s?|chofere?s?|conductore?s?|motoristas?|emplead[oa]s?|funcionari[oa]s?|soci[oa]s?|miembros?|membros?|"
    "huespede?s?|visitantes?|inquilin[oa]s?|medic[oa]s?|ficha|expedientes?|utenti|utente|clienti|pazient[ei]|profilo|conto|"
    "autist[ai]|dipendent[ei]|soci|ospit[ei]|alunn[oi]|cartella|pacienti|utilizatori?|angajati?|fisa|"
    # the Slavs, Hungarian, Turkish
    "pacjen(?:t|ci|ta)|klien(?:t|ci)|uzytkowni(?:k|cy)|pracowni(?:k|cy)|kierowc[ay]|uczen|uczniowie|pacient[iy]?|uzivatele?|"
    "zamestnan(?:ec|ci)|zakazni(?:k|ci)|zak|ridic|pouzivatel|beteg(?:ek)?|paciens|felhasznalok?|ugyfel(?:ek)?|korisni(?:k|ci)|"
    "pacijent|uporabnik|polzovatel|abonent|sotrudnik|voditel|kullanici(?:lar)?|musteri(?:ler)?|hasta(?:lar)?|uye(?:ler)?|"
    "personel|ogrenci|surucu|"
    # Asia
    "pengguna|pelanggan|nasabah|pasien|anggota|karyawan|siswa|pengemudi|pesakit|akun|nguoidung|khachhang|benhnhan|hocsinh|"
    "nhanvien|hoivien|taixe|yonghu|kehu|huanzhe|xuesheng|kanja|karte|kokyaku|kaiin|hwanja|hoewon|gogaek|haksaeng|mowazaf|"
    "mareed|ameel|taleb|mostakhdem|chhatra|rogi|graahak|mareez"
)
#: Whose pages tell that somebody is ill: there a number is enough.
PATIENTS = re.compile(
    r"/(?:patients?|charts?|karte|pacientes?|pazient[ei]|pacjent(?:ci)?|patienten|pacienti?|pasient|pasien|hasta|beteg|"
    r"benhnhan|huanzhe|kanja|hwanja|mareed|rogi)\Z",
    re.IGNORECASE,
)
#: Words of titles and of interfaces.
_NOT_NAMES = frozenset(
    re.findall(
        r"\w+",
        """
        about accept access account accounts action active activity add address addresses adresse adressen
        adresses adresy agenda aktivierung alert alerts all and api app apps archive auszug auth auto avatar
        back badge bank basic benefits bestellung bestellungen big billing birth blue board book booking
        bookings bulk business button buy calendar call cancel cards care cart change changes chart chat check
        checkin checkout clave client code commandes compare complete config confirm contact content contrasena
        contrato contratos create credit csv current custom customer daily dane dark dashboard data date daten
        dati datos default delete delivery demo deposit detail details device devices digital direct discount
        docs document documents donnees download draft early edit einstellungen email emails employee empty
        enable end engine error estratto event events example export exports extrato facturas factures faq
        fatture fax feature features feedback fees file files filter find first flow follow for form forms free
        from full gallery get getting gift global group groups guide handbook haslo health help history home
        hours how html icon id image images import inbox index info information insights internal invite invites
        invoice invoices item items job jobs join json kennwort keys landing last late latest learn leave legal
        level library license like limit link links list lista live livraison load local log login logout logs
        loyalty main manage management manager map maps me media medical meine member members menu merge mes
        message messages metadata meus mie miei minhas mis mobile mode month more mot movimenti movimientos my
        name neu neue new news newsletter next night no node not note notes notice nouveau nouveaux nova novo
        nuevo nuevos number of off offer office old on one online open opt options order orders ordini org other
        our out over overview pages panel parametres partner party pass passe password passwort past pay payment
        payments payroll pdf pedidos pending permissions phone photo photos pin plan plans plus policy portal
        post posts practices pre preferences premium preview pricing print privacy private pro process product
        products profile program progress project public push query queue quick rate rated recent record records
        recover red refer referral refund register remove report reports request requests reset review reviews
        reward rewards role roles root rules saldo save schedule search secure security select self sell send
        senha service services session sessions set settings setup share ship shipping shop short show sign
        signed signin signout signup sing single site size skip sms social source spec staff standard start
        started state statement statements static stats status step store stories student studies style submit
        subscription success summary super support switch sync system tab table tag team teams template terms
        test tests the theme thread ticket tickets time to today token tokens tool tools top total track
        training transactions transfer trial two type ubersicht uebersicht ui unit unread unsubscribe update
        updates upgrade upload usage user users ustawienia validate verification verified verify version video
        view views vip visit visits wallet web week welcome what widget wish wishlist with work year you your
        zamowienia zip zone
        """,
    )
)
_SLUG = re.compile(r"@?(?P<name>[^\W\d_]{1,24}(?:-[^\W\d_]{1,24}){1,4})(?:[-_.]?\d{1,6})?")


def is_hyphened_name(segment: str) -> bool:
    """Whether a segment of a path can be a first and a last name with hyphens between and no word of a title."""
    slug = _SLUG.fullmatch(segment)
    return slug is not None and not any(part.lower() in _NOT_NAMES for part in slug["name"].split("-"))
