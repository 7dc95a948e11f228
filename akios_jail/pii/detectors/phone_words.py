"""Words that announce a telephone number, in the languages in which people write them."""

from __future__ import annotations

import re

from akios_jail.pii.detectors.surroundings import Announcement

ANNOUNCED = Announcement(
    "phones?", "phone[_ -]?numbers?", "telephones?", "tel", "tlf", "tfno", "tél", "mobiles?", "cell", "cellular",
    "cellphone", "fax", "sms", "whatsapp", "h/p", "calls?", "callback", "dial", "ring", "hotline", "contact", "reach",
    "text", "mob", "ph", "handy", "rufnummer", "telefonnummer", "mobilnummer", "mobil", "anrufen", "erreichbar",
    "telefon", "telefono", "tel[eé]fono", "t[eé]l[eé]phone", "portable", "appel", "appelez", "joindre", "m[oó]vil",
    "celular", "ll[aá]m[ae]", "llamar", "llame", "cellulare", "chiam[ai]", "chiamare", "recapito", "telefone",
    "telem[oó]vel", "ligue", "ligar", "contacto", "contato", "telefoon", "telefoonnummer", "mobiel", "gsm", "bel",
    "bellen", "tel[ée]fonn[ií]", "kom[oó]rka", "kom[oó]rkowy", "zadzwo[nń]", "numer telefonu", "telefonnumret",
    "mobiltelefon", "mobilnr", "puhelin", "puhelinnumero", "puh", "telefonu?", "cep", "телефон", "тел", "моб",
    "мобильный", "звонит[еь]", "τηλ", "τηλέφωνο", "电话", "手机", "手机号", "手机号码", "联系电话", "電話",
    "電話番号", "携帯", "手機", "전화", "전화번호", "휴대폰", "연락처", "هاتف", "جوال", "الهاتف", "موبايل", "טלפון",
    "נייד", "फ़ोन", "मोबाइल", "फोन", "โทร", "điện thoại", "sđt", "telp", "hp", r"wa\.me/", "viber", "signal",
    "telegram", "telef[oó]nic[oa]s?", "t[eé]l[eé]phonique", "telefonisch", "telefonick[yáéý]",
    "numero di telefono", "home number", "work number", "office number", "matkapuhelin", "mobiltlf",
    "mobilais", "t[aā]lrunis", "mobilusis", "telefonas", "mobiil", "mobitel", "broj telefona", "mobiln[iíý]",
    "telef[oó]n", "telefoni", "s[ií]mi", "fars[ií]mi", "f[oó]n", "guth[aá]n", "ff[oô]n", "tel[eè]fon", "m[oò]bil",
    "հեռախոս", "ტელეფონი", "მობილური", "تلفن", "موبایل", "شماره تماس", "فون", "موبائل", "تليفون", "محمول", "ফোন",
    "মোবাইল", "தொலைபேசி", "கைபேசி", "มือถือ", "di động", "telepon", "ponsel", "no hp", "telepono", "simu",
    "nr er", "nummeret", "mein(?:e)? nummer", "my (?:number|no|nr)\\.? is", "mi n[uú]mero", "mon num[eé]ro",
    "mitt nummer", "mijn nummer",
    "m[oó]j numer", "numer:", "moje [cč][ií]slo", "volejte", "zavolej", "zavolejte", "numaram", "cebim", "мой номер",
    "звоните",
    "telefonsz[aá]mom", "번호는", "gọi", "اتصل", "κιν", "मो", "打", "加我", "微信", "联系", "whats", "cel", "callto:",
    "msisdn",
    "caller",
    "wa:", "zap", "fone", "natel", "minu number", "mob no", "contact no", "numarul meu", "num[aă]rul meu", "hívj",
    "ara", "il mio numero",
    "meu n[uú]mero", "omat? numero", "numeroni", "b[aà]t m[aá]y", "nomor saya", "nomor hp", "เบอร์", "เบอร์โทร",
    "सम्पर्क", "संपर्क", "নম্বর",
    "s[ií]minn", "hring(?:du|ið|ja)? [ií]", "dzwoni[cć]", "numer kontaktowy", "my nr", "致電", "致电", "查詢電話",
    "كلمني", "كلمنا", "الاتصال", "واتساب", "gọi cho (?:tôi|mình|em|anh|chị)", "hub\\.", "কল করুন", "κάλεσ[εέ]",
    "καλέστε", "telefonszám", "mobilszám", "handynummer", "telefonnr", "rufnr", "emergency contact",
    "uso el", "tr[aæä]ffes", "treffes", "paynow", "nequi", "m-?pesa", "daviplata", "rufen sie", "ruft", "atender",
    "\u260e", "\U0001f4de", "\U0001f4f1", "appelle", "jak co[sś] to", "رقمي", "дзвоніть", "телефонуйте", "наберіть",
    fillers="numeris|pro|fixe|fijo|kom|[cč][ií]sle|[cč][ií]slo|gw|gateway|mt|mo|msg|message|sent|delivered|queued|from|inbound|outbound|me|us|him|them|at|home|work|office|via|by|now|back|please|mobile|cell|direct|line|main|ext|"
    "number:|unter|mich|uns|bitte|privat|mobil|dienstlich|au|sur|moi|nous|en|al|a|nos|ao|para|op|mij|"
    "kontaktowy|kontaktni|kontaktn[íyý]|ons|pod|mig|på|meg|"
    "changed|changed to|karo|karna|na tatínka|na maminku|na mámu|táty|mámy|an|moi|jetzt|ahora|ora|agora|nu|teraz",
)  # fmt: skip

#: Words for a number that are a customer's, not a telephone's.
OF_CUSTOMERS = re.compile(
    r"(?:(?:abone|müşteri|üye|hesap|sipariş|kart|sözleşme|poliçe|dosya) numaram|"
    r"(?:고객|회원|주문|예약|접수|등록|사건|계약|가입|운송장) ?번호[는은가]?|prenotazione|customer (?:number|no))\W*\Z",
    re.IGNORECASE,
)

#: The words with a name or a line between them and the number.
NEAR = re.compile(
    r"(?<![^\W_])(?:phone|telephone|mobile|emergency contact|contact|tel|telefon|handy|t[eé]l[eé]phone|tel[eé]fono|"
    r"telefone|telefono|whatsapp)(?![^\W\d_])(?:[^0-9]{0,30}[,?\n][^0-9]{0,16}|"
    r"[^0-9:\n]{0,24}: ?[^\W\d_][\w'.-]{0,20}(?: [^\W\d_][\w'.-]{0,20}){1,3} )\Z",
    re.IGNORECASE,
)

_NAMED = r"(?: [^\W\d_][\w'.-]{0,20}){1,4} "
#: Whom to call, and the number: `try Ana Roth on 6123 4567`.
CALLED = re.compile(
    rf"(?<![^\W_])(?:(?:call|ring|try|text|phone|reach|contact|ask|dial){_NAMED}(?:on|at|via)|"
    rf"(?:appele[zr]|joindre|contacte[zr]|rappele[zr]){_NAMED}au|"
    rf"(?:llam[ae]r?|contact[ae]r?|chiam\w{{1,4}}|contatt\w{{1,4}}){_NAMED}al|"
    rf"(?:lig\w{{1,3}}|contact[ae]r?){_NAMED}(?:no|para o)|(?:bel|bellen){_NAMED}op|"
    rf"(?:ringe?|fråga|kontakta?|spør|(?:afbud|avbud|besked|beskjed|skriv|sms) (?:til|till)){_NAMED}på|"
    rf"(?:frau|herrn?|rufen sie){_NAMED}unter)[ :]{{1,3}}\(?\Z",
    re.IGNORECASE,
)
#: Whom to call, where no word for a telephone is.
ASKED = r"\b(?:[Tt]ry|[Aa]sk|Frau|Herrn?) [A-Z][a-z]{1,15} "
