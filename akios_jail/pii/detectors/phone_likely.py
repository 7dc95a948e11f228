"""Words that a telephone number stands behind, and much else: behind them it must look like one.

Somebody's own number (`my new number`), ways of paying and of talking that go by one (`bizum`, `zalo`), verbs for
calling and reaching, and short forms that mean something else, too (`port.`, `kom.`).
"""

# ruff: noqa: RUF001 (the words are of other scripts)
from __future__ import annotations

import re

from akios_jail.pii.detectors.phone_words import ANNOUNCED
from akios_jail.pii.detectors.surroundings import Announcement, otherwise
from akios_jail.pii.view import View

LIKELY = Announcement(
    # English
    "(?:my|his|her|our|their|new|best|this|old|other|following|callback|contact|right|correct) (?:number|num|"
    "no|nr|#|numbers)",
    "my digits", "number's", "number to (?:reach|call|contact)", "call-?back", "cb", "txt", "bell on", "shout on",
    "catch (?:me|him|her|us) on", "get (?:me|him|her|us) on", "landline", "pager", "dial-in", "otp",
    "caller id", "cli",
    "ani", "dnis", "calling party", "called party", "wa", "imo", "facetime", "zelle", "venmo", "cash ?app", "bkash",
    "nagad",
    "momo", "mobile money", "airtel money", "orange money", "mtn", "gpay", "google pay", "phonepe", "paytm", "swish",
    "vipps",
    "mobilepay", "bizum", "yape", "plin", "twint", "promptpay", "tikkie", "gcash", "maya", "globe", "blik",
    "cp", "cp no", "cell no", "voip", "sips?:", "e164", "subscriber", "dialled", "dialed", "iphone", "mpesa",
    "sms(?:ed)?", "texted", "rang", "ringing", "calling", "voicemail", "answerphone", "switchboard",
    "reception",
    # German, Dutch, Afrikaans, the north
    "meine (?:neue |alte |private )?n(?:umme)?r", "deine nummer", "ihre (?:neue )?nummer",
    "unter (?:der|folgender|dieser|meiner) (?:handy)?nummer", "erreich(?:en|st|bar|t)",
    "r[uü]ckruf", "zur[uü]ckrufen", "schreib(?:t|en)? (?:mir|uns)",
    "ruf(?:t|en)? (?:mich|uns|sie mich|sie uns|bitte|doch|einfach)", "kontakt", "kontaktnummer", "privat",
    "mobilfunk",
    "handynr", "dienstlich", "gesch[aä]ftlich", "festnetz", "durchwahl", "notruf", "notfallkontakt", "notfallnummer",
    "fon",
    "telnr", "tel-?nr", "bereikbaar", "te bereiken", "app (?:me|ons)", "bel (?:me|ons|hem|haar)", "terugbellen",
    "doorkiesnummer", "06-?nummer",
    "noodnummer", "foon", "selfoon", "sel", "skakel", "n[aå]s p[aå]", "n[aå]r (?:du |ni )?(?:mig|oss)",
    "mitt (?:nya |nye )?n(?:umme)?r", "smsa?", "tfn", "ring (?:til|meg|mig|os|oss|mej)",
    "nummeret mitt", "n[aå] meg", "soita(?:kaa)?", "tavoittaa", "numerosta", "numero on", "s[ií]manúmer", "hringdu",
    # French, Spanish, Portuguese, Catalan, Italian
    "num[eé]ro suivant", "fixe", "port", "joign(?:able|ez|ez-moi)", "rappele[rz](?:-moi|-nous)?", "appelez-moi",
    "rappelle[sz]?", "contacte[rz]", "appele[rz]", "mon 0[67]", "urgence",
    "n[uú]mero es(?: el)?", "ll[aá]m[ae](?:me|nos|lo|la|le|rme|rlo|rla|rnos)",
    "cont[aá]ct(?:ame|anos|arme|arnos|enos|eme|ar)", "comunicarse", "comun[ií]quese",
    "marc(?:ar|a|ame|arme|ando|ue)", "fijo", "fono", "telf", "tfno", "wsp", "wasap", "guasap", "wpp", "wapp",
    "whats?app?", "emergencias?",
    "escr[ií]b[ae](?:me|nos|rme)", "h[aá]bl[ae](?:me|nos)", "lig(?:a|ue|ar|uem|ue-me|a-me|uem-me)", "me lig[ae]",
    "me cham[ae]", "tlm", "telem", "zapzap", "recado", "meu n[uú]mero [eé]",
    "fisso", "chiam(?:ami|atemi|arlo|arla|armi|arci|ateci|are il|are al)", "contatt(?:ami|atemi|are|arci|arlo|arla)",
    "mi trov[ia]", "reperibile", "rispondo al",
    "scriv(?:imi|etemi)", "telefonare",
    # Polish, Czech, Slovak, Hungarian, Romanian, the south Slavs, Albanian, Maltese
    "pod numer(?:em)?", "pod nr", "kom", "oddzwo[nń](?:ic|ić)?", "numer to", "m[oó]j nr", "na [cč][ií]sl[oe]",
    "[cč][ií]slo m[aá]m", "vol(?:at|ejte|ajte|ej|aj)", "zavol(?:ej|ejte|ajte|at)(?: mi)?",
    "telefonn[ií]", "telef[oó]nne", "h[ií]vj(?:on|anak|atok|uk)", "sz[aá]m(?:om|a|unk)", "el[eé]rhet[oő]s[eé]g",
    "el[eé]rhet[oő]", "h[ií]v[aá]s",
    "sun(?:a[tț]i|a|ă|ă-m[aă]|a-ma|a[tț]i-m[aă])", "tālr", "m(?:inu|u) number", "(?:bin|sind|ist) unter",
    "m[aă] g[aă]s(?:i[tț]i|e[sș]ti)", "apela[tț]i",
    "moj broj", "broj(?: mi)?(?: je)?", "zovi(?:te)?", "nazovi(?:te)?", "javi(?:te)? se",
    "moja [sš]tevilka", "pokli[cč]i(?:te)?", "numri im", "mowbajl", "telefonoa",
    "telef[oò]n",
    # Russian and its neighbours, Greek, Turkish, the Caucasus, central Asia
    "сот", "сотов(?:ый|ого|ая)", "телефон[ауеы]", "телефоном", "перезвони(?:те|ть)?",
    "звони", "позвони(?:те|ть)?", "ватсапп?", "вотсапп?", "вацап", "вайбер", "телеграмм?",
    "телеграме", "мобил(?:а|ка|ьник)", "зателефону(?:йте|й|вати)", "передзвон(?:іть|и|ити)", "дзвон(?:іть|и)",
    "мій номер", "гсм", "джиэсэм", "обади се", "обадете се", "ұялы", "утас", "утасны",
    "мој број", "јавете се", "σταθερ[οό]", "π[αά]ρε με", "π[αά]ρτε με", "πάρτε", "καλέστε", "τηλεφωνήστε",
    "αριθμός μου", "επικοινωνίας",
    "ileti[sş]im", "numaram", "ara(?:y[ıi]n|yabilirsiniz)?", "whatsapp hatt[ıi]", "nömrəm",
    "raqamim", "ტელ", "მობ", "ნომერზე", "հեռ", "բջջ", "զանգ",
    # the Near East
    "واتس", "واتس اب", "للتواصل", "التواصل", "رقمي", "اتصلوا", "اتصلي", "كلموني", "تواصل", "טל", "פלאפון",
    "המספר שלי", "תתקשר", "התקשרו", "להתקשר", "ווטסאפ", "וואטסאפ", "تماس", "شماره من", "زنگ",
    "رابطہ",
    # India and its neighbours
    "(?:mera|mere|meri|apna|uska) (?:no|num|number|nambar|mobile)", "कॉल", "फ़ोन", "যোগাযোগ",
    "மொபைல்", "ఫోన్", "మొబైల్", "ಮೊಬೈಲ್", "ಫೋನ್", "ഫോൺ", "മൊബൈൽ",
    "ફોન", "મોબાઇલ", "મોબાઈલ", "ਫੋਨ", "ਫ਼ੋਨ", "ਮੋਬਾਈਲ", "දුරකථන", "දුරකථනය",
    "फोन नं", "मोबा",
    # the east and south east of Asia
    "热线", "固话", "座机", "联系方式", "联系人", "拨打", "同号", "联络", "致电", "市話",
    "連絡先", "連絡電話", "聯絡電話", "自宅", "勤務先", "固定電話",
    "緊急連絡先", "聯絡", "핸드폰", "폰", "모바일", "비상연락망", "자택",
    "ติดต่อ", "เบอร์", "đt", "sdt", "liên hệ", "zalo", "số (?:em|mình|tôi|anh|chị|máy|của)", "hubungi", "kontak",
    "no wa", "wa saya", "no fon", "telpon", "tlp", "number ko", "numero ko",
    "text (?:nyo|mo)", "tawagan", "ဖုန်း", "ဖုန်းနံပါတ်", "ទូរស័ព្ទ", "ໂທ", "ເບີ",
    # Africa, Haiti
    "namba yangu", "nipigie", "piga", "inombolo", "ስልክ", "ስልክ ቁጥር", "lambar waya", "foonu",
    "whatsapp sy",
    fillers="l[aà]|number|numbers|no|num|on|at|me|us|is|to|for|sent|ko|sa|sy|saya|yangu|ya|moj|pro|fixe|fijo|kom|perso|"
    "suivant|folgende[rn]?|der|dem|die|mir|uns|mich|unter|auf|an|bitte|[ée]|al|il|el|au|aux|mi|na|pod|a|la|le|"
    "de|do|po|"
    "på|paa|meg|mig|til|oss|op|numerze|nummer|nr|[cč][ií]sle|[cč][ií]slo|numeri?s?|numurs|je|mi|az|su|adresse|"
    "waya|simu|"
    "einfach|doch|gerne|jederzeit|anytime|after|please|asap|directly|either|preferred|daytime|evening|emergency",
)  # fmt: skip

#: Words for a number of anything: they must begin a line or a sentence, or be somebody's, and nothing stands between.
_NUMBERS = (
    "номер|номеру|номере|رقم|رقمي|מספר|המספר|شماره|شماره‌|نمبر|नंबर|नम्बर|नं|번호|எண்|నంబర్|നമ്പർ|નંબર|ਨੰਬਰ|"
    "අංකය|លេខ|ნომერი|"
    "համար|համարը|numri|numru|[cč][ií]slo|num[eé]ro|n[uú]mero|n[uù]mero|број|broj|raqam|raqami|nomor|nomer|"
    "num|n[oö]mr[əe]|"
    "num[aă]r|[sš]tevilka|namba|nambari|numara|নাম্বার|নম্বর|αριθμός|numer|nummer|nummeret|numret|numero|number"
)
_OWN = (
    "my|new|mon|ton|votre|nouveau|mi|tu|su|nuevo|meu|seu|novo|mio|il mio|nuovo|mein[e]?|neue|mijn|nieuwe?|"
    "mitt|mit|nytt|ny|mu|minu|"
    "m[oó]j|nowy|m[uů]j|moje|nov[eéyý]|az [uú]j|noul|meu|moj|novi|moja|nova|im|мой|новый|твой|мій|новий|"
    "мой новый|мојот|мој|нови|"
    "yeni|benim|telefon|tel|phone|mobil|mob|mən(?:im)|mening|मेरा|मेरे|माझा|আমার|என்|నా|ನನ್ನ|എന്റെ|મારો|ਮੇਰਾ|제|내|나의|새|私の|我的|saya|aku|yangu"
)
_VAGUE = re.compile(
    rf"(?:(?:\A|[\n.!?;|,(>])[ *-]{{0,3}}|\b(?:{View(_OWN).folded}) )(?:{View(_NUMBERS).folded})(?:m|im|s[ıi])?"
    r"(?: (?:is|es|est|[eéè]|ist|lautet|jest|je|on|er|är|to|это|це|ye|hai|है|είναι)(?: (?:el|le|o|il|now|"
    r"jetzt|ora))?)?"
    r"[ :=#\u2116-]{1,4}\(?\Z",
    re.IGNORECASE,
)
#: Ends within the number.
NUMBERED = (
    rf"(?i)(?:{View(_NUMBERS).folded})(?:m|im|s[ıi])?[ :=#-]{{1,3}}"
    r"(?:is |es (?:el )?|est (?:le )?|[eéè] (?:il |o )?|ist |lautet |to |je )?\(?0?[1-9][0-9]{6}"
)

_LIKE = re.compile(
    r"0[1-9][0-9]{7,10}|[2-9][0-9]{2}[2-9][0-9]{6}|2[1-8][0-9]{8}|[5-9][0-9]{9}|[4-9][0-9]{7,8}|3[2-9][0-9]{8}|"
    r"[25][0-9]{7}|1[1-9]9[0-9]{8}|1[3-9][0-9]{9}|50[0-9]{9}|"
    r"[78][0-9]{10}|(?:20|27|3[0-9]|4[0-9]|5[1-8]|6[0-6]|8[1246]|9[0-58])[0-9]{8,11}|1[2-9][0-9]{9}"
)
#: What stands behind words for a number and is none of a telephone.
_COUNTED = re.compile(r" ?(?:Hz|times|ms|bytes|rows|B|[KMG]i?B|EUR|USD|[€$£%])(?![A-Za-z])")

#: One letter for a mobile, a phone, a fax or an office, a sign, and digits that can be nothing shorter.
INITIAL = (
    r"(?:^|[\s(|,;/])(?:[CcMmPpTtOoFfWwHhDd]|[Mm]ob|[Tt]el|[Pp]h)[:.)]{1,2} ?"
    r"(?:0[1-9][0-9]{8,9}|[2-9][0-9]{2}[2-9][0-9]{6})\b"
)
_AFTER_INITIAL = re.compile(r"[0-9]{10,11}\Z")
#: A year and what is numbered within it.
_OF_YEAR = re.compile(r"(?:19|20)[0-9]{2}[-/. ]")
#: So many digits behind words for any number.
_LONG = 9


def is_likely(view: View, start: int, end: int, digits: str) -> bool:
    """Whether these digits look like a telephone number and stand behind one of the words."""
    return (
        _LIKE.fullmatch(digits) is not None
        and _OF_YEAR.match(view.folded, start) is None
        and (LIKELY.leads_to(view, start) or _is_numbered(view, start, digits))
        and not otherwise(view, start)
        and _COUNTED.match(view.folded, end) is None
    )


def _is_numbered(view: View, start: int, digits: str) -> bool:
    return len(digits) >= _LONG and _VAGUE.search(view.before(start, 48)) is not None


def after_initial(view: View, end: int) -> int:
    """Where the digits begin that stand behind a letter for a telephone and end at `end`; -1 if they do not."""
    match = _AFTER_INITIAL.search(view.folded, max(0, end - 11), end)
    return match.start() if match is not None and not ANNOUNCED.leads_to(view, match.start()) else -1
