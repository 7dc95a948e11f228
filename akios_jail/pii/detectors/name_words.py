"""The words around names: what announces one, what belongs to one, and what looks like one and is none."""

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
    Mr, Mrs, Ms, Miss, D.ª, sig.ra, sig, Dr. med, Dr. med. dent, Dr. iur, Dr. phil, Mag, Gerb, Gerb., pp,
    Mx,
    Mister, Dr, Professor, Rev, Reverend, Fr, Sir, Lady, Lord, Dame, Capt, Captain, Sgt, Lt,
    Col, Gen, Maj, Hon, Judge, Justice, Senator, Herr, Herrn, Frau, Fräulein, Doktor, Monsieur, Madame,
    Mademoiselle, Mme, Mlle, Mgr, Señor, Señora, Señorita, Sr, Sra, Srta, Don, Doña, Dra, Sig, Signor, Signora,
    Signorina, Dott, Dottor, Dottoressa, Ing, Avv, Senhor, Senhora, Dom, Dona, Dhr, Mevr, Mevrouw, Meneer, Drs,
    Pani, Pana, Panu, Państwo, Pán, Paní, Bay, Bayan, Rouva, Fru, Г-н, Г-жа, Господин, Госпожа, Пан, Пані, Κύριε,
    Κυρία, Shri, Smt, Kumari, Ustad, Sheikh, Haji, Encik, Puan, Bapak, Ibu, Ông, Bà, Rabbi, Imam, Pastor, Father,
    Sister, Nurse, Officer, Detective, Inspector, Constable, Sergeant, Lieutenant, Colonel, Admiral, Cpl, Pvt, Cdr,
    Councillor, Cllr, Ambassador, Chancellor, Congressman, Congresswoman, Governor, Mayor, Coach, Uncle, Aunt,
    Auntie, Grandma, Grandpa, Tante, Onkel, Schwester, Pfarrer, Rechtsanwalt, Rechtsanwältin, Dipl.-Ing, Familie,
    Maître, Docteur, Professeur, Mesdames, Messieurs, Dña, D.ª, Lic, Licda, Arq, Abg, Tío, Tía, Hermano, Hermana,
    Sig.ra, Sig.na, Dott.ssa, Prof.ssa, Geom, Rag, Exmo. Sr, Exma. Sra, Eng.º, Heer, De heer, Hr, Pan, Państwa,
    Panem, Panią, Ks, Inż, Pane, Slečna, MUDr, JUDr, RNDr, Úr, Úrhölgy, Doktornő, Domnul, Domnule, Doamna, Doamnă,
    Dl, Dna, D-na, D-l, Avukat, Herra, Neiti, Härra, Proua, Kungs, Kundze, Gospod, Gospa, Gospodin, Gospodine,
    Gospođa, Gospođo, Г-жо, господин, госпожа, госпожо, господине, гражданин, гр, товарищ, доктор, профессор, пан,
    пані, пане, панові, κ, κα, Κος, Κα, κύριε, κυρία, κύριος, Δρ, Chị, Cô, Bác, Thầy, ông, bà, Bpk, Sdr, Sdri, Pak,
    Bu, Datuk, Dato', Tan Sri, Cik, Hjh, Tuan, Alhaji, Alhaja, Mallam, Mama, Baba, Bwana, Ndugu, Mhe, Sardar, Begum,
    Janab, Senyor, Senyora, Prof, MR., MRS., MS., DR., PROF., آقای, خانم, السيد, السيدة, الدكتور, श्री, श्रीमती,
    श्रीमान, คุณ, นาย, นาง, นางสาว
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
#: Whoever is addressed so has no name, or it is none: also what a sentence goes on with.
NOT_NAMES = """
    tarihi all everyone everybody team folks there friend friends guys colleagues colleague customer customers client
    clients sir sirs madam ma'am maam ladies gentlemen member members user users valued subscriber reader readers
    parent parents student students community support service services sales help desk hiring manager recruiter
    recruiting admin administrator santa diary world kitty dolly moto google siri alexa cortana both again back
    partner partners supplier vendor neighbour neighbor resident residents tenant candidate applicant traveller
    traveler shopper mom mum dad mother father sister brother grandma grandpa darling honey sweetheart love dear
    god lord heavens developer developers please thank thanks i we the this that these those your my our you he she
    it they just can could would should are is am was were how what when where why who which if as on in at for
    from with to and or but not no yes ok okay do does did have has had might let's let sure so also here re fwd fw
    welcome sorry sent regards best kind january february march july september october november december monday
    tuesday wednesday thursday friday saturday sunday today tomorrow yesterday morning evening damen herren herr
    frau kunde kunden kundin kollegen kolleginnen zusammen alle leute freunde mitglied mitglieder interessent
    bewerber familie nachbarn wir ich sie es vielen danke bitte monsieur madame messieurs mesdames cliente équipe
    tous toutes collègues ami amis merci je nous vous señor señora señores equipo todos todas amigo amigos usuario
    gracias nosotros signore signora signori gentile tutti squadra grazie senhor senhora senhores equipe obrigado
    heer mevrouw klant allemaal collega's iedereen dank meneer panie pani państwo klient klienci wszyscy zespół
    panowie alla kund kunder allihopa клиент клиенты коллеги друзья команда пользователь господа мир всем
    покупатель 用户 客户 顾客 各位 大家 朋友 同事 先生 女士 小姐 老师 团队 会员 皆 お客 皆さん 皆様 客 貴 奥 神 王
    殿 お 여러분 고객 회원 모두 null none undefined unknown anonymous name string n/a test example assistant human
    system bot agent operator visitor moderator caller interviewer interviewee narrator host question answer input
    output step thought action observation result context summary warning tip caution fixed added changed removed
    deprecated security pros cons before after usage returns raises parameters args yields see whenever nobody
    anybody somebody someone anyone lads mate mates man bro buddy dude gang crew customer's client's ihnen euch ihr
    unser unsere kundenservice kundendienst kundenbetreuung teams redaktion vorstand nutzer benutzer interessentin
    interessenten bewerberin bewerberinnen eltern schüler mieter patient patienten patientin gäste gast leser
    leserin abonnent klientin chers clientes clientèle abonné abonnés adhérent adhérents membre membres utilisateur
    utilisateurs voisins étudiants lecteurs votre mon ma mes tes nos suite voici comme pour avec dans estimados
    estimadas nuestro nuestra su tu mi usuarios vecinos padres alumnos socio socios socia compañeros compañeras
    pedido compra gentili nostro nostra clienti utente utenti soci colleghi genitori studenti abbonato abbonata
    prezados caro nosso nossa aluno alunos usuário usuários sócio sócios colegas pais hóspede geachte klanten
    relatie leden lid buren ouders collega gasten bezoeker lezer bewoner huurder drodzy szanowni szanowny szanowna
    użytkownik użytkownicy koledzy koleżanki rodzice członkowie goście kliencie pasażerowie mieszkańcy vänner
    kollegor medlem medlemmar användare föräldrar grannar venner kolleger kollega medlemmer bruker brukere foreldre
    naboer asiakas asiakkaat asiakkaamme ystävät kollegat jäsen jäsenet kaikki zákazníku zákazníci zákazník
    zákazníčko kolegové kolegyně přátelé všichni uživateli rodiče členové kolegovia priatelia všetci ügyfelünk
    ügyfeleink ügyfél vásárló vásárlónk felhasználó kollégák barátaim mindenki hölgyem uram hölgyeim partnerünk
    clienți utilizator colegi prieteni doamnelor domnilor tuturor müşterimiz müşteri kullanıcı arkadaşlar herkes
    ekip yetkili ilgili efendim üye üyemiz клиентка абонент абоненты абонента сотрудник сотрудники пользователи
    родители участник участники гость гости жильцы читатель дамы товарищи заказчик партнёры партнеры все вы вас ваш
    ваша наш наша ми ви усі всі клієнт клієнте клієнти колеги друзі користувач користувачу батьки учасники пані
    панове пане клиенти приятели потребител всички дами πελάτη πελάτες πελάτισσα συνεργάτες συνάδελφοι φίλοι φίλε
    χρήστη όλους κύριοι κυρίες pelanggan nasabah rekan bapak ibu sekalian semua kakak saudara saudari teman
    pengguna tuan puan anda kami kita encik quý khách hàng bạn các anh chị em mọi người stranke stranka kupec kupci
    sodelavci prijatelji vsi uporabnik kupče korisniče korisnik kolege svi kupac klients klienti kolēģi draugi visi
    lietotāj pircēj klientas kliente kolegos draugai visiems vartotojau kliendid kolleegid sõbrad kasutaja kõik
    viðskiptavinur allir félagar benvolguts tothom companys mteja wateja wote ndugu kliënt kollegas almal רב לך לכם
    כולם לקוח לקוחה לקוחות חברים יקר יקרה צוות כבוד عميلنا العميل عملاءنا الزبون الجميع بك بكم الفريق فريق الزملاء
    السادة سيدي سيدتي الكريم المحترم مشتری مشتریان همه دوستان همکاران علیکم عليكم गराहक जी सर मैडम महोदय महोदया
    मित्रों सभी टीम ลกคา ทกทาน ทาน ทม สมาชก คณลกคา 您 您的 您好 贵 贵公司 老板 亲 亲们 先生们 女士们 领导 老师们
    同学们 会员们 用户们 顾客们 客服 团队们 各位同事 大家好 您的订单 関係者 担当者 担当 お客様 御中 弊社 当社 貴社
    ご担当者 고객님 회원님 담당자 담당자님 팀 선생님 모든 상담원 관리자
"""
#: What an office, a company, a product or a place is called by: with such a word it is no person's name.
THINGS = """
    inc ltd llc gmbh ag corp corporation company co group holdings bank university college school hospital clinic
    institute department dept office centre center service services support team desk sales marketing finance
    accounting billing accounts hr it legal operations engineering product products solutions systems software
    technologies technology labs consulting partners associates foundation association society club council
    committee board ministry agency authority bureau court police government store shop market restaurant hotel
    cafe bar airlines airport station museum library church street road avenue boulevard lane drive square park
    bridge river lake mountain island beach city town county state country north south east new united states
    kingdom america europe asia africa journal times news post magazine daily weekly review report invoice order
    ticket project plan meeting conference summit event day week month year season christmas easter thanksgiving
    halloween birthday anniversary holiday server worker error warning warn info debug trace fatal critical main
    system client thread process build job test status request response message note notice alert update version
    release api app application web site website home account password login user users admin root database data
    file files folder line class module function method object type value key name number date time list table
    index queue cache cluster node host network internet security engineer developer manager analyst director
    president officer executive assistant associate specialist consultant coordinator representative architect
    designer scientist vice chief head lead senior junior intern principal staff general global international
    national regional local central real estate insurance health medical care energy power water gas electric oil
    food foods air space machine learning deep neural open source free premium basic standard professional
    enterprise edition series model pro plus ultra mini wall credit card debit visa mastercard total amount price
    payment tax customer patient employee first last full middle postal code zip email phone mobile address subject
    regarding attachment area linux windows google microsoft amazon apple facebook github gitlab docker kubernetes
    python java javascript public license licence section chapter policy terms conditions agreement contract
    appendix exhibit schedule kundenservice kundendienst buchhaltung vertrieb verwaltung abteilung
    personalabteilung geschäftsleitung technik einkauf versand rechnung versicherung praxis klinik krankenhaus
    schule universität verein amt stadt gemeinde service-team support-team équipe comptabilité direction mairie
    agence clinique école banque assurance société soporte ventas atención equipo departamento contabilidad
    administración empresa banco escuela ayuntamiento servizio clienti assistenza ufficio amministrazione azienda
    società banca ospedale scuola equipe suporte vendas atendimento contabilidade financeiro klantenservice
    afdeling administratie verkoop bedrijf gemeente ziekenhuis zespół obsługa dział biuro księgowość firma sprzedaż
    szpital szkoła urząd kundtjänst avdelning ekonomi företag kundeservice avdeling regnskap kundesenter
    asiakaspalvelu osasto yritys laskutus zákaznický podpora oddělení účtárna ügyfélszolgálat osztály cég csapata
    serviciul departament echipa müşteri hizmetleri destek birimi şirketi ekibi служба поддержка поддержки отдел
    отдела компания команда бухгалтерия администрация банк больница школа магазин підтримка відділ компанія
    обслужване екип фирма ομάδα τμήμα εταιρεία υποστήριξη layanan tim bagian perusahaan bộ phận công ty phòng ban
    دعم خدمة فريق شركة قسم תמיכה מחלקה צוות חברת שירות 客服 团队 公司 部门 有限公司 株式会社 部 課 係 センター
    サポート 고객센터 팀 회사 부서 (주) st ave contact details delivery
    shipping information info hours coffee break breakfast lunch
    books press studio studios media trading traders logistics transport industries enterprises ventures capital
    properties homes motors kitchen bakery café bistro pharmacy garage salon gym theatre cinema tower plaza pub inn
    ab oy oyj aps sa srl sarl spa bv nv kft bt zrt doo eood ood kg ohg plc llp pty eurl slu ltda ehf hf sia uab
    ооо тов зао оао пао ип одоо
    room terminal gate wing ward fest festival grocer barn shelf lamp table chair kit pack set bundle
    payroll reception helpdesk
    dinner keynote session workshop opening closing registration reception
"""
#: What companies, hotels and products begin with, and no name of a person does.
FIRST_OF_THINGS = """
    the blue green red golden silver yellow purple orange grand royal pacific atlantic nordic swift urban happy
    smart fresh
    best super mega ultra digital global daily modern little big great old upper lower central inner outer port
    fort mount
    san santa saint los las new east west fast quick easy pure natural organic creative cloud cyber data tech bio
    eco
    euro trans inter multi hotel villa casa café bar praxis firma haus agentur studio team project projekt proyecto
    customer client patient employee delivery shipping billing contact emergency primary terms read main
"""
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
#: What headings in East Asia hold, and names do not.
EAST_ASIAN_THINGS = """
    方式 电话 電話 地址 信息 资料 資料 详情 订单 訂單 通知 番号 情報 住所 連絡 问题 問題 商品 产品 快递 付款
    発送 配送 注文 请求 請求 明细 明細 发票 合同 契約 申请表 内容 时间 日期 日時 备注 備考 안내 정보 문의 번호
    주소 배송 결제 주문 연락 내용 확인
"""
