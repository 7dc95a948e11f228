"""The words that a key, a column or a label is made of when what stands under it is personal. `keys` reads them.

One entry is a phrase in small letters, with accents if texts have them; `customer_email`, `customerEmail` and
`Customer E-Mail` all end in the phrase `email`. Phrases are separated by commas. What languages share stands once.
"""

# ruff: noqa: RUF001  (words in Turkish have letters that look like others)
from __future__ import annotations

#: Kind, and the phrases that a key ends in. What stands before (`customer`, `billing`, `emergency contact`) is free.
ENDINGS: dict[str, str] = {
    "email": """
        email, e mail, emails, email address, email addresses, mail address, email id, mailadresse, emailadresse,
        e mail adresse, courriel, adresse mail, adresse electronique, adresse e mail, correo, correo electronico,
        direccion de correo, posta elettronica, indirizzo email, endereco de email, correio eletronico, e mailadres,
    emailadres, adres email, adres e mail, e post, epost, sahkoposti, eposta, электронная почта, эл почта, почта,
        邮箱, 电子邮件, 邮件地址, 電子郵件, メール, メールアドレス, 이메일, 이메일 주소, البريد الالكتروني, אימייל,
        ईमेल""",
    "phone": """
        phone, phones, telephone, tel, mobile, cell, cellphone, cell phone, mobile phone, msisdn, fax, whatsapp,
        phone number, phone numbers, telephone number, mobile number, cell number, contact number, fax number,
        phone no, contact no, contact num, mob, mob no, mobile no, handy, handynummer, mobilnummer, rufnummer,
        telefon, telefonnummer, telefone, telefono, telefoon,
        telefoonnummer, mobiel, gsm, portable, numero de telephone, numero de telefono, numero di telefono,
        numero de telefone, celular, movil, cellulare, telemovel, numer telefonu, telefon komorkowy, komorka, mobil,
        puhelin, puhelinnumero, cep telefonu, телефон, номер телефона, мобильный, 电话, 手机, 手机号, 手机号码,
        电话号码, 電話, 電話番号, 携帯電話, 携帯, 전화, 전화번호, 휴대폰, 휴대전화, 핸드폰, الهاتف, رقم الهاتف,
    הטלפון, טלפון, फ़ोन, matkapuhelin, telefons, talrunis, mobilais, τηλέφωνο, κινητό, điện thoại, số điện thoại,
        dien thoai, telefonas, telefonska stevilka, mobilni, mobilni telefon, simi, telefonszam, телефона, мобилен,
        telefon bimbit, nomor telepon, telepon, no hp, โทรศัพท์, मोबाइल, تلفن, الجوال, الهاتف المحمول, tālrunis,
        telefonszám, téléphone, teléfono, móvil, número de teléfono, numéro de téléphone, komórka, sími""",
    "ssn": "ssn, ssn last 4, social security, social security number, social security no, soc sec no",
    "itin": "itin, individual taxpayer identification number",
    "national_id": """
        national id, national id number, national identification number, national identity number, identity number,
        nationalid, national insurance number, nino, ni number, citizen id, resident id, government id,
    id card number, id card, id card no, identity no, identity card, identity card no, my number, mynumber, tckn,
        tc no, tc kimlik, fnr, svnr, tax id, taxpayer id, tax identification number, tax number, personal number,
        personal id number, cpf, rut, curp, dni, nie, nif, nss, cedula, cedula de ciudadania, codice fiscale, pesel,
        bsn, burgerservicenummer, personnummer, fodselsnummer, cpr, cpr nummer, henkilotunnus, hetu, rodne cislo,
        cnp, egn, oib, emso, steuer id, steueridentifikationsnummer, steuernummer, sozialversicherungsnummer,
        ahv nummer, ahv, numero fiscal, numero de securite sociale, nir, aadhaar, aadhar, aadhaar number,
    aadhar number, pan number, pan card, nric, fin number, hkid, tc kimlik no, kimlik no, snils, inn, снилс, инн,
        身份证, 身份证号, 身份证号码, 身分證字號, マイナンバー, 個人番号, 주민등록번호, 주민번호, رقم الهوية,
        מספר זהות, תעודת זהות, nhs number, nhs no, utr, pps number, ppsn, taj, taj szam, taj szám, tajszám, егн,
        αμκα, amka, αφμ, afm, tfn, tax file number, ird number, so cccd, số cccd, cccd, cmnd, can cuoc cong dan,
        căn cước công dân, no kp, no ic, mykad, nik, ktp, cuil, cuit, cnic, nid number, iqama, civil id,
        iqama number, emirates id, isikukood, personas kods, asmens kodas, kennitala, jmbg, јмбг, рнокпп, іпн, иин,
    rijksregisternummer, registre national, numero de registre national, numéro de registre national, insz, niss,
        dowod osobisty, personalausweis, personalausweisnummer, 統一編號, 身份證字號, numéro national, svnr, avs,
        numéro avs, emšo, teudat zehut, id number, id no, identification number, numero identificacion, identificacion,
        num doc, nro doc, clave elector, kra pin, voter id, ghana card, trn""",
    "credit_card": """
        credit card, credit card number, card number, card no, cc number, ccnum, cc num, debit card,
        debit card number, creditcard, cardnumber, payment card, kreditkarte, kreditkartennummer, kartennummer,
        carte bancaire, numero de carte, tarjeta de credito, numero de tarjeta, carta di credito, numero carta,
        cartao de credito, numero do cartao, creditcardnummer, numer karty, номер карты, 信用卡号, 银行卡号, 信用卡,
        クレジットカード番号, 카드번호, cvv, cvv2, cvc, card verification value""",
    "iban": "iban, iban number, iban nr, iban no, international bank account number",
    "bank_account": """
        bank account, bank account number, bank account no, account number, account no, acct number, acct no, bank
        acct, bank acct no, acct, konto, konto nr, kontonr, kto, kto nr, ktonr, blz, bankleitzahl, ifsc, ifsc code,
        bsb, sortcode, routing no, nib, cvu, cuenta, cuenta no, numero cuenta, hesap no, no rekening, nomor rekening,
        acct num, accountnumber, routing number, sort code, aba number, kontonummer, bankverbindung, numero de compte,
        numero de cuenta, cuenta bancaria, clabe, cbu, conto corrente, numero conto, conta bancaria, numero da conta,
        rekeningnummer, numer konta, numer rachunku, номер счета, 银行账号, 银行账户, 口座番号, 계좌번호,
        account num, account nbr,
        acct nbr, acc no, acc number, acc num, ac no, a c no, bank account nr, beneficiary account, payee account,
        payer account, debtor account, creditor account, from account, to account, source account, destination
        account, debit account, credit account, payout account, payroll account, settlement account, checking account,
        savings account, cheque account, current account, routing, aba, aba no, rtn, transit number, transit no,
        institution number, bank sort code, bsb number, bsb no, micr, bban, rib, code rib, numero rib, compte
        bancaire, compte, cci, cuenta interbancaria, cuenta cliente, cuenta corriente, cuenta de ahorros, cuenta
        ahorros, num cuenta, nro cuenta, nro de cuenta, caja de ahorro, n conto, num conto, conto bancario, conta
        poupanca, conta corrente, conta salario, cuenta vista, compte courant, num conta, conta, nr konta,
        konto bankowe, nr rachunku, rachunek, rachunek bankowy, numer rachunku
        bankowego, cislo uctu, bankovni ucet, bankovy ucet, szamlaszam, bankszamla, bankszamlaszam, cont bancar, numar
        cont, nr cont, broj racuna, ziro racun, tekuci racun, stevilka racuna, trr, tilinumero, pankkitili,
        kontonumret, bankkonto, bankkontonummer, bankkontonr, clearingnummer, bankgiro, plusgiro, reikningsnumer,
        bankareikningur, konta numurs, saskaitos numeris, saskaita, arveldusarve, kontonumber, bankrekening,
        bankrekeningnummer, rekeningnr, rekening, no rek, nombor akaun, no akaun, hesap numarasi, banka hesabi,
        λογαριασμός, αριθμός λογαριασμού, номер рахунку, рахунок, расчетный счет, расчётный счёт, номер счёта, банкова
        сметка, номер на сметка, жиро сметка, број рачуна, رقم الحساب, الحساب البنكي, חשבון בנק, מספר חשבון, شماره
        حساب, खाता संख्या, बैंक खाता, হিসাব নম্বর, கணக்கு எண், เลขที่บัญชี, เลขบัญชี, บัญชีธนาคาร, so tai khoan, số
        tài khoản, stk, 帳號, 銀行帳號, 帳戶號碼,
        收款账号, 振込先, 口座, 계좌, 입금계좌, 급여계좌""",
    "ip_address": """
        ip, ip address, client ip, remote ip, source ip, user ip, login ip, peer ip, remote addr, remote address,
        client address, x forwarded for, forwarded for, x real ip, true client ip, cf connecting ip, ipv4, ipv6,
        adresse ip, ip adresse, direccion ip""",
    "mac_address": """
        mac, macs, mac id, bssid, mac address, mac addr, hwaddr, hardware address, bluetooth address, adresse mac""",
    "date_of_birth": """
        dob, d o b, date of birth, birth date, birthdate, birthday, birth day, day of birth, born, born on,
    dateofbirth, birth year, year of birth, geburtsdatum, geburtstag, geboren am, geb, geb am, date de naissance,
        ne le, nee le, date naissance, fecha de nacimiento, fecha nacimiento, nacimiento, data di nascita,
        data nascita, data de nascimento, data nascimento, nascimento, geboortedatum, data urodzenia, fodselsdato,
    fodelsedatum, syntymaaika, datum narozeni, dogum tarihi, дата рождения, 出生日期, 生日, 出生年月日, 生年月日,
        誕生日, 생년월일, 생일, تاريخ الميلاد, תאריך לידה, जन्म तिथि, datum rojstva, dzimsanas datums,
        ημερομηνία γέννησης, ngày sinh, ngay sinh, tarikh lahir, tanggal lahir, szuletesi datum, datum narodenia,
    datum rodenja, gimimo data, sunniaeg, sünniaeg, data naixement, дата на раждане, дата народження, تاريخ تولد,
        วันเกิด, født, född, narozen, születési dátum, dátum narodenia, födelsedatum, fødselsdato, geboren, né le,
        née le, urodzony, doğum tarihi, syntymäaika""",
    "passport": """
        passport, travel doc no, travel document no, travel document number, passport number, passport no,
        passport id, passportnumber, reisepass, reisepassnummer, passnummer,
        numero de passeport, passeport, pasaporte, numero de pasaporte, passaporto, numero passaporto, passaporte,
        paspoort, paspoortnummer, numer paszportu, paszport, паспорт, номер паспорта, 护照, 护照号, 护照号码,
        パスポート番号, 旅券番号, 여권번호, رقم جواز السفر""",
    "driving_licence": """
    driving licence, license no, driving licence number, drivers license, drivers license number, driver license,
    license number, licence number, dl, dln, driver lic no, fuhrerscheinnr, fuehrerscheinnr, fuehrerscheinnummer,
        driver license number, driver licence, driver licence number, driving license, driving license number,
        drivers licence, drivers licence number, dl number, dl no, licence no, driver s license,
        driver s license number, fuhrerschein, fuhrerscheinnummer, permis de conduire, numero de permis,
        licencia de conducir, permiso de conducir, patente di guida, numero patente, carta de conducao, cnh,
        rijbewijs, rijbewijsnummer, prawo jazdy, numer prawa jazdy, водительское удостоверение, 驾驶证号, 驾照号,
        運転免許証番号, 운전면허번호""",
    "coordinates": """
        lat, lng, lon, long, latitude, longitude, geo lat, geo lng, gps, gps coordinates, coordinates, coords,
        lat lng, latlng, lat long, latlong, geolocation, geo location, breitengrad, langengrad""",
    "medical_record": """
        mrn, medical record, medical record number, medical record no, patient id, patient number,
    patient identifier, insurance policy, insurance id, insurance no, insurance number, health card, health card no,
        health id, chart no, hospital no, nhs, ohip, phn, medicare, medicare no, medicaid, mbi, kvnr, uhid, abha,
        patient no, versichertennr, nhc, nhs number, nhs no, health card number, health insurance number,
        health insurance id,
        medicare number, medicare id, medicaid id, member id number, insurance member id, insurance policy number,
        hospital number, chart number, krankenversichertennummer, versichertennummer, patientennummer,
        numero de dossier, numero de historia clinica, tessera sanitaria, numero utente, 病历号, 医保卡号,
        診察券番号, 患者番号""",
    "street_address": """
        street address, shipping address, billing address, home address, postal address, mailing address,
        mail address 1, residential address, delivery address, customer address, work address, permanent address,
        current address, physical address, residence address, correspondence address, office address,
        registered address, patient address, employee address, recipient address, sender address, contact address,
        personal address, property address, ship to address, bill to address, previous address, full address,
        street name, streetname, address line, address 1, address 2, address line 1, address line 2, addressline,
        addr line, street line, shipping street, billing street, home street, shipping city, billing city,
        home city, shipping zip, billing zip, shipping postcode, billing postcode, shipping postal code,
        billing postal code, home zip, house number, place of residence, anschrift, postanschrift, lieferadresse,
        lieferanschrift, rechnungsadresse, rechnungsanschrift, wohnadresse, wohnanschrift, wohnorteile, strasse,
        strasse hausnummer, strasse und hausnummer, hausnummer, adresse postale, adresse de livraison,
        adresse de facturation, adresse du domicile, domicile, direccion, direccion de envio, direccion postal,
        direccion de facturacion, domicilio, indirizzo, indirizzo di spedizione, indirizzo di fatturazione,
        indirizzo di casa, residenza, endereco, endereco de entrega, endereco de cobranca, morada, logradouro,
        postadres, afleveradres, bezorgadres, factuuradres, woonadres, straatnaam, huisnummer, adres zamieszkania,
        adres dostawy, adres korespondencyjny, ulica, adres, gatuadress, postadress, leveransadress, ev adresi,
        teslimat adresi, fatura adresi, адрес, адрес доставки, домашний адрес, адрес проживания, 地址, 住址,
        家庭住址, 收货地址, 通讯地址, 住所, 現住所, お届け先, 주소, 배송지, العنوان, כתובת, पता, osoite, adresa,
        cim, lakcim, naslov, adrese, διευθυνση, dia chi, alamat, adresas, aadress, heimilisfang, adreca, адреса,
        آدرس, ที่อยู่, anwani, adresi, διεύθυνση, địa chỉ, cím, lakcím, straße, dirección, endereço, adreça,
        číslo domu, адрес проживання, address 3, address line 3, mailing address 1, street 1, street 2,
        street and number, street number, street no, address street, street house number, postal code and city,
        zip code and city, zip city, plz ort, plz und ort, adresszusatz, zustelladresse, meldeadresse, wohnort,
        complement d adresse, adresse 1, adresse 2, adresse complete, adresse de correspondance, adresse du client,
        lieu de residence, direccion completa, domicilio fiscal, domicilio particular, calle y numero,
        calle y número, direccion 1, colonia, indirizzo completo, indirizzo di residenza, indirizzo di domicilio,
        via e numero, endereco completo, endereço completo, endereço de entrega, endereço residencial,
        adres korespondencji, adres zameldowania, ulica i numer, ulica a číslo, trvalé bydliště, trvale bydliste,
        bydliště, bydliste, adresa bydliště, adresa trvalého pobytu, trvalý pobyt, lakóhely, lakohely,
        állandó lakcím, szállítási cím, postacím, adresa de livrare, domiciliul, strada, postinumero, katuosoite,
        postiosoite, kotiosoite, toimitusosoite, postadresse, gateadresse, leveringsadresse, bopæl, bostadsadress,
        besöksadress, fakturaadress, ikametgah, ikamet adresi, açık adres, acik adres, mahalle, место жительства,
        адрес регистрации, почтовый адрес, юридический адрес, фактический адрес, улица, місце проживання,
        поштова адреса, адреса доставки, адрес за доставка, постоянен адрес, διεύθυνση κατοικίας, οδός, địa chỉ nhà,
        địa chỉ giao hàng, nơi ở, alamat rumah, alamat lengkap, alamat pengiriman, ที่อยู่จัดส่ง, ที่อยู่ปัจจุบัน,
        עיר ורחוב, כתובת מגורים, כתובת למשלוח, عنوان السكن, عنوان التوصيل, عنوان المنزل, نشانی, نشانی منزل,
        詳細地址, 详细地址, 联系地址, 家庭地址, 通信地址, 户籍地址, 注册地址, 收件地址, 寄送地址, 聯絡地址, ご住所,
        自宅住所, 送付先, 配送先, 送り先, 届け先住所, 本籍, 주소지, 자택주소, 도로명주소, 지번주소, 배송지 주소,
        받는 곳, asuinpaikka, deklareeritud elukoht, elukoht, gyvenamoji vieta, dzīvesvieta, deklarētā adrese,
        prebivalište, stalno prebivališče, lögheimili, domicili, makazi, woonplaats, straat en huisnummer, lives at,
        residing at, ship from, deliver to address, home addr, residence, residential addr""",
    "person_name": """
        first name, firstname, last name, lastname, full name, fullname, given name, given names, givenname,
        family name, familyname, middle name, middlename, maiden name, maidenname, surname, forename, fname, lname,
        legal name, preferred name, nick name, nickname, birth name, name of patient, name of applicant,
        name on card, cardholder, card holder, cardholder name, card holder name, account holder,
        account holder name, mothers maiden name, mother s maiden name, next of kin, vorname, nachname, zuname,
        familienname, geburtsname, vollstandiger name, vor und nachname, ansprechpartner, karteninhaber,
        kontoinhaber, prenom, nom de famille, nom complet, nom et prenom, nom prenom, nom de naissance, titulaire,
        nombre completo, nombre y apellido, nombre y apellidos, apellido, apellidos, primer apellido,
        segundo apellido, primer nombre, nome completo, nome e cognome, cognome, sobrenome, apelido, primeiro nome,
        voornaam, achternaam, volledige naam, imie, nazwisko, imie i nazwisko, fornamn, efternamn, fornavn,
        etternavn, efternavn, etunimi, sukunimi, jmeno a prijmeni, prijmeni, ad soyad, adi soyadi, soyad, soyadi,
        имя, фамилия, отчество, фио, имя и фамилия, 姓名, 名字, 氏名, お名前, お客様名, 患者名, 성명, 이름, 고객명,
        الاسم, الاسم الكامل, שם מלא, שם פרטי, שם משפחה, नाम, ime in priimek, ime i prezime, prezime, priimek,
        vards uzvards, uzvards, ονοματεπώνυμο, όνομα, επώνυμο, họ tên, họ và tên, ho ten, nama lengkap, nama penuh,
        teljes nev, nev, vezeteknev, vardas, pavarde, perekonnanimi, eesnimi, име, фамилно име, прізвище, піб, meno,
        priezvisko, nama depan, nama, ชื่อ, نام, نام خانوادگی, vārds uzvārds, uzvārds, teljes név, név, vezetéknév,
        pavardė, příjmení, jméno a příjmení, imię, imię i nazwisko, förnamn, prénom, nom et prénom,
        vollständiger name, adı soyadı, soyadı, name in full, name as on passport, passenger name, guest name,
        patient name, christian name, second name, second surname, second last name, first names, last names,
        other names, former name, also known as, nom usuel, nom patronymique, nom de jeune fille, nom d usage,
        prenoms, nom de l assure, nom du patient, nom du client, nombres, segundo nombre, apellido paterno,
        apellido materno, apellido 1, apellido 2, nombre del paciente, nombre del cliente, titular,
        titular de la cuenta, titular de la tarjeta, nome do paciente, nome do cliente, nome do titular,
        nome da mãe, nome da mae, nome do pai, intestatario, intestatario del conto, contactpersoon, roepnaam,
        tussenvoegsel, geboortenaam, meisjesnaam, naam patiënt, naam patient, rekeninghouder, kontoinnehavare,
        fornavn og etternavn, fornavn og efternavn, för- och efternamn, tilltalsnamn, nimi ja sukunimi,
        puhuttelunimi, drugie imię, drugie imie, nazwisko rodowe, nazwisko panieńskie, rodné jméno, rodne jmeno,
        křestní jméno, krstné meno, meno a priezvisko, születési név, szuletesi nev, anyja neve, utónév, keresztnév,
        családi név, nume, prenume, nume complet, nume și prenume, nume si prenume, adı, adi, isim soyisim,
        ad soyadı, ф и о, ф.и.о, п і б, ім'я, імя, по батькові, име и фамилия, презиме, презиме и име, πατρώνυμο,
        ονομα, επωνυμο, ονοματεπωνυμο, tên, tên đầy đủ, họ, tên đệm, nama keluarga, nama belakang, nama pasien,
        nama pelanggan, ชื่อ นามสกุล, ชื่อสกุล, นามสกุล, ชื่อผู้ป่วย, ชื่อลูกค้า, पूरा नाम, उपनाम, নাম, பெயர், పేరు,
        ಹೆಸರು, שם, שם הלקוח, שם המטופל, שם העובד, اسم العميل, اسم المريض, اسم الموظف, اسم العائلة, اللقب,
        نام و نام خانوادگی, フリガナ, ふりがな, カナ, 氏名カナ, 名前, 姓, 名, セイ, メイ, ご担当者, 担当者名, 担当,
        ご芳名, 宛名, 联系人姓名, 收货人, 寄件人姓名, 法定代表人, 经办人, 负责人, 姓名拼音, 聯絡人, 収件人, 姓氏,
        예금주, 환자명, 보호자, 성함, 수령인, 받는분, vardas pavardė, vardas pavarde, vārds, vards,
        ees- ja perekonnanimi, nafn, fullt nafn, nom i cognoms, jina, jina kamili, volle naam, voorletters, kana,
        name kana, first name kana, last name kana, name reading""",
    "secret": """
        password, db pass, smtp pass, redis pass, mail pass, email pass, ftp pass, root pass, admin pass, user pass,
        become pass, ssh pass, sudo pass, mysql pass, postgres pass, pg pass, ldap pass, wifi pass, proxy pass,
        keystore pass, db pw, admin pw, user pw, root pw, smtp pw, wifi psk, wpa psk, psk, pre shared key,
        preshared key,
        secret key base, wifi key, mật khẩu, kata sandi, รหัสผ่าน, पासवर्ड, 비번, geslo, lozinka, passwd, passwort,
        kennwort, passphrase, pass phrase, pwd, psw, mdp, passcode, mot de passe, contrasena,
        clave, senha, wachtwoord, haslo, losenord, adgangskode, passord, salasana, heslo, sifre, parola, пароль,
        密码, 口令, パスワード, 비밀번호, كلمة المرور, סיסמה, secret, client secret, secret key, secret access key,
        app secret, consumer secret, shared secret, signing secret, webhook secret, signing key, encryption key,
        master key, private key, ssh key, api key, apikey, api secret, x api key, access key, access token,
        refresh token, auth token, id token, bearer token, api token, session token, session key, security token,
        csrf token, csrf, xsrf, csrfmiddlewaretoken, unseal key, wlan key, jwt, token, access code,
        security answer, recovery code, backup code, otp, connection string,
        authorization, auth key, auth header, account key, storage key, personal access token, deploy key,
        service account key, subscription key, credential, credentials, session cookie, sessionid, session id,
        phpsessid, jsessionid, klucz, klucz api, klucz dostępu, tajny klucz, ключ, ключ api, ключ доступа,
        секретный ключ, api ключ, токен, clé, cle, clé api, cle api, clé secrète, cle secrete, clé d accès,
        jeton, jeton d accès, clave api, clave secreta, clave privada, llave api, chiave, chiave api,
        chiave segreta, chiave di accesso, chave, chave api, chave de api, chave secreta, chave de acesso,
        schlüssel, api schlüssel, zugriffsschlüssel, geheimschlüssel, zugangstoken, sleutel, api sleutel,
        geheime sleutel, nyckel, api nyckel, hemlig nyckel, nøgle, api nøgle, nøkkel, api nøkkel, avain, api avain,
        klíč, api klíč, tajný klíč, kľúč, api kľúč, kulcs, api kulcs, titkos kulcs, cheie api, cheie secretă,
        cheie de acces, anahtar, api anahtarı, gizli anahtar, κλειδί, κλειδί api, ključ, api ključ, kunci api,
        kunci rahasia, khóa api, คีย์ api, 密钥, 密鑰, 金鑰, 令牌, 访问令牌, 访问密钥, api密钥, apiキー, アクセスキー,
        秘密鍵, シークレットキー, トークン, アクセストークン, api키, 비밀키, 인증키, 토큰, 액세스 키, مفتاح api,
        المفتاح السري, מפתח api, snmp community, community string""",
}

#: Kind, and the phrases that are a key by themselves: with a word before them they may well be something else.
ALONE: dict[str, str] = {
    "email": "mail, mails, mailbox",
    "street_address": "address, addresses, addr, street, adresse, straat, rua, rue, calle, via",
    "date_of_birth": "birth, geburt, naissance",
    "national_id": "social insurance number, sin, tin",
    "secret": "pass, pw, auth, cookie, set cookie, pin, pin code",
    "medical_record": "member id, policy number, subscriber id",
    "driving_licence": "licence, license, lic no, permis, patente",
}

#: Whose name `name`, `nombre`, … is the name of a person: `customer_name`, `patient.name`.
PEOPLE = """
    cust, who, passeggero, huesped, hospede, ospite, veteran, athlete, adjuster, saaja, adresat, pasazer,
    titulaire, titolare, intestatario, karteninhaber, kontoinhaber, rekeninghouder, posiadacz, majitel,
    kart sahibi, hesap sahibi, realname, real name, legal name, mae, pai, mother name, father name, madre, padre,
    driver, clerk, courier, customer, client, patient, person, employee, contact, recipient, sender, author, owner,
    member, guest,
    passenger, traveler, traveller, student, pupil, teacher, doctor, physician, nurse, beneficiary, applicant,
    candidate, holder, buyer, purchaser, subscriber, insured, policyholder, claimant, spouse, husband, wife,
    partner, mother, father, guardian, relative, friend, manager, supervisor, agent, representative, rep, user,
    player, attendee, participant, visitor, lead, signer, signatory, signee, payer, payee, borrower, lender, debtor,
    donor, resident, occupant, landlord, witness, defendant, plaintiff, lawyer, attorney, judge, officer, assignee,
    reporter, assigned to, requester, approver, reviewer, creator, submitter, caller, callee, speaker, attn,
    attention, ship to, bill to, shipto, billto, shipping, billing, consignee, addressee, emergency contact,
    primary contact, committer, maintainer, practitioner, provider, referrer, referee, nominee, heir, tutor, kunde,
    kundin, patientin, mitarbeiter, empfanger, absender, fahrgast, mieter, versicherter, arzt, nutzer, benutzer,
    destinataire, expediteur, salarie, locataire, medecin, cliente, paciente, empleado, destinatario, remitente,
    paziente, dipendente, mittente, funcionario, klant, patienten, medewerker, ontvanger, afzender, klient, pacjent,
    pracownik, odbiorca, nadawca, клиент, пациент, получатель, отправитель, сотрудник, 客户, 患者, 病人, 收件人,
    寄件人, 联系人, 员工, 顧客, 受取人, 担当者, 고객, 환자, 받는 사람, 보내는 사람, 담당자, asiakas, zakaznik,
    zakaznica, ugyfel, stranka, klients, πελάτης, לקוח, العميل, khach hang, khách hàng, pelanggan, musteri, kupac,
    klientas, клієнт, مشتری, potilas, utilizator, pacient, bolnik, pacients, ασθενής, מטופל, المريض, benh nhan,
    bệnh nhân, pesakit, pasien, hasta, pacijent, pacientas, patsient, пацієнт, лице, lieferant, ansprechpartnerin,
    besteller, bestellerin, rechnungsempfanger, aan, an, sold to, ordered by, prepared for, zákazník, ügyfél,
    müşteri, empfänger, versicherte, destinatário, funcionário, salarié, médecin, expéditeur, display name,
    displayname, chair, chairperson, chairman, chairwoman, minute taker, watcher, victim, suspect, accused,
    deceased, complainant, respondent, petitioner, interviewer, interviewee, trainer, trainee, instructor, coach,
    mentor, mentee, supervisee, driver name, captain, host name of guest, organizer, organiser, facilitator,
    moderator, chief complaint by, attending, attending physician, referring physician, referring doctor,
    consultant, surgeon, therapist, dentist, optometrist, pharmacist, prescriber, carer, caregiver, nanny, child,
    dependent, dependant, insured person, insured party, policy owner, co applicant, coapplicant, cosigner,
    co signer, account owner, emergency name, parent, parent guardian, emergency contact name, contact person,
    contact name, sales rep, account manager, project manager, team lead, line manager, hiring manager, recruiter,
    interviewed by, signed by, approved by, created by, updated by, modified by, edited by, reviewed by,
    requested by, reported by, submitted by, opened by, closed by, resolved by, prepared by, written by, entered by,
    checked by, verified by, authorized by, authorised by, issued by, received by, handled by, recorded by,
    uploaded by, owned by, managed by, sent by, sent to, paid by, paid to, payable to, issued to, billed to,
    deliver to, delivered to, approvedby, createdby, updatedby, modifiedby, reviewedby, signedby, requestedby,
    reportedby, submittedby, openedby, closedby, assignedto, assigned to user, contactperson, bearbeiter,
    bearbeiterin, sachbearbeiter, sachbearbeiterin, betreuer, betreuerin, verfasser, verfasserin, autor, autorin,
    unterzeichner, mieterin, vermieter, vermieterin, versicherungsnehmer, versicherungsnehmerin, auftraggeber,
    auftraggeberin, kaufer, käufer, käuferin, verkaufer, verkäufer, schuler, schüler, schülerin, lehrer, lehrerin,
    bewerberin, ehepartner, notfallkontakt, behandelnder arzt, hausarzt, beneficiaire, bénéficiaire, assure, assuré,
    assurée, salariee, salariée, locatrice, bailleur, gestionnaire, conseiller, conseillère, interlocuteur,
    demandeur, redacteur, rédacteur, auteur, signataire, medecin traitant, médecin traitant, dossier suivi par,
    suivi par, beneficiario, beneficiaria, asegurado, asegurada, arrendador, arrendatario, responsable, autora,
    firmante, solicitante, medico, médico, tutora, alumno, alumna, conyuge, cónyuge, assicurato, assicurata,
    richiedente, firmatario, referente, medico curante, conduttore, locatore, responsabile, beneficiário, segurado,
    responsável, aluno, aluna, inquilino, contato, contatto, contacto, behandelaar, huisarts, huurder, verhuurder,
    werknemer, begunstigde, aanvrager, verzekerde, opdrachtgever, handläggare, kontaktperson, patientens namn,
    försäkringstagare, saksbehandler, sagsbehandler, lejer, käsittelijä, yhteyshenkilö, hakija, vastaanottaja,
    lähettäjä, mottagare, avsändare, mottaker, avsender, modtager, afsender, osoba kontaktowa, wnioskodawca,
    ubezpieczony, zleceniodawca, autorka, kontaktní osoba, žadatel, příjemce, odesílatel, kontaktná osoba, príjemca,
    odosielateľ, kapcsolattartó, címzett, feladó, kérelmező, persoană de contact, destinatar, expeditor, solicitant,
    yetkili, ilgili kişi, alıcı, gönderen, başvuran, ответственный, исполнитель, заявитель, контактное лицо,
    заказчик, покупатель, продавец, автор, врач, лечащий врач, пассажир, водитель, директор, отримувач, відправник,
    виконавець, лікар, заявник, лице за контакт, получател, подател, παραλήπτης, αποστολέας, υπεύθυνος, người nhận,
    người gửi, người liên hệ, bác sĩ, nhân viên, penerima, pengirim, pemohon, penanggung jawab, dokter, ผู้รับ,
    ผู้ส่ง, ผู้ติดต่อ, ลูกค้า, ผู้ป่วย, ग्राहक, रोगी, मरीज, כתובת לקוח, מטפל, נמען, שולח, איש קשר, המטופל, הלקוח,
    המוכר, القابض, المستلم, المرسل, الموظف, الطبيب, المستفيد, المستأجر, بیمار, گیرنده, فرستنده, 担当医, 主治医,
    受信者, 送信者, 依頼者, 申請者, 申请人, 经理, 医生, 学生, 司机, 乘客, 被保险人, 受益人, 投保人, 原告, 被告,
    받는이, 보내는이, 신청인, 수령자, 작성자, 의사, 직원, 학생, 승객
"""

#: What a name is called.
NAMES = "name, names, nom, nombre, nome, naam, nazwa, navn, namn, nimi, jmeno, isim, 名, 名称, 이름"

#: Words that make a key one of machines, although it ends in a phrase from above: `package_manager.name`, `db_user`.
MACHINES = """
    package, file, class, module, function, method, table, column, database, db, host, server, service, product,
    item, project, repo, repository, branch, event, tool, model, image, container, pod, node, cluster, queue, topic,
    bucket, schema, field, variable, var, thread, process, job, template, theme, font, color, plan, role, group,
    org,
    organization, organisation, company, business, brand, store, resource, plugin, extension, window, display,
    device, network, interface, dns, domain, memory, contract, wallet, bind, listen, base, public, http, html, css,
    agent version, http client, mail client, api client, user agent, service provider, cloud provider,
    data provider,
    foreign, primary key, partition, cache, sort, hot, max, min, num, count, has, is, can, should, show, hide,
    allow,
    require, requires, validate
"""

#: Under an address, everything that locates somebody; its country alone does not.
ADDRESS_PARTS = """
    line, line1, line2, line3, lines, line 1, line 2, line 3, address, address1, address2, address line, street,
    street1, street2, street 1, street 2, street name, street number, house number, number, unit, apt, apartment,
    suite, building, floor, city, town, village, district, suburb, neighborhood, neighbourhood, county, state,
    province, region, zip, zipcode, zip code, postal code, postalcode, postcode, post code, po box, formatted,
    formatted address, full, text, value, strasse, hausnummer, plz, postleitzahl, ort, stadt, rue, code postal,
    ville, calle, codigo postal, ciudad, cap, citta, comune, cep, cidade, bairro, postnummer, straat, huisnummer,
    plaats, ulica, kod pocztowy, miasto, 邮编, 城市, 郵便番号, 市区町村, 우편번호
"""
#: Under a name, its parts.
NAME_PARTS = """
    first, last, middle, given, family, full, maiden, display, formatted, text, value, prenom, apellido, vorname,
    nachname, surname, forename, prefix name, kana, first kana, last kana, nombre, nom, nome, cognome,
    sei, mei, 姓, 名, pronunciation, short, long, legal, preferred
"""
#: Under anything, the thing itself.
THE_THING = "value, text, content, raw, formatted, number, address, full, data, current, primary"

#: At the end of a key, and of no weight there: `phone_number_2`, `email_primary`, `address_home`.
WEIGHTLESS = """
    number, no, nr, num, nummer, numero, numer, номер, 号, 号码, 番号, 번호, value, primary, secondary, home, work,
    office, private, personal, business, alternate, other, mobile
"""

#: Of the phrases of `secret`, joined: what people think up themselves, so that it need not look random.
PASSWORDS = """
    password passwd passwort kennwort passphrase pwd psw mdp passcode
    motdepasse contrasena senha wachtwoord haslo losenord
    adgangskode passord salasana heslo пароль 密码 口令 パスワード 비밀번호 كلمةالمرور סיסמה securityanswer otp
    dbpass
    smtppass
    redispass mailpass emailpass
    ftppass rootpass adminpass userpass becomepass sshpass sudopass mysqlpass postgrespass pgpass ldappass wifipass psk
    proxypass keystorepass dbpw adminpw userpw rootpw smtppw wifipsk wpapsk matkhau katasandi รหสผาน पासवरड 비번
    geslo
    lozinka
"""

#: Before `token`, `key` or `password` they make it no secret.
NO_SECRETS = """
    page next previous continuation pagination cursor sync public cache primary foreign sort partition pad eos bos
    unk sep mask cls special stop start end max min num has is can show hide hidden require requires use reset
    forgot
    change update validate confirm allow no
"""

#: Beside an address, what belongs to it and is nothing else.
LOCAL_PARTS = """
    city, town, zip, zipcode, zip code, postal code, postalcode, postcode, post code, plz, postleitzahl, ort, stadt,
    ville, code postal, ciudad, codigo postal, citta, cap, cidade, cep, kod pocztowy, miasto, plaats, street,
    street2, apt, apartment, suite, unit, county, state, province, 邮编, 城市, 郵便番号, 우편번호, house number,
    housenumber, house no, hausnummer, huisnummer, number, street number, unit number, apartment number, flat,
    floor, building, block, suburb, district, locality, municipality, region, line1, line2, line 1, line 2, line3,
    address1, address2, street1, ward, prefecture, comune, provincia, bairro, numero, complemento, colonia,
    municipio, estado, kraj, wojewodztwo, powiat, gmina, postnr, postnummer, poststed, postort, postinumero,
    postitoimipaikka, psc, obec, mesto, miesto, irsz, iranyitoszam, varos, oras, judet, ilce, il, posta kodu,
    индекс, город, улица, дом, квартира, место, област, 省, 市, 区, 街道, 县, 縣, 市区町村, 都道府県, 番地, 建物名,
    町名, 시도, 시군구, 동, 상세주소, 도로명
"""

#: Columns that lists of people have, and lists of things have not.
OF_STAFF = """
    role, job title, jobtitle, department, dept, salary, age, gender, sex, hire date, start date, hired, since,
    manager, position, nationality, birthdate, grade, shift, abteilung, funktion, beruf, alter, geschlecht, poste,
    fonction, sexe, cargo, puesto, edad, sexo, ruolo, reparto, functie, afdeling, leeftijd, stanowisko, wiek,
    befattning, avdelning, должность, отдел, возраст, пол, 职位, 部门, 年龄, 性别, 部署, 役職, 年齢, 性別, 직급,
    부서, 나이, 성별
"""
