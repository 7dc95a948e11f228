"""The words around names: what announces one, and what belongs to one."""

# ruff: noqa: RUF001  (words in Greek, Cyrillic and Turkish have letters that look like others)
from __future__ import annotations

#: Somebody says who they are.
SELF = """
    my name is, my name's, name is, i am called, call me, mein Name ist, ich heiße, ich heisse, je m'appelle,
    mon nom est, me llamo, mi nombre es, mi chiamo, il mio nome è, chiamo, meu nome é, me chamo, chamo-me,
    mijn naam is, ik heet, nazywam się, mam na imię, jag heter, mitt namn är, jeg hedder, jeg heter, mit navn er,
    mitt navn er, nimeni on, jmenuji se, a nevem, mă numesc, numele meu este, benim adım, adım, меня зовут, моё имя,
    мене звати, με λένε, nama saya, tên tôi là, 我叫, 我的名字是, 我是, 私の名前は, 私は, 제 이름은, 저는, اسمي,
    שמי, קוראים לי, मेरा नाम, my full name is, my legal name is, I go by, they call me, the name's,
    mein vollständiger Name ist, man nennt mich, mi nombre completo es, meu nome completo é, mon nom complet est,
    il mio nome completo è, moje imię to, mé jméno je, volám sa, moje meno je, ime mi je, zovem se, моє ім'я,
    казвам се, името ми е, mano vardas, mani sauc, minu nimi on, ég heiti, em dic, izena dut, jina langu ni,
    我的名字叫, 제이름은, نام من, اسمي هو, من هستم
"""
#: Who they are, if what follows has first and last name or is said to call or to write.
SELF_FULL = """
    i am, i'm, this is, it's, speaking with, spoke with, spoke to, speak to, talked to, talk to, met with, meet
    with, named, signed by, prepared by, written by, approved by, requested by, reviewed by, reported by, submitted
    by, created by, assigned to, issued to, payable to, sold to, belongs to, on behalf of, addressed to, care of,
    c/o, attn, contact, ask for, patient, customer, client, employee, colleague, applicant, candidate, tenant,
    student, passenger, guest, member, manager, doctor, nurse, attorney, officer, witness, plaintiff, defendant,
    beneficiary, insured, ich bin, hier ist, je suis, c'est, soy, sono, sou, ik ben, jestem, jag är, jeg er, kunde,
    kundin, patientin, herrn, cliente, paciente, klant, klient, pacjent, клиент, пациент, это, said, says, told,
    asked by, call with, meeting with, interview with, introduced by, referred by, seen by, examined by, treated by,
    accompanied by, father of, mother of, son of, daughter of, wife of, husband of, married to, sent by, paid by,
    invited by, cc, per, mr and mrs, delivered to, received by, escalated to, reassigned to, handed over to, thanks
    to, spoken with, talking to, speaking to, speak with, met, ask, tell, asked, call, called, visit, visited by,
    closed by, opened by, resolved by, updated by, edited by, uploaded by, shared by, invited, countersigned by,
    authorised by, authorized by, verified by, checked by, booked by, entered by, added by, deleted by, posted by,
    answered by, handled by, taken by, recorded by, witnessed by, drafted by, translated by, interviewed by,
    commented by, modified by, completed by, raised by, logged by, ordered by, picked up by, collected by, driven
    by, owned by, managed by, led by, taught by, supervised by, represented by, diagnosed by, operated on by, cared
    for by, hired, fired, promoted, welcome, introducing, congratulate, victim, suspect, accused, deceased,
    resident, driver, requester, requestor, reporter, caller, subscriber, policyholder, cardholder, claimant,
    respondent, petitioner, landlord, borrower, pt, pt., the patient, the client, the customer, the applicant, the
    candidate, the employee, account of, behalf of, name of, @author, author, authors, f.a.o., fao, attention,
    subsemnatul, subsemnata, il sottoscritto, la sottoscritta, le soussigné, la soussignée, soussigné, el abajo
    firmante, niżej podpisany, der unterzeichnende, unterzeichner, herr und frau, mieter, mieterin, vermieter,
    vermieterin, versicherter, bewerber, bewerberin, schüler, schülerin, locataire, salarié, salariée, assuré,
    assurée, élève, empleado, empleada, alumno, alumna, inquilino, asegurado, dipendente, alunno, funcionário,
    funcionária, aluno, aluna, medewerker, huurder, pracownik, najemca, uczeń, kund, potilas, asiakas, zaměstnanec,
    nájemce, beteg, ügyfél, гражданин, гражданка, гр., сотрудник, сотрудница, заявитель, потерпевший, абонент,
    водитель, пассажир, пацієнт, громадянин, громадянка, заявник, müşteri, hasta, sanık, ασθενής, πελάτης,
    pacient, pacientka, patiente, paziente, pasient, cliënt, pacjentka, hasta adı, dictated by, transcribed by,
    electronically signed by, attested by, guarantor, provider, attending, referring, surgeon, titular, holder,
    account holder, agreement between, contract between, lease between, dipendente, inquilina, locatario,
    klientka, kunden, t.n.v., il/la sottoscritto/a, application for, receiver, payer, payee, holder, clerk,
    processed by, spouse, carer, supervisor, letting agent,
    in the name of, power of attorney for, t.n.v, ten name van, lautend auf, vollmacht für, im auftrag von,
    läuten bei,
    kontoinhaber, kontoinhaberin, fahrer, fahrerin, versicherungsnehmer, versicherungsnehmerin, ansprechpartner,
    ansprechpartnerin, sachbearbeiter, sachbearbeiterin, bearbeiter, empfänger, empfängerin, absender, mitarbeiter,
    mitarbeiterin, käufer, käuferin, verkäufer, verkäuferin, antragsteller, antragstellerin, eigentümer,
    eigentümerin,
    inhaber, inhaberin, halter, halterin, zeuge, zeugin, vertreten durch, gemeldet von, erstellt von, geprüft von,
    telefonat mit, gespräch mit, rückruf für, au nom de, titulaire, destinataire, bénéficiaire, expéditeur,
    conducteur,
    représenté par, représentée par, établi par, rédigé par, appel de, entretien avec, message pour, a nombre de,
    beneficiario, beneficiaria, tomador, tomadora, asegurada, conductor, conductora, titular, comprador, compradora,
    vendedor, vendedora, arrendador, arrendataria, representado por, representada por, aprobado por, llamada de,
    reunión con, mensaje para, preguntar por, per delega di, a nome di, intestato a, intestata a, intestatario,
    assicurato, assicurata, conducente, richiedente, approvato da, redatto da, chiamata di, colloquio con,
    em nome de,
    favorecido, favorecida, segurado, segurada, motorista, condutor, comprador, aprovado por, ligação de,
    recado para,
    verzekerde, begunstigde, bestuurder, contactpersoon, gesproken met, bericht voor, opgesteld door, mottagare,
    betalare, ansvarig, handläggare, samtal med, meddelande till, godkänd av, mottaker, saksbehandler, samtale med,
    modtager, sagsbehandler, besked til, vastaanottaja, käsittelijä, yhteyshenkilö, odbiorca, nadawca, płatnik,
    posiadacz, właściciel, ubezpieczony, ubezpieczona, kierowca, rozmowa z, wiadomość dla, w imieniu, pomiędzy,
    příjemce, plátce, majitel, řidič, pojištěný, hovor s, vzkaz pro, jménem, príjemca, platiteľ, vodič, poistený,
    címzett, kedvezményezett, biztosított, destinatar, beneficiar, plătitor, asigurat, șofer, primatelj, platitelj,
    osiguranik, vozač, prejemnik, plačnik, zavarovanec, voznik, saaja, maksja, saņēmējs, maksātājs, gavėjas,
    mokėtojas,
    получатель, плательщик, отправитель, заёмщик, заемщик, собственник, владелец, страхователь, застрахованный,
    доверенность на, от имени, звонок от, разговор с, отримувач, платник, власник, водій, розмова з, получател,
    наредител,
    δικαιούχος, καταθέτης, στο όνομα, ιδιοκτήτης, alıcı, gönderen, hesap sahibi, sigortalı, kiracı, kiraya veren,
    chủ tài khoản, người nhận, người thụ hưởng, pemilik rekening, atas nama, a.n., penerima, pengirim, penama
"""
#: A line that begins with one of these and a colon names people.
HEADERS = """
    From, To, Cc, Bcc, Reply-To, Sender, Name, Names, Attn, Attention, Signed, Signed by, Author, Authors,
    Participants, Attendees, Present, Von, An, Kopie, Absender, Empfänger, De, À, Expéditeur, Destinataire, Para,
    Remitente, Asistentes, Da, Mittente, Destinatario, Van, Aan, Afzender, Od, Do, Nadawca, Från, Till, Fra, Til,
    От, Кому, Копия, Від, Nombre, Nom, Nome, Naam, Imię i nazwisko, Namn, Navn, Nimi, Isim, Имя, 发件人, 收件人,
    姓名, 名前, 差出人, 宛先, 보낸사람, 받는사람, 이름, cc, CC, bcc, BCC, TO, FROM, Apologies, Absent, Regrets,
    Invitees, Invited, Organizer, Organiser, Host, Hosts, Chair, Chairperson, Facilitator, Moderator, Moderators,
    Speaker, Speakers, Panel, Panelists, Watchers, Reviewers, Assignees, Contributors, Editors, Witness, Witnesses,
    Signatories, References, Reference, Passengers, Guests, Members, Players, Students, Staff, Crew, Parties,
    Beneficiaries, Tenants, Occupants, Drivers, Interviewers, Teilnehmer, Teilnehmende, Anwesend, Anwesende,
    Abwesend, Entschuldigt, Protokoll, Protokollführer, Présents, Absents, Excusés, Copie, Presentes, Ausentes,
    Con copia, Presenti, Assenti, Partecipanti, Copia, Participantes, Presenças, Aanwezig, Afwezig, Deelnemers,
    Obecni, Nieobecni, Uczestnicy, Kopia, Närvarande, Deltagare, Frånvarande, Til stede, Deltakere, Deltagere,
    Läsnä, Osallistujat, Přítomni, Omluveni, Účastníci, Prítomní, Jelen vannak, Résztvevők, Feladó, Címzett,
    Másolat, Prezenți, Participanți, De la, Către, Katılımcılar, Kimden, Kime, Bilgi, Присутствовали, Участники,
    Копии, Присутні, Учасники, До, Присъстващи, Παρόντες, Από, Προς, Κοιν, Hadir, Peserta, Dari, Kepada, Người gửi,
    Người nhận, Thành phần, 出席, 出席者, 参加者, 欠席者, 参会人员, 与会人员, 抄送, 参석자, 참석자, 참조, الحضور,
    من, إلى, نسخة, משתתפים, נוכחים, מאת, אל, העתק, ผู้เข้าร่วม, จาก, ถึง,
    Guarantor, Pt, Patient, Client, Customer, Holder, Account holder, Cardholder, Insured, Full name, Titular,
    Nabywca, Jméno, Meno, Név, Nume, Ime, Imię, Ad Soyad, Fulde navn, Fullt navn, Fullständigt namn, Koko nimi,
    Nom complet, Nombre completo, Nome completo, Volledige naam, Käufer, Kunde, Kundin, Patientin, Auftraggeber,
    Rechnungsempfänger, Kontoinhaber, Intestatario, Cliente, Paciente, Titulaire, Klant, Klient, Odběratel,
    Asiakas, Köpare, Kund, Покупатель, Клиент, Пациент, ФИО, Покупець, Клієнт, Πελάτης, Müşteri, Vevő
"""
#: Before a name.
TITLES = """
    Mr, Mrs, Ms, Miss, D.ª, sig.ra, sig, Dr. med, Dr. med. dent, Dr. iur, Dr. phil, Mag, Gerb, Gerb., pp, Mx,
    Mister, Dr, Professor, Rev, Reverend, Fr, Sir, Lady, Lord, Dame, Capt, Captain, Sgt, Lt, Col, Gen, Maj, Hon,
    Judge, Justice, Senator, Herr, Herrn, Frau, Fräulein, Doktor, Monsieur, Madame, Mademoiselle, Mme, Mlle, Mgr,
    Señor, Señora, Señorita, Sr, Sra, Srta, Don, Doña, Dra, Sig, Signor, Signora, Signorina, Dott, Dottor,
    Dottoressa, Ing, Avv, Senhor, Senhora, Dom, Dona, Dhr, Mevr, Mevrouw, Meneer, Drs, Pani, Pana, Panu, Państwo,
    Pán, Paní, Bay, Bayan, Rouva, Fru, Г-н, Г-жа, Господин, Госпожа, Пан, Пані, Κύριε, Κυρία, Shri, Smt, Kumari,
    Ustad, Sheikh, Haji, Encik, Puan, Bapak, Ibu, Ông, Bà, Rabbi, Imam, Pastor, Father, Sister, Nurse, Officer,
    Detective, Inspector, Constable, Sergeant, Lieutenant, Colonel, Admiral, Cpl, Pvt, Cdr, Councillor, Cllr,
    Ambassador, Chancellor, Congressman, Congresswoman, Governor, Mayor, Coach, Uncle, Aunt, Auntie, Grandma,
    Grandpa, Tante, Onkel, Schwester, Pfarrer, Rechtsanwalt, Rechtsanwältin, Dipl.-Ing, Familie, Maître, Docteur,
    Professeur, Mesdames, Messieurs, Dña, Lic, Licda, Arq, Abg, Tío, Tía, Hermano, Hermana, Sig.ra, Sig.na,
    Dott.ssa, Prof.ssa, Geom, Rag, Exmo. Sr, Exma. Sra, Eng.º, Heer, De heer, Hr, Pan, Państwa, Panem, Panią, Ks,
    Inż, Pane, Slečna, MUDr, JUDr, RNDr, Úr, Úrhölgy, Doktornő, Domnul, Domnule, Doamna, Doamnă, Dl, Dna, D-na,
    D-l, Avukat, Herra, Neiti, Härra, Proua, Kungs, Kundze, Gospod, Gospa, Gospodin, Gospodine, Gospođa, Gospođo,
    Г-жо, господин, госпожа, госпожо, господине, гражданин, гр, товарищ, доктор, профессор, пан, пані, пане,
    панові, κ, κα, Κος, Κα, κύριε, κυρία, κύριος, Δρ, Chị, Cô, Bác, Thầy, ông, bà, Bpk, Sdr, Sdri, Pak, Bu, Datuk,
    Dato', Tan Sri, Cik, Hjh, Tuan, Alhaji, Alhaja, Mallam, Mama, Baba, Bwana, Ndugu, Mhe, Sardar, Begum, Janab,
    Senyor, Senyora, Prof, MR., MRS., MS., DR., PROF., آقای, خانم, السيد, السيدة, الدكتور, श्री, श्रीमती, श्रीमान,
    คุณ, นาย, นาง, นางสาว, adw, avv, mgr, inż, ing, fam, mevr, dhr, hr, fru, collega, Collega, collègue, Kollege,
    Kollegin, colega, anh, Anh, chị, cô, chú, bác, pan, pani, paní, pán, gospod, gospa, gospodin, gospođa, д-р,
    проф, инж, Dr.in, Mag.a, Ir, Bc, MVDr, PhDr, PaedDr, Dkfm, Med.Rat, Assoc. Prof, Doç, Doç. Dr, Prof. Dr, Av,
    Uz. Dr, Op. Dr, Sn, Sn., Sayın, sayın
"""
#: After a name, in scripts without blanks.
SUFFIXES = """
    先生, 女士, 小姐, 经理, 經理, 老师, 老師, 医生, 醫生, 主任, 同学, 教授, さん, 様, さま, 氏, 君, ちゃん, くん,
    先輩, 殿, 部長, 課長, 係長, 社長, 씨, 님, 고객님, 선생님, 대리, 과장, 부장, 차장, 팀장, 대표, 사원
"""
#: Within a name, in small letters.
PARTICLES = (
    r"van|von|vd|v\.d\.|der|den|de|los|las|lo|i|op|te|'t|aan|uit|bt\.?|s/o|d/o|a/l|a/p|ould|bar|bat|del|della|di|da|dos|das|do|du|des|la|le|el|al|bin|ibn|ben|bint|abu|af|av|zu|zur|zum|ter|ten|"
    r"y|e|vom|vander|st|san|mac|ap|binti|und|lo|dal|dalla|dei|degli"
)
#: After a name, what is said of people only: when they were born, where they live, what they are.
BORN = """
    born on, born in, born, b., geboren am, geboren, geb., wohnhaft, né le, née le, né en, née en, demeurant,
    nacido el, nacida el, nacido en, nacida en, domiciliado en, domiciliada en, nato il, nata il, nato a, nata a,
    residente in, nascido em, nascida em, residente na, geboren op, wonende, urodzony, urodzona, zamieszkały,
    zamieszkała, född, bosatt, født, narozen, narozena, aged, age, DOB, D.O.B., date of birth, CEO, CTO, CFO, COO,
    MD, PhD, Esq, RN, Managing Director, Attorney at Law, Geschäftsführer, Geschäftsführerin, directeur, directrice,
    gerente, direttore, direttrice, née, né, alias, f/k/a, wohnt, ansässig, habitant, domicilié à, domiciliée à,
    domiciliat în, con DNI, con cédula, con NIE, titular del DNI, codice fiscale, CPF, zam., zamieszk., bytem,
    r. č., született, lakcíme, прож, проживающий, проживающая, паспорт, родился, родилась, г.р., года рождения,
    мешкає, T.C. kimlik, doğumlu, Managing Partner, General Manager, Head of, Vice President, VP, Director of, Ph.D,
    M.D, LL.M, M.A, B.Sc, OBE, MBE, PMP, CPA, SSN, MRN, NHS number, passport, (hereinafter, (the "Tenant",
    geb, Geb, Geb.datum, Geburtsdatum, Geburtstag, narozen, Narozen, Narozena, Datum narození, nar, Né, Née,
    Date de naissance, Nato, Nata, Data di nascita, Nacido, Nacida, Fecha de nacimiento, F. nacimiento, Nascido,
    Nascida, Nasc, nasc, Data de nascimento, Født, Fødselsdato, Född, Födelsedatum, Syntymäaika, Syntymäpäivä,
    synt, ur, Data urodzenia, D. Tarihi, Doğum tarihi, d. tarihi, T.C, TCKN, TC, DNI, NIF, NIE, PESEL, CNP, AHV,
    BSN, personnummer, д.р, ИНН, PA-C, LPN, DDS, DVM, leg läk, leg. läk, leg ssk, överläkare, NRIC, IBAN, konto,
    compte, cuenta, RUT, passaporto, passaporte, Führerschein, permiso de conducir,
    patente, licence, licencia, prawo jazdy, BSB, a/c, account, nr rachunku, rekening, DL, driving licence, license,
    mayor de edad, geboortedatum, číslo pasu, паспорт, ID no, ID number, emp code, employee no, staff no, 誕生日,
    生年月日,
    生日, 出生日期, 생일, 생년월일
"""
#: Of people, what they are to somebody.
RELATED = """
    my husband, my wife, my son, my daughter, my brother, my sister, my mother, my father, my mom, my mum, my dad,
    my partner, my boyfriend, my girlfriend, my fiance, my fiancé, my fiancée, my uncle, my aunt, my cousin,
    my nephew, my niece, my grandson, my granddaughter, my boss, my manager, my colleague, my coworker,
    my assistant, my friend, my neighbour, my neighbor, my landlord, my landlady, my flatmate, my roommate,
    my doctor, my dentist, my lawyer, my therapist, my teacher, my student, my child, my kid, my baby, his wife,
    his son, his daughter, his brother, his sister, his mother, his father, his partner, her husband, her son,
    her daughter, her brother, her sister, her mother, her father, her partner, our son, our daughter,
    our colleague, our client, our customer, our tenant, our friend, our neighbour, our neighbor, our nanny,
    their son, their daughter, their mother, their father, meine Frau, mein Mann, mein Sohn, meine Tochter,
    mein Bruder, meine Schwester, mein Kollege, meine Kollegin, mein Chef, meine Chefin, unsere Tochter, unser Sohn,
    ma femme, mon mari, mon fils, ma fille, mon frère, ma sœur, mon collègue, ma collègue, mi esposa, mi esposo,
    mi marido, mi mujer, mi hijo, mi hija, mi hermano, mi hermana, mia moglie, mio marito, mio figlio, mia figlia,
    mio fratello, mia sorella, minha esposa, meu marido, meu filho, minha filha, mijn vrouw, mijn man, mijn zoon,
    mijn dochter, moja żona, mój mąż, mój syn, moja córka, min fru, min man, min son, min dotter, min kone,
    min mand, моя жена, мой муж, мой сын, моя дочь, мій син, моя дочка
"""
#: Before a name, over scripts without small letters or blanks: in whose name.
IN_THE_NAME_OF = """
    על שם, לפקודת, باسم, به نام, ชื่อบัญชี, ชื่อผู้รับ, হিসাবের নাম, के नाम,
    名義, 户名, 戶名, 예금주
"""
#: Before them stood who wrote.
WROTE = """
    wrote:, writes:, said:, schrieb:, a écrit, escribió:, ha scritto:, escreveu:, schreef:, skrev:, kirjoitti:,
    napisał:, napisała:, napisał(a):, napsal:, napsala:, napsal(a):, írta:, пишет:, написал:, написала:, пише:,
    yazdı:, έγραψε:, đã viết:, menulis:, added a comment, commented on, changed the, pushed to, merged pull,
    closed this, approved these, requested changes, requested your review, joined the, left the chat,
    left the channel, assigned you, mentioned you, invited you, shared a, is typing, reacted to, uploaded a
"""
#: What natural persons are called in contracts.
ROLES = """
    tenant, landlord, lessee, lessor, employee, borrower, guarantor, testator, executor, consultant, contractor,
    buyer, purchaser, seller, client, patient, plaintiff, defendant, mieter, mieterin, vermieter, vermieterin,
    arbeitnehmer, arbeitnehmerin, käufer, käuferin, verkäufer, verkäuferin, locataire, bailleur, salarié,
    arrendador, arrendatario, trabajador, locatore, conduttore, lavoratore, huurder, verhuurder, werknemer, husband,
    wife, son, daughter, mother, father, spouse, partner, brother, sister
"""
#: On a line of their own, above a name.
LABELS = """
    full name, name, your name, patient name, customer name, client name, contact name, employee name,
    applicant name, name of patient, name of applicant, cardholder name, account holder, contact person,
    emergency contact, bill to, ship to, sold to, deliver to, prepared for, prepared by, vollständiger name,
    vor- und nachname, ansprechpartner, kunde, rechnungsempfänger, lieferadresse, rechnungsadresse, nom complet,
    nom et prénom, nombre completo, nombre y apellidos, nome completo, nome e cognome, volledige naam, naam,
    imię i nazwisko, namn, navn, nimi, jméno a příjmení, név, nume, ad soyad, фио, имя, ім'я, 氏名, お名前, 姓名,
    성명, 이름, signature, signed, curriculum vitae, resume, résumé, cv, lebenslauf, herrn, frau, herr
"""
#: Words for people that a name follows with no sign between.
EAST_ASIAN = """
    患者, 病人, 本人, 客户, 客戶, 顾客, 员工, 学生, 用户, 乘客, 司机, 原告, 被告, 同事, 联系人, 氏名, 姓名, お名前,
    フリガナ, 担当, 担当者, 환자, 고객, 담당자, 직원, 학생, 성명, 이름, 예금주, 수신인, 발신인,
    乘机人, 收货人, 持卡人, 户名, 申请人, 患者姓名, 受取人, 宛名, 投保人, 被保险人, 承租人, 出租人, 借款人,
    乗客, 契約者, 申込者, 口座名義, 탑승객, 신청인, 임차인, 임대인, 계약자, 피보험자
"""
#: Words that begin so stand where people's data is.
PERSONAL = """
    addr dob birth e-mail email phone tel mobile ssn passport address street patient employee customer age gender
    sex title
    sent gesendet subject betreff objet asunto oggetto assunto onderwerp temat ämne emne aihe předmět tárgy konu
    тема
    主题 件名 제목 signature signed date datum geburt telefon anschrift adresse naissance correo direcci nascita
    nascimento geboorte urodzenia
"""
#: Nine of ten Chinese have one of these.
CHINESE_SURNAMES = (
    "王李张張刘劉陈陳杨楊黄黃赵趙周吴吳徐孙孫马馬朱胡郭何林罗羅高郑鄭梁谢謝宋唐许許韩韓冯馮邓鄧曹彭曾肖蕭田董袁潘于蒋蔣蔡余杜叶葉程苏蘇魏吕呂丁任沈"
    "姚卢盧姜崔钟鐘谭譚陆陸汪范石廖贾賈夏韦韋付方白邹鄒孟熊秦邱江尹薛闫段雷侯龙龍史陶黎贺賀顾顧毛郝龚龔邵万萬钱錢严嚴武戴莫孔向汤湯欧歐"
)
KOREAN_SURNAMES = (
    "김이박최정강조윤장임한오서신권황안송류전홍고문양손배백허유남심노하곽성차주우구민진지엄채원천방공현함변염여추"
)
