"""The names of the months, or what they begin with, in the languages in which people write dates.

What follows a beginning are letters or a full stop. Names that are one month here and another there (`lipnja`, `lipca`)
stand with more of their letters.
"""

# ruff: noqa: RUF001 (the names are of other scripts)
from __future__ import annotations

from akios_jail.pii.view import View

_MONTHS = (
    (
        "jan, jän, gen, ene, янв, січ, ian, led, sty, tammi, oca, ιαν, styczn, ledn, јан, янұ, januar, "
        "janar, siječ, sije, saus, "
        "jaan, jaanuar, urtar, xan, eanáir, ean, ionaw, ion, yan, jenewari, студз, ян, қаңтар, "
        "januw, janwar, "
        "ม.ค, มกราคม, जनवरी, जन, يناير, كانون الثاني, ינואר, जनवरि, जानेवारी, জানুয়ারি, জানুয়ারী, জানু, "
        "ஜனவரி, ஜன, జనవరి, ಜನವರಿ, "
        "ജനുവരി, જાન્યુઆરી, ਜਨਵਰੀ, جنوری, ژانویه, جانفي, იანვარ, იან, հունվար, ጃንዋሪ, ජනවාරි, ဇန်နဝါရီ, มกรา, "
        "فروردین"
    ),
    (
        "feb, fév, fev, febb, фев, лют, lut, únor, helmi, şub, sub, φεβ, shku, velja, vasar, veebr, otsa, "
        "feabh, chwef, "
        "peb, pebrero, ақпан, febr, fbr, февр, lutego, ก.พ, กุมภาพันธ์, फरवरी, फर, فبراير, شباط, "
        "פברואר, फेब्रुवारी, फेब्रुअरी, "
        "ফেব্রুয়ারি, ফেব্রুয়ারী, ফেব, பிப்ரவரி, பிப், ఫిబ్రవరి, ಫೆಬ್ರವರಿ, ഫെബ്രുവരി, ફેબ્રુઆરી, ਫਰਵਰੀ, "
        "فروری, فوریه, فيفري, თებერვ, "
        "თებ, փետրվար, فبرير, පෙබරවාරි, กุมภา, اردیبهشت"
    ),
    (
        "mar, mär, mrz, maa, мар, бер, bře, maalis, μαρ, mrt, már, márc, ożuj, ožuj, kov, märts, mawrth, "
        "marso, mart, maç, "
        "mac, machi, márta, mártha, наур, сакав, març, มี.ค, มีนาคม, मार्च, مارس, آذار, מרץ, מרס, মার্চ, "
        "மார்ச், మార్చి, ಮಾರ್ಚ್, മാർച്ച്, માર્ચ, "
        "ਮਾਰਚ, مارچ, მარტ, մարտ, මාර්තු, มีนา, خرداد"
    ),
    (
        "apr, avr, abr, апр, квіт, kwie, dub, huhti, nis, απρ, ápr, prill, pri, travanj, travnj, bala, "
        "balan, balandž, apir, "
        "ebrill, ebr, aib, aibreán, abril, сәуір, краса, เม.ย, เมษายน, अप्रैल, अप्रै, ابريل, أبريل, إبريل, "
        "نيسان, אפריל, एप्रिल, "
        "এপ্রিল, ஏப்ரல், ఏప్రిల్, ಏಪ್ರಿಲ್, ഏപ്രിൽ, એપ્રિલ, ਅਪ੍ਰੈਲ, اپریل, آوریل, أفريل, აპრილ, ապրիլ, "
        "අප්‍රේල්, เมษา, تیر"
    ),
    (
        "may, mai, mag, mei, maj, май, мая, трав, květ, touko, maio, mayo, mayı, μαΐ, μάι, máj, máí, maí, "
        "svib, geguž, geg, maig, "
        "maiatz, beal, bealtaine, bhealtaine, мамыр, мај, μαϊ, मे, พ.ค, พฤษภาคม, मई, مايو, أيار, ماي, מאי, "
        "মে, மே, మే, ಮೇ, മേയ്, મે, ਮਈ, "
        "مئی, مه, მაის, մայիս, මැයි, พฤษภา, مرداد"
    ),
    (
        "jun, juin, giu, июн, черв, cze, červn, kesä, haz, iun, ιουν, jún, qers, lipanj, lipnj, birž, juun, "
        "juny, ekain, "
        "meith, mheith, mehef, hunyo, hun, iyun, маус, юни, чэрв, јун, มิ.ย, มิถุนายน, जून, يونيو, حزيران, "
        "יוני, জুন, ஜூன், జూన్, ಜೂನ್, ജൂൺ, "
        "જૂન, ਜੂਨ, جون, ژوئن, جوان, ივნის, հունիս, ජූනි, มิถุนา, شهریور"
    ),
    (
        "jul, juil, lug, июл, лип, lip, červe, heinä, tem, iul, ιουλ, júl, korr, srpanj, srpnj, liep, juul, "
        "uztail, iúil, "
        "gorff, hulyo, hul, iyul, шілде, юли, ліп, јул, ก.ค, กรกฎาคม, जुलाई, जुलै, जुला, يوليو, تموز, יולי, "
        "জুলাই, ஜூலை, జూలై, జులై, ಜುಲೈ, "
        "ജൂലൈ, ജൂലായ്, જુલાઈ, ਜੁਲਾਈ, جولائی, ژوئیه, جويلية, ივლის, հուլիս, ජූලි, กรกฎา, مهر"
    ),
    (
        "aug, aoû, aou, ago, авг, серп, sie, srp, elo, ağu, agu, αυγ, ágú, gush, kolo, rugp, abuz, lún, "
        "awst, ogos, avq, avg, "
        "тамыз, жнів, ağus, augu, ส.ค, สิงหาคม, अगस्त, ऑगस्ट, أغسطس, اغسطس, آب, אוגוסט, আগস্ট, "
        "অগাস্ট, ஆகஸ்ட், ఆగస్టు, ఆగస్ట్, "
        "ಆಗಸ್ಟ್, ഓഗസ്റ്റ്, ആഗസ്റ്റ്, ઓગસ્ટ, ਅਗਸਤ, اگست, اوت, أوت, აგვისტ, օգոստ, අගෝස්තු, สิงหา, آبان"
    ),
    (
        "sep, set, сен, вер, wrz, září, syys, eyl, σεπ, sze, szept, shta, ruj, rugs, irail, meán, medi, "
        "sept, сеп, септ, қырк, "
        "верас, setyembre, ก.ย, กันยายน, सितंबर, सितम्बर, सप्टेंबर, سبتمبر, أيلول, ספטמבר, সেপ্টেম্বর, "
        "செப்டம்பர், సెప్టెంబర్, ಸೆಪ್ಟೆಂಬರ್, "
        "സെപ്റ്റംബർ, સપ્ટેમ્બર, ਸਤੰਬਰ, ستمبر, سپتامبر, სექტ, սեպտ, සැප්තැම්බර්, กันยา, آذر"
    ),
    (
        "oct, okt, ott, out, окт, жовт, paź, říj, loka, eki, οκτ, tet, spal, urri, deire, hydref, hyd, "
        "outub, outubro, окто, "
        "қазан, кастр, окто, oktyabr, ต.ค, ตุลาคม, अक्टूबर, ऑक्टोबर, أكتوبر, اكتوبر, تشرين الأول, אוקטובר, "
        "অক্টোবর, அக்டோபர், అక్టోబర్, "
        "ಅಕ್ಟೋಬರ್, ഒക്ടോബർ, ઓક્ટોબર, ਅਕਤੂਬਰ, اکتوبر, اکتبر, ოქტ, հոկտ, ඔක්තෝබර්, ตุลา, دی"
    ),
    (
        "nov, ноя, лист, lis, marras, kas, noi, νοε, nën, stud, lapk, azaro, samh, tach, nob, nobyembre, "
        "ноем, қараша, "
        "ліст, нов, nóv, พ.ย, พฤศจิกายน, नवंबर, नवम्बर, नोव्हेंबर, نوفمبر, تشرين الثاني, נובמבר, নভেম্বর, "
        "நவம்பர், నవంబర్, ನವೆಂಬರ್, നവംബർ, "
        "નવેમ્બર, ਨਵੰਬਰ, نومبر, نوامبر, ნოემ, նոյեմ, නොවැම්බර්, พฤศจิกา, بهمن"
    ),
    (
        "dec, dez, déc, dic, дек, груд, gru, pros, joulu, ara, δεκ, des, dhje, dhjet, gruod, dets, aben, "
        "noll, rhag, dis, dek, "
        "disyembre, desyembre, желт, снеж, дец, ธ.ค, ธันวาคม, दिसंबर, दिसम्बर, डिसेंबर, ديسمبر, كانون الأول, "
        "דצמבר, ডিসেম্বর, டிசம்பர், "
        "డిసెంబర్, ಡಿಸೆಂಬರ್, ഡിസംബർ, ડિસેમ્બર, ਦਸੰਬਰ, دسمبر, دسامبر, დეკ, դեկտ, දෙසැම්බර්, ธันวา, اسفند"
    ),
)
#: Beginnings as texts have them once they are folded, with the number of the month. The longer beginnings first:
#: `marras` is no March.
BY_BEGINNING = sorted(
    {View(name.strip()).folded: number for number, names in enumerate(_MONTHS, 1) for name in names.split(",")}.items(),
    key=lambda row: -len(row[0]),
)
