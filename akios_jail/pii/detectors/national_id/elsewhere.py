"""Asia, Africa and Oceania."""

from __future__ import annotations

from akios_jail.pii.detectors.checksums import luhn
from akios_jail.pii.detectors.national_id import checks
from akios_jail.pii.detectors.national_id.rule import DD, MM, YYMMDD, Rule

_TWELVE = r"[0-9]{4}[ -]?[0-9]{4}[ -]?[0-9]{4}"

RULES = (
    Rule(
        "IN",
        "Aadhaar",
        ("aadha+r", "adhaar", "uidai", "uid", "आधार"),
        r"[2-9][0-9]{3}[ -]?[0-9]{4}[ -]?[0-9]{4}",
        checks.stdnum("in_.aadhaar"),
    ),
    Rule(
        "IN",
        "PAN",
        ("pan", "pan (?:card|number|no)", "permanent account number"),
        r"[A-Z]{3}[ABCFGHJLPT][A-Z][ -]?[0-9]{4}[ -]?[A-Z]",
        checks.anything,
        alone=(r"\b[A-Z]{3}P[A-Z][0-9]{4}[A-Z]\b",),
    ),
    Rule("IN", "voter id", ("epic", "voter[ -]?id", "voter card"), r"[A-Z]{3}[0-9]{7}", checks.stdnum("in_.epic")),
    Rule(
        "CN",
        "resident identity number",
        ("身份证", "身份证号", "身份证号码", "公民身份号码", "居民身份证", "身分证"),
        r"[1-9][0-9]{16}[0-9Xx]|[1-9][0-9]{14}",
        checks.chinese,
        alone=(rf"\b[1-9][0-9]{{5}}(?:19|20)[0-9]{{2}}{MM}{DD}[0-9]{{3}}[0-9Xx]\b",),
    ),
    Rule(
        "TW",
        "identity number",
        ("身分證", "身份證", "身分證字號", "統一編號"),
        r"[A-Z][1289A-D][0-9]{8}",
        checks.taiwanese,
    ),
    Rule(
        "HK",
        "identity card",
        ("hkid", "香港身份證", "身份證號碼", "hong kong id"),
        r"[A-Z]{1,2}[0-9]{6}\(?[0-9A]\)?",
        checks.hong_kong,
        alone=(r"\b[A-Z]{1,2}[0-9]{6}\([0-9A]\)",),
    ),
    Rule(
        "KR",
        "resident registration number",
        ("주민등록번호", "주민번호", "외국인등록번호", "rrn", "resident registration"),
        rf"{YYMMDD}[- ]?[1-8][0-9]{{6}}",
        checks.korean,
        alone=(rf"\b{YYMMDD}-[1-8][0-9]{{6}}\b",),
    ),
    Rule("JP", "My Number", ("マイナンバー", "個人番号", "my ?number"), _TWELVE, checks.japanese),
    Rule(
        "SG",
        "NRIC",
        ("nric", "fin", "nric/fin"),
        r"[STFGM][0-9]{7}[A-Z]",
        checks.singaporean,
        alone=(r"\b[STFGM][0-9]{7}[A-Z]\b",),
    ),
    Rule(
        "MY",
        "MyKad",
        ("mykad", "nric", "kad pengenalan", "ic", r"no\.? ?kp", r"ic (?:no|number)"),
        rf"{YYMMDD}-?[0-9]{{2}}-?[0-9]{{4}}",
        checks.anything,
        alone=(rf"\b{YYMMDD}-(?:0[1-9]|1[0-6]|2[1-9]|[3-5][0-9]|82)-[0-9]{{4}}\b",),
    ),
    Rule(
        "TH",
        "identity number",
        ("เลขประจำตัวประชาชน", "บัตรประชาชน", "thai id"),
        r"[1-8][ -]?[0-9]{4}[ -]?[0-9]{5}[ -]?[0-9]{2}[ -]?[0-9]",
        checks.thai,
        alone=(r"\b[1-8][ -][0-9]{4}[ -][0-9]{5}[ -][0-9]{2}[ -][0-9]\b",),
    ),
    Rule(
        "ID",
        "NIK",
        ("nik", "ktp", "nomor induk kependudukan"),
        rf"[1-9][0-9]{{5}}[0-7][0-9]{MM}[0-9]{{6}}",
        checks.anything,
        tight=True,
    ),
    Rule(
        "VN",
        "citizen number",
        ("cccd", "cmnd", "căn cước", "số căn cước"),
        r"0[0-9]{11}|[0-9]{9}",
        checks.anything,
        tight=True,
    ),
    Rule(
        "PH",
        "PhilSys or SSS number",
        ("philsys", "sss", "umid"),
        r"[0-9]{2}-[0-9]{7}-[0-9]|[0-9]{4}(?:-[0-9]{4}){2,3}",
        checks.anything,
    ),
    Rule(
        "PK",
        "CNIC",
        ("cnic", "nicop"),
        r"[1-8][0-9]{4}-?[0-9]{7}-?[0-9]",
        checks.anything,
        alone=(r"\b[1-8][0-9]{4}-[0-9]{7}-[0-9]\b",),
    ),
    Rule("LK", "NIC", ("nic", "nic (?:no|number)"), r"[0-9]{9}[VXvx]|(?:19|20)[0-9]{10}", checks.anything, tight=True),
    Rule("BD", "NID", ("nid", "nid (?:no|number)"), r"[0-9]{17}|[0-9]{13}|[0-9]{10}", checks.anything, tight=True),
    Rule("IR", "national code", ("کد ?ملی", "code ?melli", "melli code"), r"[0-9]{3}-?[0-9]{6}-?[0-9]", checks.iranian),
    Rule(
        "AE",
        "Emirates ID",
        ("emirates id", "الهوية الإماراتية", "رقم الهوية"),
        r"784[ -]?[0-9]{4}[ -]?[0-9]{7}[ -]?[0-9]",
        luhn,
        alone=(r"\b784[ -]?(?:19|20)[0-9]{2}[ -]?[0-9]{7}[ -]?[0-9]\b",),
    ),
    Rule(
        "SA",
        "national or iqama number",
        ("iqama", "الإقامة", "رقم الهوية", "الهوية الوطنية", "saudi id"),
        r"[12][0-9]{9}",
        luhn,
    ),
    Rule("EG", "national number", ("الرقم القومي", "رقم قومي"), r"[23][0-9]{13}", checks.egyptian),
    Rule(
        "ZA",
        "identity number",
        ("sa id", "rsa id", "south african id", "id (?:number|no)", "identity number", "identiteitsnommer"),
        rf"{YYMMDD} ?[0-9]{{4}} ?[01][0-9]{{2}}",
        luhn,
        alone=(rf"\b{YYMMDD} ?[0-9]{{4}} ?[012][0-9]{{2}}\b",),
        valid_alone=checks.both(checks.no_time_stamp, luhn),
    ),
    Rule(
        "NG", "NIN or BVN", ("nin", "bvn", "national identification number"), r"[0-9]{11}", checks.anything, tight=True
    ),
    Rule(
        "GH",
        "Ghana card",
        ("ghana card",),
        r"GHA-?[0-9]{9}-?[0-9]",
        checks.anything,
        alone=(r"\bGHA-[0-9]{9}-[0-9]\b",),
    ),
    Rule("GE", "personal number", ("პირადი ნომერი", "პირადი №"), r"[0-9]{11}", checks.anything, tight=True),
    Rule("UZ", "PINFL", ("пинфл", "jshshir", "pinfl", "жшшир"), r"[3-6][0-9]{13}", checks.anything, tight=True),
    Rule("UG", "NIN", ("ugandan? nin", "nin"), r"C[MF][0-9]{5}[0-9A-Z]{7}", checks.anything, tight=True),
    Rule(
        "TZ", "NIDA number", ("nida",), r"(?:19|20)[0-9]{6}-?[0-9]{5}-?[0-9]{5}-?[0-9]{2}", checks.anything, tight=True
    ),
    Rule("KE", "taxpayer's PIN", ("kra pin", "kra"), r"[AP][0-9]{9}[A-Z]", checks.anything, tight=True),
    Rule(
        "KE",
        "national id",
        ("kenyan id", "huduma", "(?:my|his|her|their) id (?:number|no)"),
        r"[0-9]{7,8}",
        checks.anything,
        tight=True,
    ),
    Rule(
        "AU",
        "tax file number",
        ("tfn", "tax file number", "tax file no"),
        r"[0-9]{3}[ -]?[0-9]{3}[ -]?[0-9]{2,3}",
        checks.stdnum("au.tfn"),
    ),
    Rule(
        "NZ",
        "IRD number",
        ("ird", "ird (?:number|no)"),
        r"[0-9]{2,3}[ -]?[0-9]{3}[ -]?[0-9]{3}",
        checks.stdnum("nz.ird"),
    ),
)
