"""Words that announce a date of birth, in the languages in which people write them."""

# ruff: noqa: RUF001 (the words are of other scripts)
from __future__ import annotations

from akios_jail.pii.detectors.surroundings import Announcement

BORN = Announcement(
    "dob", r"d\.o\.b", "d/o/b", "date[ _-]?of[ _-]?birth", "birth[ _-]?date", "birth[ _-]?day", "born", "b-?day",
    "geburtsdatum", "geburtstag", "geb", "geboren", "gebdat", "geb-datum", "date de naissance", "n[ée]e? le",
    "naissance", "n[ée]\\(e\\) le", "anniversaire", "ddn", "fecha de nacimiento", "fecha nac", "f\\. ?nac",
    "naci[oó]", "nac[ií]", "nacid[oa]", "nacimiento", "cumplea[ñn]os", "fdn", "data di nascita", "nat[oa] (?:il|a)",
    "nascita", "nat[oa]", "data de nascimento", "data nasc", "nascid[oa]", "nasci", "nasceu", "nascimento",
    "anivers[aá]rio", "geboortedatum", "geboren op", "geb\\.? ?datum", "verjaardag", "data urodzenia", "ur",
    "urodzon[yaeą]", "urodził[ea]?m? si[eę]", "urodziny", "f[oö]delsedatum", "f[oö]delsedag", "f[oö]dd",
    "f[øo]dselsdato", "f[øo]dt", "f[øo]dselsdag", "syntym[aä]aika", "syntym[aä]p[aä]iv[aä]", "nasc", "dt\\.? ?nasc",
    "d\\. ?tarihi", "d\\.t", "do[gğ]\\. ?tar", "syntynyt", "datum narozen[ií]", "narozen[aý]?",
    "nar", "d[aá]tum narodenia", "sz[uü]let[eé]si", "sz[uü]letett", "data na[sșş]terii", "n[aă]scut[aă]?",
    "datum ro[dđ]enja", "ro[dđ]en[ao]?", "do[gğ]um tarihi", "do[gğ]umlu", "sünniaeg", "gimimo data",
    "sz[uü]l", "sz[uü]l\\.? ?id[oő]", "f/nac", "f\\.? ?/ ?nac", "geb\\.? ?-?dat", "дата рожд", "род", "לידה",
    "do[gğ]um", "do[gğ]umu", "nat[oai]/[aoei]", "nacid[oa]/[oa]", "nascid[oa]/[oa]", "nascid[oa]\\(a\\)", "n[eé]/e",
    "narozen[aáyý]?/[aáyý]", "narodi[lt]", "urodz", "data ur", "dat\\. ?ur", "datum nar", "dat\\. ?nar", "szül\\.",
    "sz\\.",
    "生\\(", "出生地及日期", "出生年月日", "생\\(", "рожд", "року народження", "г\\. ?р", "дата нар",
    "fecha de nac", "f\\. ?de ?nac", "data de nasc", "d\\. ?nasc", "d\\.n", "d\\. di nascita", "geb\\. ?am",
    "f[oø]dsel", "f\\. ?dato", "syntym[aä]", "s[uü]nd", "dz\\. ?dat", "gim\\. ?data", "ημ/νία γέννησης",
    "ημ\\. γεν", "γεννημέν",
    "ngày/tháng/năm sinh", "năm sinh", "tempat/tanggal lahir", "เกิดเมื่อ", "जन्म तिथी", "जन्म दिनांक", "ولادة",
    "ولد في",
    "مولود",
    "ת\\.? ?לידה", "d[aá]ta nasc", "tanggal kelahiran", "birth date is",
    "ttl", "birthdt", "dt birth", "fecha nacim", "data nasterii",
    "dzim[sš]anas datums", "ημερομηνία γέννησης", "ημ\\. γέννησης", "γεννήθηκε", "дата рождения", "родил(?:ся|ась)",
    "рождения", "д\\.р", "дата народження", "народи(?:вся|лась)", "дата на раждане", "датум рођења", "生年月日",
    "誕生日", "出生日期", "出生年月", "出生", "生日", "生於", "生于", "생년월일", "출생", "생일", "تاريخ الميلاد",
    "تاريخ الولادة", "مواليد", "תאריך לידה", "נולד", "जन्म ?तिथि", "जन्म तारीख", "जन्मदिन", "วันเกิด",
    "วัน/เดือน/ปีเกิด", "ngày sinh", "sinh ngày", "tanggal lahir", "tgl lahir", "lahir", "tarikh lahir",
    "kapanganakan", "tarehe ya kuzaliwa", "geboortedag", "f\\. ?d\\. ?n", "dn", "dato di nascita", "datum rojstva",
    "rojen[a]?", "ro[dđ]en[a]?", "dátum narodenia", "naroden[ýá]", "gimim", "gim[eę]s", "dzimis", "dzimusi",
    "sündinud", "f[æa]ðingardagur", "f[æa]dd", "dat[eë]lindja", "d[aá]ta breithe", "dyddiad geni",
    "data de naixement", "jaioteguna", "do[gğ]um tarixi", "туған күні", "роден", "родена", "դննդյան",
    "დაბადების თარიღი", "تاریخ تولد", "تاریخ پیدائش", "জন্ম তারিখ", "பிறந்த தேதி", "petsa ng kapanganakan",
    "született",
    "narozen", "sünnikuupäev", "s[uü]nniaeg", "dzim[sš]anas dat", "gimimo diena", "f[oö]delsedat", "born day",
    "ditëlindja", "rođendan", "рођен", "рођена", "туған жылы", "tug.ilgan sana", "tu[gʻ]'?ilgan",
    "fecha de naixement", "data nașterii", "дата народж", "народжен[аий]", "วันเดือนปีเกิด", "เกิดวันที่",
    "ngày tháng năm sinh", "జన్మ తేదీ", "जन्मतारीख", "เกิด", "जन्म", "ولد", "ولدت", "γεννηθείς", "γεννηθείσα",
    "נולדה",
    "n[ée]e? à", "place and date of birth", "tempat,? ?/? ?tgl\\.? lahir",
    # English and what it lends
    "dobs", "date[_ ]birth", "birthdates", "b'day", "birthdt", "full dob", "birth ?:",
    # German, Dutch, Afrikaans, the north
    "geburtsdaten", "geburtstage", "geboren bin ich", "gebore", "verjaar", "gebdatum", "gbd", "geboortedata", "jarig",
    "f[oö]d",
    "f[oø]dt d", "f[oö]ddes", "fdato", "f[oø]dd", "f[oø]dselsdatoer",
    "f[æa]ddur", "f[æa]ddist", "syntym[aä]aikani", "synt\\.? ?aika", "syntym[aä]p[aä]iv[aä]ni", "s[uü]ndisin",
    "s[uü]nnip[aä]ev", "sünd",
    # French, Italian, Spanish, Portuguese, their neighbours
    r"\bn[é]e?(?:\(e\)|\.e)?", "date naiss", "nat[ie]", "nacimos", "dn ?:", "daty ur", "дн",
    "nat[oa] a", "compleanno", "d\\.d\\.n", "nacid[oa]s",
    "cumple", "f[\\. -]?nac", "fec\\.? ?nac", "fecha nacto", "aniver", "nascid[oa]s", "naceu", "nacemento",
    "data de nacemento", "nat el", "nascut el", "nascuda", "jaiotze", "jaiotze-?data",
    "nesans", "dat nesans", "anivers[aà]ri", "neixement",
    # the west Slavs, Hungarian, Romanian, Albanian, Maltese
    "narodil[ay]? (?:jsem |som )?s[ea]", "narodil", "narodzin", "urodz\\.", "sz[uü]let[eé]si ideje",
    "sz[uü]let[eé]snap", "sz[uü]lettem", "n[aă]scut", "n[aă]scut[aă]", "m-am n[aă]scut", "data na[sșş]t",
    "na[sșş]terii", "lindur", "i lindur", "e lindur", "lindjes", "dat[eë]lindjes?",
    "gimus[ij]", "rugadh", "ganwyd", "ganed", "twieled", "twieldet", "twelid",
    # the south and east Slavs, Greek
    "ro[dđ]endan", "roj(?:stva|stni)", "рођендан", "раѓање", "роден на", "народилас", "народився", "народилася",
    "народивс", "день народження", "дня народження", "день рождения", "деня рождения", "днюха", "г/р",
    "нарадзі(?:ўся|лася)",
    "нараджэння",
    "родивс", "γεννήθηκ(?:α|ε)", "γεννημέν(?:ος|η)", "γέννησης", "γεν\\.", "γενέθλια", "ημερ\\. γέν",
    # Turkish and its kin, the Caucasus, Mongolian
    "do[gğ]um tarihim", "do[gğ]dum", "do[gğ]um g[uü]n[uü]m?", "t[əe]v[əe]ll[uü]d", "tug'?ilgan", "tugʻilgan",
    "туғилган", "туған", "төрсөн", "туулган", "დაბადებ(?:ული|ის)?", "დაბ\\.", "დაიბად", "ծնված", "ծնվ", "ծննդյան",
    # the Near East
    "ميلاد", "ميلادي", "الميلاد", "الازدياد", "ازدياد", "مولودة", "המולדת", "יליד", "ילידת", "יום הולדת", "ת\\.ל",
    "متولد", "تولد", "پیدائش", "پیدا", "زوی",
    # India and its neighbours
    "पैदा", "जनम", "जन्म", "ज\\.ति", "জন্ম", "জন্মদিন", "பிறந்த", "பிறப்பு", "పుట్టిన", "జననం", "ಹುಟ್ಟಿದ", "ಜನ್ಮ",
    "ജനന", "ജനിച്ച", "ജന്മ", "જન્મ", "ਜਨਮ", "උපන්", "උපත",
    # the east and south east of Asia
    "出世", "出世日期", "出世年月日", "民國出生", "생년", "탄생", "ว/ด/ป", "ว\\.ด\\.ป", "เกิด", "sinh năm",
    "ngày th[aá]ng n[aă]m sinh",
    "kelahiran", "dilahirkan", "ipinanganak", "isinilang", "kaarawan", "kapanganakan", "bday ko",
    "မွေး", "မွေးနေ့", "မွေးသက္ကရာဇ်", "កំណើត", "ເກີດ",
    # Africa
    "nilizaliwa", "alizaliwa", "kuzaliwa", "amezaliwa", "lokuzalwa", "haihuwa", "ọjọ ìbí", "ọjọ́ ìbí", "ልደት", "ትውልድ",
    "የልደት", "dhalasho", "dhalatay",
    fillers="d[aá]tumok|ibu|bapak|anak|dne|d[nň]a|jsem|som|s[ea]|bin|ich|in|un|une|c'est|mes|di|da|p[eë]|la|data|dat|m[eë]|noong|ko|po|pada|pe|tarehe|siku|d|per|as|passport|insurance|"
    "record|records|system|chart|id|card|laut|ausweis|pass|lt|gem|sot[a-z]*|trong|h[oồ]|s[oơ]|theo|seg[uú]n|"
    "dni|selon|so[tț]ul(?:ui)?|so[tț]iei|notat|io|lei|lui|"
    "moi|elle|er|sie|yo|ella|verified|confirmed|shown|listed|correct|full|vers|kun|sana|ul|ul meu|os|ao|no|na|"
    "ama|yil|ngày|tes|"
    "d[aá]tum|id[oő]|hely|és|zur|verifizierung|verification|confirm|on|at|in|here|there|was|born|dd|mm|"
    "yyyy|yy|jj|aaaa|tt|jjjj|gg|rrrr|date|day|patient|customer|client|am|dem|den|le|il|el|em|dia|"
    "d[ií]a|op|dnia|roku|a|of|baby|it|m|f",
)  # fmt: skip
