"""Words that announce a bank account, in the languages in which people write them, and names of banks.

A language that bends its words has the forms that stand before a number: `на счёт`, `v účtu`, `számlámra`.
"""

# ruff: noqa: RUF001 (the words are of other scripts)
from __future__ import annotations

from akios_jail.pii.detectors.phrases import phrases_of
from akios_jail.pii.detectors.surroundings import Announcement

ACCOUNT = Announcement(
    # English
    "account", "acct", "a/c", "acc", "accnt", "acnt", "bank account", "account (?:number|no|#|num|nr)",
    "acct (?:number|no|#|num|nr)", "ac (?:number|no|num)", "checking", "chequing", "savings", "deposit",
    "beneficiary account", "dda", "account (?:holder|name|title)[^\n0-9]{3,40}(?:number|no|nr|#)", "bank acct",
    "bank[_ ]details", "payout[_ ]account", "standing order (?:to|from)", "bank accounts", "between accounts",
    "roll (?:number|no)", "current a/c", "further credit", "ffc", "neft to", "rtgs to", "imps to", "ach to", "cvu",
    "paid into", "payable to account", "credited to", "my acct", "my acc",
    # German, Dutch, Afrikaans, Luxembourgish
    "kontonummer", "konto", "kontonr", "konto-?nr", "kto", "kto\\.?[ -]?nr", "konto-nr", "bankverbindung",
    "rekening", "rekeningnummer", "rekeningnr", "rek\\.? ?nr", "rekeningnommer", "bankrekening", "kont",
    "gironummer", "giro",
    # the north
    "bankgiro", "plusgiro", "kontonumret", "kontoen", "kontot", "bankkontonr", "l[oö]nekonto", "clearingnummer",
    "tili", "tilinro", "tilinro\\.", "tilinumero", "tilille", "tilin", "tiliin", "reikning", "reikningur",
    "reikninginn", "reikningi", "reikningsn[uú]mer", "reikn", "bankareikning", "bankareikningur", "arvelduskonto",
    "arveldusarve", "kontonumber", "konta numurs", "konts", "kontu", "konta nr", "s[aą]skaita", "s[aą]skait[aą]",
    "s[aą]skaitos",
    # French, Catalan
    "num[eé]ro de compte", "compte", "compte bancaire", "compte courant", "compte n", "cpte", "rib", "ca \\$",
    "cc \\$", "livret [a-z]{1,4}", "compte bancari", "compte corrent",
    # Spanish, Galician, Basque
    "cuenta", "cuenta bancaria", "cuenta corriente", "n[uú]mero de cuenta", "cta", "cta\\.? cte", "ctas", "ahorros?",
    "cuenta de ahorros?", "caja de ahorros?", "datos bancarios", "cuenta rut", "cuenta vista", "ccc", "cci",
    "cuenta interbancaria", "cuenta cliente", "n[uú]mero de conta", "kontu-zenbakia", "kontua",
    # Italian
    "conto", "conto corrente", "numero di conto", "c/c", "conto n", "c/c n", "coordinate bancarie", "bban",
    # Portuguese
    "conta", "conta corrente", "n[uú]mero da conta", "conta banc[aá]ria", "conta poupan[cç]a", "conta sal[aá]rio",
    "poupan[cç]a", "nib", "dados banc[aá]rios", "banco n",
    # Polish
    "numer konta", "nr konta", "konto bankowe", "konta", "kontem", "rachunku", "rachunek", "nr rachunku", "nrb",
    "rach", "nr rach", "rachunek bankowy", "rachunku bankowego", "rachunkiem",
    # Czech, Slovak
    "[cč][ií]slo [uú][cč]tu", "[uú][cč]et", "[uú][cč]tu", "[uú][cč]tem", "č\\.? ?ú", "c\\. ?u",
    "bankovn[ií] spojen[ií]",
    "bankov[eé] spojenie",
    # Hungarian, Romanian, Albanian
    "sz[aá]mlasz[aá]m", "sz[aá]mlasz[aá]ma", "sz[aá]mlasz[aá]mom", "sz[aá]mlasz[aá]munk", "banksz[aá]mla",
    "sz[aá]ml[aá]ra", "sz[aá]ml[aá]j[aá]ra", "sz[aá]ml[aá]mra", "sz[aá]ml[aá]nkra", "foly[oó]sz[aá]mla",
    "cont bancar", "cont", "contul", "contului", "num[aă]r cont", "num[aă]r de cont", "nr\\.? cont", "llogari",
    "llogaria", "llogaris[eë]", "numri i llogarisë",
    # the south Slavs
    "broj ra[cč]una", "broj bankovnog ra[cč]una", "teku[cć]i ra[cč]un", "[zž]iro[ -]?ra[cč]un", "tr[ -]?ra[cč]un",
    "trr", "transakcijski ra[cč]un", "na ra[cč]un", "ra[cč]un banke", "[sš]tevilka ra[cč]una", "uplatite na",
    "uplatiti na", "број рачуна", "текући рачун", "жиро рачун", "рачун", "сметка", "номер на сметка",
    "банкова сметка", "по сметка", "број на сметка", "жиро сметка", "трансакциска сметка",
    # Russian, Ukrainian, Belarusian
    "расчетный счет", "расчётный счёт", "лицевой счет", "лицевой счёт", "номер счета", "р/с", "номер сч[её]та",
    "р/сч", "р\\. ?с", "к/с", "корр", "банковск(?:ий|ого) сч[её]т", "номер рахунку", "рахунок", "рахунку",
    "рахунком", "номер рахунка", "р/р", "рахунак",
    # Greek, Turkish, Azerbaijani, Uzbek, Kazakh, Mongolian, Armenian, Georgian
    "λογαριασμού", "λογαριασμός", "λογαριασμό", "αρ\\. λογαριασμού", "αριθμός λογαριασμού", "αρ\\. λογ", "hesap no",
    "hesap numaras.", "hesap numaram", "hesab[iı]m", "hesap", "hesab[iı]", "hesab[iı]ma", "hesab[iı]na",
    "hesab nömrəsi", "hesab", "hisob raqam", "hisob raqami", "h/r", "шот нөмірі", "есепшот", "данс", "дансны дугаар",
    "дансанд", "հաշվեհամար", "հաշիվ", "հաշվի", "հաշվին", "ანგარიშის ნომერი", "ანგარიში",
    # Arabic, Hebrew, Persian, Urdu
    "رقم الحساب", "الحساب", "رقم حساب", "حساب", "حسابي", "חשבון", "מספר חשבון", "ח-ן", "סניף [0-9]{1,3} מספר",
    "لحساب", "شماره حساب", "شماره حساب بانکی", "بینک اکاؤنٹ", "اکاؤنٹ نمبر", "اکاؤنٹ", "کھاتہ",
    # India and its neighbours
    "खाता", "खाते", "खाता संख्या", "खाता नंबर", "खाता क्रमांक", "अकाउंट", "ব্যাংক অ্যাকাউন্ট", "অ্যাকাউন্ট",
    "একাউন্ট", "হিসাব নম্বর", "হিসাব নং", "கணக்கு எண்", "கணக்கு", "ఖాతా సంఖ్య", "ఖాతా", "అకౌంట్", "அக்கவுண்ட்",
    "ಅಕೌಂಟ್", "એકાઉન્ટ", "ਅਕਾਊਂਟ", "ಖಾತೆ ಸಂಖ್ಯೆ", "ಖಾತೆ",
    "അക്കൗണ്ട്", "ખાતા નંબર", "ખાતું", "ਖਾਤਾ", "ගිණුම්", "ගිණුම", "vpa",
    # the east of Asia
    "银行账号", "账号", "银行帐号", "帐号", "银行账户", "账户号码", "账户", "帐户", "户口", "收款账号", "银行卡号",
    "銀行帳號", "帳號", "帳戶號碼", "帳戶", "戶口",
    "戶口號碼", "口座番号", "普通", "口座", "当座", "普通預金", "普\\)", "貯蓄預金", "振込先", "通帳", "계좌번호",
    "계좌", "통장",
    # the south east of Asia
    "เลขที่บัญชี", "ชื่อบัญชี", "บัญชีธนาคาร", "หมายเลขบัญชี", "เลขบัญชี", "เข้าบัญชี", "บัญชี", "ເລກບັນຊີ", "ບັນຊີ",
    "គណនី", "လက်ခံအကောင့်", "အကောင့်", "số tài khoản", "tài khoản", "stk", "số tk", "tk ng[aâ]n h[aà]ng",
    "nomor rekening", "no\\.? rekening", "rek", "norek", "akaun", "nombor akaun", "numero ng account",
    # Africa, Ireland, Wales
    "akaunti", "nambari ya akaunti", "የሂሳብ ቁጥር", "ሂሳብ", "cuntas", "cyfrif", "rhif cyfrif", "asusun",
    fillers="postale?|ch[eè]ques?|à ordem|a ordem|a la vista|vista|sueldo|n[oó]mina|en pesos|en d[oó]lares|utald|"
    "utalja|utalj[aá]k|bankowy|bankowego|bancario|bancaria|bancaire|bankov[a-z]+|numeris|numaras.|n[uú]mer|номер|"
    "numurs|[sš]tevilka|sz[aá]ma?|broj|na|ids?|bank|number:|ending|with|current|checking|savings|iban|acct|cheque|"
    "chequing|account|corrente|corriente|courant|je|de ahorros?|ahorros?|hos|bij|hos bank|ved|u|chez|nro|at|still|"
    "again|again:|destinataire|b[eé]n[eé]ficiaire|destinatario|beneficiario|personal|joint|payroll|business|"
    "current:|details|info|below|bei|der|dem|van|en|del|banco|banca|banque|v|w|uw|ons|pri|kod|bca|bni|bri|mandiri|"
    "cimb|maybank|chase|hsbc|barclays|lloyds|natwest|santander|sparkasse|postbank|ing|bancolombia|davivienda",
    endings="konto|kontonr|rekening|tili|tilille",
)  # fmt: skip

#: Names of banks that mean little else: a number right after or right before one is an account there.
BANKS = phrases_of("""
    gtbank, gtb, zenith bank, zenith, axis, union bank, umpqua, pnc bank, td bank, us bank, capital one, chase bank,
    एसबीआई, యూనియన్ బ్యాంక్, ఎస్బీఐ, میزان, بانک ملت, بانک ملی, بانک سامان, access bank, uba, first bank,
    fidelity bank, fcmb, sterling bank, wema bank,
    polaris bank,
    ecobank, stanbic, keystone bank, opay, palmpay, kuda, moniepoint, kcb, equity bank, ncba, co-op bank, family bank,
    crdb, nmb, centenary bank, dfcu, gcb, cal bank, fnb, capitec, nedbank, absa, standard bank, tymebank, investec,
    attijariwafa, sbi, hdfc, icici, axis bank, pnb, kotak, canara bank, idfc, indusind, federal bank, idbi, hbl, ubl,
    mcb, meezan, bank alfalah, dbbl, brac bank, islami bank, sampath bank, nabil bank, bpi, bdo, metrobank, landbank,
    rcbc, unionbank, bca, bni, bri, mandiri, btn, bank jago, bank mega, cimb, danamon, permata, maybank, public bank,
    rhb, hong leong, ambank, bank islam, posb, dbs, ocbc, uob, kbank, kasikorn, krungthai, krungsri, vietcombank, vcb,
    techcombank, bidv, vietinbank, mbbank, mb bank, acb, vpbank, tpbank, sacombank, agribank, hang seng, hsbc, icbc,
    emirates nbd, adcb, mashreq, qnb, al rajhi, wells fargo, bofa, bank of america, citibank, truist, navy federal,
    usaa, scotiabank, rbc, bmo, cibc, desjardins, bancolombia, davivienda, banorte, bancomer, banamex, bancoestado,
    interbank, banco pichincha, banreservas, banrural, itaú, bradesco, nubank, sicoob, sicredi, banesco, bbva,
    commbank,
    westpac, bendigo bank, bankwest, anz, kiwibank, asb, bnz, barclays, natwest, lloyds, monzo, starling, revolut,
    santander, sparkasse, volksbank, raiffeisenbank, raiffeisen, commerzbank, postbank, comdirect, dkb, n26,
    erste bank,
    bawag, ubs, postfinance, bnp, lcl, belfius, kbc, rabobank, abn amro, bunq, unicredit, intesa, fineco, caixabank,
    sabadell, bankinter, nordea, swedbank, handelsbanken, danske bank, dnb, sparebank, jyske bank, luminor, citadele,
    pekao, pko bp, mbank, alior, čsob, moneta, tatra banka, otp, nlb, eurobank, ziraat, garanti, akbank, yapı kredi,
    halkbank, vakıfbank, הפועלים, דיסקונט, الراجحي, กสิกร, กสิกรไทย, ไทยพาณิชย์, กรุงไทย, กรุงศรี,
    ออมสิน,
    工商银行, 建设银行, 农业银行, 中国银行, 招商银行, 交通银行, 邮储银行, 工行, 建行, 农行, 招行, 玉山銀行, 中國信託,
    國泰世華,
    台新, 富邦, 匯豐, 恒生, 恒生銀行, 中銀, 渣打, ゆうちょ銀行, ゆうちょ, 三井住友銀行, みずほ銀行, 三菱ufj銀行,
    りそな銀行,
    楽天銀行, 국민은행, 국민, 신한은행, 신한, 우리은행, 하나은행, 하나, 농협은행, 농협, 기업은행, 기업, 새마을금고,
    수협, 부산은행,
    대구은행, 전북은행, 광주은행, 경남은행, 제주은행, 산업은행, 우체국, 신협, 카카오뱅크, 토스뱅크, 케이뱅크
""")
