"""What looks like a name and is none: words of offices, companies, products and places, and of whoever is addressed."""

# ruff: noqa: RUF001  (words in Greek, Cyrillic and Turkish have letters that look like others)
from __future__ import annotations

#: Whoever is addressed so has no name, or it is none: also what a sentence goes on with.
NOT_NAMES = """
    pan pán paní pani
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
    ciudad presente
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
    shift floor ground porch entrance lobby basement attic meal menu train bus flight economy business transit pending
    active inactive shipped cancelled refunded unpaid parcel package withdrawal purchase platinum firefox chrome
    mozilla android browser centraal oriente central terminus hauptbahnhof estação estación gare stazione
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
#: What headings in East Asia hold, and names do not.
EAST_ASIAN_THINGS = """
    方式 电话 電話 地址 信息 资料 資料 详情 订单 訂單 通知 番号 情報 住所 連絡 问题 問題 商品 产品 快递 付款
    発送 配送 注文 请求 請求 明细 明細 发票 合同 契約 申请表 内容 时间 日期 日時 备注 備考 안내 정보 문의 번호
    주소 배송 결제 주문 연락 내용 확인
"""
