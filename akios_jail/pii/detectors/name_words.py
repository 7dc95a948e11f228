"""The words around names: what announces one, what belongs to one, and what looks like one and is none."""

# ruff: noqa: RUF001  (words in Greek, Cyrillic and Turkish have letters that look like others)
from __future__ import annotations

#: After these, at the beginning of a letter or a message, somebody is addressed.
SALUTATIONS = """
    Dear, Hi, Hello, Hey, Greetings, Good morning, Good afternoon, Good evening, Morning, Howdy, Welcome,
    Welcome back, Thanks, Thank you, Congratulations, Hi there, Hallo, Liebe, Lieber, Sehr geehrte, Sehr geehrter,
    Guten Tag, Guten Morgen, Moin, Servus, Grüß Gott, Werte, Werter, Bonjour, Bonsoir, Salut, Cher, Chère, Coucou,
    Hola, Estimado, Estimada, Querido, Querida, Buenos días, Buenas tardes, Apreciado, Apreciada, Ciao, Gentile,
    Caro, Cara, Egregio, Gentilissima, Gentilissimo, Buongiorno, Buonasera, Salve, Olá, Oi, Prezado, Prezada,
    Caríssimo, Bom dia, Boa tarde, Beste, Geachte, Hoi, Goedemorgen, Goedemiddag, Goedendag, Lieve, Cześć, Witaj,
    Drogi, Droga, Dzień dobry, Szanowny Panie, Szanowna Pani, Hej, Kära, Bästa, Käre, Kære, Kjære, Hei, Hyvä, Moi,
    Ahoj, Milá, Milý, Vážený pane, Vážená paní, Dobrý den, Kedves, Tisztelt, Szia, Bună, Stimate, Stimată, Dragă,
    Merhaba, Sayın, Sevgili, Selam, Уважаемый, Уважаемая, Здравствуйте, Привет, Дорогой, Дорогая, Добрый день,
    Доброе утро, Шановний, Шановна, Вітаю, Привіт, Добрий день, Γεια σου, Αγαπητέ, Αγαπητή, Kamusta, Halo,
    Selamat pagi, Yth, Xin chào, Kính gửi, 尊敬的, 亲爱的, 敬爱的, 你好, 您好, 안녕하세요, 친애하는, عزيزي, عزيزتي,
    السيد, السيدة, مرحبا, שלום, לכבוד, प्रिय, नमस्ते, สวัสดี, เรียน, Pozdravljeni, Spoštovani, Spoštovana, Pozdrav,
    Živjo, Labdien, Sveiki, Cienījamais, Cienījamā, Gerbiamas, Gerbiama, Laba diena, Tere, Lugupeetud, Poštovani,
    Poštovana, Zdravo, Bok, Dragi, Vážený, Vážená, Dobrý deň, Здравейте, Уважаеми, Скъпи, Скъпа, Поздрави, Γεια σας,
    Αξιότιμε, Αξιότιμη, Καλημέρα, Kepada, Tuan, Puan, Salam, Bapak, Ibu, Chào, Thân gửi, Sæll, Sæl, Kæri, Kæra,
    Benvolgut, Benvolguda, Bon dia, Habari, Mpendwa, Hujambo, Liewe, Goeie dag, سلام, شلوم, היי, आदरणीय, 尊敬する,
    Hi again
"""
#: At the end of one, the name of who wrote it follows on the next line.
CLOSINGS = """
    regards, kind regards, best regards, warm regards, best wishes, sincerely, sincerely yours, yours sincerely,
    yours truly, yours faithfully, faithfully, respectfully, cheers, thanks, many thanks, thanks again, thank you,
    thanks in advance, thanks so much, best, all the best, love, cordially, warmly, yours, take care, talk soon,
    see you, xoxo, grüße, grüßen, gruß, grüsse, grüssen, lg, mfg, vg, hochachtungsvoll, cordialement, bien à vous,
    bien cordialement, salutations, salutations distinguées, sincères salutations, amicalement, bises, à bientôt,
    respectueusement, saludos, saludos cordiales, un saludo, atentamente, cordialmente, un abrazo, cordiali saluti,
    distinti saluti, saluti, un caro saluto, a presto, atenciosamente, cumprimentos, abraços,
    com os melhores cumprimentos, att, groet, groeten, vriendelijke groet, vriendelijke groeten, hartelijke groet,
    hoogachtend, pozdrawiam, z poważaniem, serdecznie, hälsningar, vänliga hälsningar, mvh, vennlig hilsen,
    venlig hilsen, hilsen, med venlig hilsen, terveisin, ystävällisin terveisin, s pozdravem, üdvözlettel, cu stimă,
    saygılarımla, sevgiler, с уважением, всего доброго, з повагою, με εκτίμηση, salam, hormat saya, trân trọng, 此致,
    敬礼, 敬上, 谨上, 敬具, よろしくお願いいたします, よろしくお願いします, 드림, 감사합니다, مع التحية, בברכה, सादर,
    thx, tks, ty, rgds, kr, br, obrigado, obrigada, lep pozdrav, lp, s spoštovanjem, ar cieņu, pagarbiai,
    lugupidamisega, parimate soovidega, srdačan pozdrav, lijep pozdrav, pozdrav, s poštovanjem, s úctou, с уважение,
    поздрави, φιλικά, με φιλικούς χαιρετισμούς, saygılarımızla, yang benar, salam hormat, terima kasih,
    trân trọng cảm ơn, cảm ơn, kveðja, bestu kveðjur, salutacions, atentament, groete, wako mwaminifu, con affetto,
    gracias, merci, danke, danke und grüße, grazie, bedankt, dziękuję, tack, takk, tak, kiitos, děkuji, köszönöm,
    mulțumesc, teşekkürler, спасибо, дякую, благодаря, ευχαριστώ, مع أطيب التحيات, تحياتي, مع خالص التحية, با احترام,
    תודה, धन्यवाद, ขอแสดงความนับถือ, 올림, 배상, 謹啓
"""
#: Somebody says who they are.
SELF = """
    my name is, my name's, name is, i am called, call me, mein Name ist, ich heiße, ich heisse, je m'appelle,
    mon nom est, me llamo, mi nombre es, mi chiamo, il mio nome è, chiamo, meu nome é, me chamo, chamo-me,
    mijn naam is, ik heet, nazywam się, mam na imię, jag heter, mitt namn är, jeg hedder, jeg heter, mit navn er,
    mitt navn er, nimeni on, jmenuji se, a nevem, mă numesc, numele meu este, benim adım, adım, меня зовут, моё имя,
    мене звати, με λένε, nama saya, tên tôi là, 我叫, 我的名字是, 我是, 私の名前は, 私は, 제 이름은, 저는, اسمي, שמי,
    קוראים לי, मेरा नाम
"""
#: Who they are, if what follows has first and last name or is said to call or to write.
SELF_FULL = """
    i am, i'm, this is, it's, speaking with, spoke with, spoke to, speak to, talked to, talk to, met with, meet with,
    named, signed by, prepared by, written by, approved by, requested by, reviewed by, reported by, submitted by,
    created by, assigned to, issued to, payable to, sold to, belongs to, on behalf of, addressed to, care of, c/o,
    attn, contact, ask for, patient, customer, client, employee, colleague, applicant, candidate, tenant, student,
    passenger, guest, member, manager, doctor, nurse, attorney, officer, witness, plaintiff, defendant, beneficiary,
    insured, ich bin, hier ist, je suis, c'est, soy, sono, sou, ik ben, jestem, jag är, jeg er, kunde, kundin,
    patientin, herrn, cliente, paciente, klant, klient, pacjent, клиент, пациент, это, said, says, told, asked by,
    call with, meeting with, interview with, introduced by, referred by, seen by, examined by, treated by,
    accompanied by, father of, mother of, son of, daughter of, wife of, husband of, married to, sent by, paid by,
    invited by, cc, per, mr and mrs, delivered to, received by, escalated to, reassigned to, handed over to,
    thanks to
"""
#: A line that begins with one of these and a colon names people.
HEADERS = """
    From, To, Cc, Bcc, Reply-To, Sender, Name, Names, Attn, Attention, Signed, Signed by, Author, Authors,
    Participants, Attendees, Present, Von, An, Kopie, Absender, Empfänger, De, À, Expéditeur, Destinataire, Para,
    Remitente, Asistentes, Da, Mittente, Destinatario, Van, Aan, Afzender, Od, Do, Nadawca, Från, Till, Fra, Til, От,
    Кому, Копия, Від, Nombre, Nom, Nome, Naam, Imię i nazwisko, Namn, Navn, Nimi, Isim, Имя, 发件人, 收件人, 姓名,
    名前, 差出人, 宛先, 보낸사람, 받는사람, 이름
"""
#: Before a name.
TITLES = """
    Mr, Mrs, Ms, Miss, Mx, Mister, Dr, Prof, Professor, Rev, Reverend, Fr, Sir, Lady, Lord, Dame, Capt, Captain, Sgt,
    Lt, Col, Gen, Maj, Hon, Judge, Justice, Senator, Herr, Herrn, Frau, Fräulein, Doktor, Monsieur, Madame,
    Mademoiselle, Mme, Mlle, Mgr, Señor, Señora, Señorita, Sr, Sra, Srta, Don, Doña, Dra, Sig, Signor, Signora,
    Signorina, Dott, Dottor, Dottoressa, Ing, Avv, Senhor, Senhora, Dom, Dona, Dhr, Mevr, Mevrouw, Meneer, Drs, Pani,
    Pana, Panu, Państwo, Pán, Paní, Bay, Bayan, Rouva, Fru, Г-н, Г-жа, Господин, Госпожа, Пан, Пані, Κύριε, Κυρία,
    Shri, Smt, Kumari, Ustad, Sheikh, Haji, Encik, Puan, Bapak, Ibu, Ông, Bà
"""
#: After a name, in scripts without blanks.
SUFFIXES = "先生, 女士, 小姐, 经理, 老师, 医生, さん, 様, さま, 氏, 君, ちゃん, 先輩, 씨, 님"
#: Within a name, in small letters.
PARTICLES = (
    r"van|von|der|den|de|del|della|di|da|dos|das|do|du|des|la|le|el|al|bin|ibn|ben|bint|abu|af|av|zu|zur|zum|ter|ten|"
    r"y|e|vom|vander|st|san|mac|ap|binti|und|lo|dal|dalla|dei|degli"
)
#: Whoever is addressed so has no name, or it is none: also what a sentence goes on with.
NOT_NAMES = """
    all everyone everybody team folks there friend friends guys colleagues colleague customer customers client
    clients sir sirs madam ma'am maam ladies gentlemen member members user users valued subscriber reader readers
    parent parents student students community support service services sales help desk hiring manager recruiter
    recruiting admin administrator santa diary world kitty dolly moto google siri alexa cortana both again back guest
    partner partners supplier vendor neighbour neighbor resident residents tenant candidate applicant traveller
    traveler shopper mom mum dad mother father sister brother grandma grandpa darling honey sweetheart love dear god
    lord heavens developer developers please thank thanks i we the this that these those your my our you he she it
    they just can could would should are is am was were how what when where why who which if as on in at for from
    with to and or but not no yes ok okay do does did have has had might let's let sure so also here re fwd fw
    welcome sorry sent regards best kind january february march july september october november december monday
    tuesday wednesday thursday friday saturday sunday today tomorrow yesterday morning evening damen herren herr frau
    kunde kunden kundin kollegen kolleginnen zusammen alle leute freunde mitglied mitglieder interessent bewerber
    familie nachbarn wir ich sie es vielen danke bitte monsieur madame messieurs mesdames cliente équipe tous toutes
    collègues ami amis merci je nous vous señor señora señores equipo todos todas amigo amigos usuario gracias
    nosotros signore signora signori gentile tutti squadra grazie senhor senhora senhores equipe obrigado heer
    mevrouw klant allemaal collega's iedereen dank meneer panie pani państwo klient klienci wszyscy zespół panowie
    alla kund kunder allihopa клиент клиенты коллеги друзья команда пользователь господа мир всем покупатель 用户
    客户 顾客 各位 大家 朋友 同事 先生 女士 小姐 老师 团队 会员 皆 お客 皆さん 皆様 客 貴 奥 神 王 殿 お 여러분 고객
    회원 모두 null none undefined unknown anonymous name string n/a test example
"""
#: What an office, a company, a product or a place is called by: with such a word it is no person's name.
THINGS = """
    inc ltd llc gmbh ag corp corporation company co group holdings bank university college school hospital clinic
    institute department dept office centre center service services support team desk sales marketing finance
    accounting billing accounts hr it legal operations engineering product products solutions systems software
    technologies technology labs consulting partners associates foundation association society club council committee
    board ministry agency authority bureau court police government store shop market restaurant hotel cafe bar
    airlines airport station museum library church street road avenue boulevard lane drive square park bridge river
    lake mountain island beach city town county state country north south east new united states kingdom america
    europe asia africa journal times news post magazine daily weekly review report invoice order ticket project plan
    meeting conference summit event day week month year season christmas easter thanksgiving halloween birthday
    anniversary holiday server worker error warning warn info debug trace fatal critical main system client thread
    process build job test status request response message note notice alert update version release api app
    application web site website home account password login user users admin root database data file files folder
    line class module function method object type value key name number date time list table index queue cache
    cluster node host network internet security engineer developer manager analyst director president officer
    executive assistant associate specialist consultant coordinator representative architect designer scientist vice
    chief head lead senior junior intern principal staff general global international national regional local central
    real estate insurance health medical care energy power water gas electric oil food foods air space machine
    learning deep neural open source free premium basic standard professional enterprise edition series model pro
    plus ultra mini wall credit card debit visa mastercard total amount price payment tax customer patient employee
    first last full middle postal code zip email phone mobile address subject regarding attachment
"""
#: After a name, what is said of people only: when they were born, where they live, what they are.
BORN = """
    born on, born in, born, b., geboren am, geboren, geb., wohnhaft, né le, née le, né en, née en, demeurant,
    nacido el, nacida el, nacido en, nacida en, domiciliado en, domiciliada en, nato il, nata il, nato a, nata a,
    residente in, nascido em, nascida em, residente na, geboren op, wonende, urodzony, urodzona, zamieszkały,
    zamieszkała, född, bosatt, født, narozen, narozena, aged, age, DOB, D.O.B., date of birth, CEO, CTO, CFO, COO,
    MD, PhD, Esq, RN, Managing Director, Attorney at Law, Geschäftsführer, Geschäftsführerin, directeur, directrice,
    gerente, direttore, direttrice
"""
