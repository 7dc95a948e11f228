"""Stems of the words for papers whose numbers are personal, as languages bend them."""

# ruff: noqa: RUF001 (the words are of other scripts)
from __future__ import annotations

#: Passports. What is a word of much else, such as Croatian `pas`, stands with a word for "number".
PASSPORT = """
    passport, pass-port, passprt, psprt, travel document, reisepass, passnummer, passnr, pass-nr, pass nr,
    pass no, pass hat die, mein pass, meinem pass, meines pass, passeport, pasaport, passaport, paspoort,
    paszport, cestovní pas, cestovního pas, cestovného pas, číslo pasu, pasu č, útlev, utlevel, pașaport,
    pașapoart, пасош, паспорт, пашпарт, загран, putovnic, pasoš, potni list, potnega list, potnim list,
    διαβατήρι, διαβατηρί, mitt pass, passet mitt, passet ditt, passets, mit pas, pasnummer, pas nr, pasnr,
    passin, vegabréf, pases num, pases nr, paso num, paso nr, 护照, 護照, パスポート, 旅券, 여권, جواز السفر,
    جواز سفر, الجواز, جوازي, דרכון, پاسپورت, گذرنامه, پاسپورٹ, पासपोर्ट, राहदानी, পাসপোর্ট, பாஸ்போர்ட்,
    పాస్‌పోర్ట్, పాస్పోర్ట్, ಪಾಸ್‌ಪೋರ್ಟ್, ಪಾಸ್ಪೋರ್ಟ್, പാസ്പോർട്ട്, പാസ്‌പോർട്ട്, પાસપોર્ટ, ਪਾਸਪੋਰਟ, පාස්පෝට්,
    ගමන් බලපත්‍ර, หนังสือเดินทาง, พาสปอร์ต, hộ chiếu, paspor, pasipoti, pasi ya kusafiria, iphasiphothi,
    phasipoti, paspoti, ፓስፖርት, პასპორტ, անձնագ, төлқұжат, гадаад паспорт, လိခိတဆငဍန, နိုင်ငံကူးလက်မှတ်,
    លិខិតឆ្លងដែន, ໜັງສືຜ່ານແດນ, uimhir phas
"""

#: Driving licences.
LICENCE = """
    driving licen, driving_licen, driver licen, driver_licen, driverlicen, drivers' licen, drivinglicen,
    driving permit, driver's permit, licence to drive, license to drive, driver number, driver no, driver's lic,
    drivers lic, learner permit, learner's permit, provisional licen, führerschein, fuehrerschein,
    fahrerlaubnis, führerausweis, fuehrerausweis, lernfahrausweis, permis de conduire, licence de conduire,
    mon permis, ton permis, son permis, permis de mon, permis de ma, permis b, permis français, permis suisse,
    permis québécois, permis étranger, permis de conducere, permisul, permis auto, nr. permis, carnet de conduc,
    carné de conduc, carné de manejo, permiso de conduc, permiso de circul, licencia de conduc,
    licencia de manejo, mi carnet, carnet de manejo, registro de conduc, brevete, licencia conduc,
    patente di guida, mia patente, sua patente, tua patente, patente rilasciata, patente n, numero di patente,
    patente b, patente europea n, carta de conduç, carteira de motorista, carteira nacional,
    carteira de habilita, habilitação, rijbewijs, rybewys, bestuurslisensie, prawo jazdy, prawa jazdy,
    prawem jazdy, prawie jazdy, prawka, prawko, řidičsk, řidičák, ridicsk, vodičsk, vodičák, vezetői eng,
    jogosítvány, jogsi, шофьорск, сумпс, свидетелство за управл, vozačk, vozniš, возачк, δίπλωμα οδ, διπλώματος,
    διπλωμα, άδεια οδήγ, άδειας οδήγ, ehliyet, sürücü belge, водительск, водит. уд, вод. уд, права кат,
    права сер, номер прав, мои права, водійськ, посвідчення вод, пасведчанн, ajokort, körkort, førerkort,
    kørekort, ökuskírtein, juhilub, juhiloa, vadītāja apl, vairuotojo paž, leje drejtimi, lejes së drejtimit,
    lejen e drejtimit, 驾驶证, 驾照, 駕照, 駕駛執照, 運転免許, 免許証, 運転経歴, 면허, رخصة القيادة, رخصة قيادة,
    رخصة السياقة, رخصة السواقة, رخصة قيادت, رخصتي, للقيادة, רישיון נהיגה, רישיון הנהיגה, רשיון נהיגה, גואהינאמ,
    گواهینامه, گواهی نامه, ڈرائیونگ لائسنس, ड्राइविंग लाइसेंस, ड्राइविंग लाइसेन्स, वाहन परवाना, चालक अनुमति,
    लाइसेंस नंबर, ড্রাইভিং লাইসেন্স, ওড্রাইভিং, ஓட்டுநர் உரிம, ஓட்டுனர் உரிம, డ్రైవింగ్ లైసెన్స, ಚಾಲನಾ ಪರವಾನಗಿ,
    ಡ್ರೈವಿಂಗ್ ಲೈಸೆನ್ಸ್, ഡ്രൈവിംഗ് ലൈസൻസ, ഡ്രൈവിങ് ലൈസൻസ, ડ્રાઇવિંગ લાઇસન્સ, ડ્રાઇવિંગ લાયસન્સ, ਡਰਾਈਵਿੰਗ ਲਾਇਸੰਸ,
    ਡਰਾਈਵਿੰਗ ਲਾਇਸੈਂਸ, රියදුරු බලපත්, ใบขับขี่, ใบอนุญาตขับ, giấy phép lái xe, bằng lái, gplx, sim a, sim b1,
    sim c, nomor sim, surat izin mengemudi, lesen memandu, no lesen, nombor lesen, lesen saya, lisensya,
    leseni ya udereva, leseni ya kuendesha, lasisin tuki, iwe-aṣẹ awakọ, ilayisensi yokushayela,
    iphepha-mvume lokuqhuba, የመንጃ ፈቃድ, მართვის მოწმობ, მართვის ლიცენზი, վարորդական, sürücülük vəsiqə,
    haydovchilik guvohnoma, жүргізуші куәлі, жолооны үнэмлэх, жүргүзүүчүлүк күбөлүк, гувоҳномаи ронандаг,
    carnet de conduir, permís de conduir, gidabaimen, trwydded yrru, ceadúnas tiomána, liċenzja tas-sewqan,
    ប័ណ្ណបើកបរ, ໃບຂັບຂີ່, ယာဉ်မောင်းလိုင်စင်
"""

#: Records of patients, and health insurance.
RECORD = """
    mrn, medical record, med rec, med. rec, chart number, chart no, chart #, wristband, blue cross, bluecross,
    blue shield, bcbs, uhid, abha, cghs, ahcip, philhealth, nhif, ohip, opd no, opd number, op number, op no,
    ipd no, cr no, health card, health insurance, health plan, medical aid, medical scheme, medical card,
    dva file, dva no, hospital number, hospital no, hospital id, hospital folder, member id, subscriber id,
    insurance id, encounter no, encounter number, csn, visit number, krankenkass, krankenversicher,
    versichertenkarte, versichertenn, versicherten-n, kv-nummer, gesundheitskarte, krankenakte, patientenakte,
    e-card, ecard, mitgliedsnummer tk, mitgliedsnummer aok, mitgliedsnummer barmer, kvnr, fallnummer,
    dossier médical, dossier patient, dossier hospitalier, mutuelle, d'assuré, d’assuré, assurance maladie,
    assurance-maladie, carte vitale, carte soleil, carte européenne d, adhérent, ipp, afiliad, obra social,
    historia clínica, historia clinica, historial clínico, historial médico, número de historial,
    tarjeta sanitaria, targeta sanit, expediente clínico, expediente médico, expediente del pac, ficha clínica,
    prepaga, seguro médico, seguro de salud, seguro popular, nss, cartella clinica, cartella medica, cartella n,
    tessera sanitaria, nosologic, assistito, fascicolo sanitario, prontuário, cartão nacional de saúde,
    cartão sus, cartão do sus, cartão de saúde, carteirinha, plano de saúde, convênio, unimed, processo clínico,
    cartão de utente, utente sns, utente n, zorgverzeker, zorgpas, verzekerden, ziekenhuisnummer,
    patiëntendossier, medisch dossier, ekuz, historii choroby, historia choroby, księga główna, karta leczenia,
    ubezpieczon, kartotek, chorobopis, pojištěnc, poistenc, zdravotná kart, zdravotní kart, zdravotnej kart,
    zdravotní pojiš, průkaz pojiš, kórlap, törzsszám, betegazonosító, naplószám, foaie de obs, foaia de obs,
    card de sănătate, asigurat, fișa medicală, здравна книжка, здравноосигур, амбулатор, история на забол,
    здравствен, zdravstven, lbo, mbo, zzzs, осигураник, osiguranik, φακέλου ασθ, φάκελος, μητρώου ασθ,
    αριθμός ασθεν, бюллетен, полис омс, полиса омс, полис дмс, полиса дмс, мой полис, медкарт, мед. карт,
    медицинская карт, медицинской карт, истории болезни, история болезни, историю болезни, медичн,
    історія хвороби, історії хвороби, sundhedskort, sygesikring, helsetrygdkort, helsekort, sairauskertom,
    kela-kort, journalnummer, journalnr, sjúkra, haiguslo, ravikindlust, slimības vēst, slimnīc, ligos istorij,
    kortelės nr, 病历, 病歷, 病案, 住院号, 住院號, 门诊号, 門診, 就诊, 就診, 医保, 健保卡, 健保號, 社保卡,
    診察券, カルテ, 保険証, 保険者番号, 被保険者, 차트, 병록, 건강보험, 진료카드, 진료번호, 진찰권, 의무기록,
    التأمين الصحي, الملف الطبي, ملف المريض, ملفي, السجل الطبي, קופת חולים, תיק רפואי, כרטיס רפואי, پرونده پزشکی,
    دفترچه بیمه, شماره بیمه, यूएचआईडी, ओपीडी, आयुष्मान, เวชระเบียน, บัตรโรงพยาบาล, เลขประจำตัวผู้ป่วย, bhyt,
    bảo hiểm y tế, bệnh án, rekam medis, no. rm, no rm, bpjs, kartu berobat, kad kesihatan, mediese fonds,
    mediese hulp, osasun txartel, osasun-txartel, kadi ya matibabu, bima ya afya, namba ya hospitali,
    nambari ya hospitali, cerdyn iechyd, tibbi kart, sgk no, sgk num
"""
#: Patients and hospitals: what is told of them has numbers of many kinds, so that a word for the number must be there.
PATIENT = """
    patient, pacient, pacjent, pazient, potila, beteg, hasta n, hastan, hasta k, hasta d, hasta prot, пациент,
    пацієнт, больного, хворого, ασθεν, pasiën, patiën, pasien, pesakit, pasyente, mgonjwa, majiyyac, bệnh nhân,
    patsien, 患者, 病人, 환자, المريض, مريض, بیمار, مریض, מטופל, חולה, रोगी, मरीज, रुग्ण, রোগী, நோயாளி, రోగి, ರೋಗಿ,
    രോഗി, દર્દી, ਮਰੀਜ਼, රෝගි, ผู้ป่วย, คนไข้, ታካሚ, პაციენტ, հիվանդ, xəstə, bemor, емделуші, науқас, өвчтөн,
    អ្នកជំងឺ, ຄົນເຈັບ, လူနာ, hospital, hôpital, krankenhaus, ospedal, ziekenhuis, szpital, nemocni, kórház,
    spital, bolnic, больниц, лікарн, болниц, νοσοκομ, sykehus, sjukhus, sairaal, haigla, slimnīc, ligonin, 病院,
    医院, 醫院, 병원, المستشفى, مستشفى, בית חולים, अस्पताल, โรงพยาบาล, bệnh viện, rumah sakit, insured,
    versicherte, assurato, asegurado
"""
