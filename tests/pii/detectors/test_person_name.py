"""Names of people where something beside them says that they are."""

# ruff: noqa: RUF001  (names in Cyrillic have letters that look like others)
from __future__ import annotations

import pytest

from akios_jail.pii.detectors.name_grammar import name_at, name_before
from akios_jail.pii.detectors.person_name import PersonName
from tests.pii.detectors.triggered import findings, grows_in_proportion, values


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Dear Jane,", ["Jane"]),
        ("Hi Jane Doe!", ["Jane Doe"]),
        ("Dear Ms. Jane Doe:", ["Jane Doe"]),
        ("Dear John and Mary,", ["John", "Mary"]),
        ("Hi Jane how are you", ["Jane"]),
        ("Hello, Jane\n", ["Jane"]),
        ("Good morning Mr Patel", ["Patel"]),
        ("Sehr geehrte Frau Dr. Müller,", ["Müller"]),
        ("Lieber Max, danke", ["Max"]),
        ("Bonjour Élodie,", ["Élodie"]),
        ("Chère Madame Lefèvre,", ["Lefèvre"]),
        ("Hola José,", ["José"]),
        ("Gentile Giulia Rossi,", ["Giulia Rossi"]),
        ("Prezado João,", ["João"]),
        ("Beste Sanne,", ["Sanne"]),
        ("Cześć Michał,", ["Michał"]),
        ("Уважаемый Иван Иванович!", ["Иван Иванович"]),
        ("尊敬的张伟\uff1a", ["张伟"]),
    ],
)
def test_a_salutation_names_who_is_addressed(text: str, names: list[str]) -> None:
    assert values(PersonName(), text) == names


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Best regards,\nJane Doe\nCEO, Acme", ["Jane Doe"]),
        ("Kind regards\n\nDr. J. R. van der Berg", ["J. R. van der Berg"]),
        ("Thanks,\nBob", ["Bob"]),
        ("Cheers!\n  Mary-Kate O'Brien\n", ["Mary-Kate O'Brien"]),
        ("Mit freundlichen Grüßen\nHans Müller", ["Hans Müller"]),
        ("Cordialement,\nÉlodie Dupont", ["Élodie Dupont"]),
        ("Saludos,\nJosé García Márquez", ["José García Márquez"]),
        ("Pozdrawiam\nPaweł Wiśniewski", ["Paweł Wiśniewski"]),
        ("С уважением,\nИван Петров", ["Иван Петров"]),
    ],
)
def test_a_closing_is_followed_by_who_signs(text: str, names: list[str]) -> None:
    assert values(PersonName(), text) == names


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("My name is Jane Doe and I", ["Jane Doe"]),
        ("I am Jane Doe from Acme", ["Jane Doe"]),
        ("this is Bob Smith calling", ["Bob Smith"]),
        ("ich heiße Anna", ["Anna"]),
        ("je m'appelle Jean-Luc Picard", ["Jean-Luc Picard"]),
        ("me llamo Ana María López", ["Ana María López"]),
        ("mi chiamo Marco", ["Marco"]),
        ("меня зовут Ольга", ["Ольга"]),
        ("我叫李小龙。", ["李小龙"]),
        ("spoke with Jane Doe yesterday", ["Jane Doe"]),
        ("patient John Q. Smith was seen", ["John Q. Smith"]),
        ("Mr. Smith said", ["Smith"]),
        ("Dr. Jane O'Neil-Smith", ["Jane O'Neil-Smith"]),
        ("Frau Weber rief an", ["Weber"]),
        ("Mme Curie", ["Curie"]),
        ("田中さん", ["田中"]),
        ("张先生", ["张"]),
        ("김철수 님", ["김철수"]),
    ],
)
def test_words_say_that_a_name_follows_or_went_before(text: str, names: list[str]) -> None:
    assert values(PersonName(), text) == names


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("From: Jane Doe <jane@example.com>\nTo: Bob Smith; Ann Lee\n", ["Jane Doe", "Bob Smith", "Ann Lee"]),
        ("Name: Jane Doe\nDOB: 1/1/1980\n", ["Jane Doe"]),
        ("Von: Hans Müller <hans@example.de>", ["Hans Müller"]),
        ("Jane Doe <jane@example.com>", ["Jane Doe"]),
        ('"Doe, Jane" <jane@example.com>', ["Doe, Jane"]),
        ("Signed-off-by: Jane Doe <jane@example.com>", ["Jane Doe"]),
        ("Author: Ludwig van Beethoven <lvb@example.com>", ["Ludwig van Beethoven"]),
        ('ADMINS = [("Jane Doe", "jane@example.com")]', ["Jane Doe"]),
        ("Jane Doe,jane@example.com,12", ["Jane Doe"]),
        ("[Jane Doe](mailto:jane@example.com)", ["Jane Doe"]),
        ("ich, Stefan Schäfer, geboren am 1.2.1964", ["Stefan Schäfer"]),
        ("John Smith, aged 44,", ["John Smith"]),
        ("Jane Doe, CEO of Acme", ["Jane Doe"]),
        ("BEGIN:VCARD\nFN:Jane Doe\n", ["Jane Doe"]),
        ("ATTENDEE;CN=Jane Doe:mailto:x@example.com", ["Jane Doe"]),
        ("INSERT INTO p VALUES ('Jane', 'Doe', 'jane@example.com')", ["Jane", "Doe"]),
        ("3,Jane,Doe,jane@example.com,12", ["Jane", "Doe"]),
        ("[10:15] Jane: hi", ["Jane"]),
        ("10:15 AM - Bob Smith: yo", ["Bob Smith"]),
        ("[10:15, 14/2/2024] Jane: hi", ["Jane"]),
        ("10:15 Jane: are you in?\n10:16 Bob: yes, soon\n", ["Jane", "Bob"]),
        ("- Jane Doe: are you in?\n- Bob Smith: yes, soon\n", ["Jane Doe", "Bob Smith"]),
        ("Jane \u2022 10:15\nare you in?\nBob \u2022 10:16\nyes\n", ["Jane", "Bob"]),
        ("[10:15 AM] Jane Doe\nare you in?\n", ["Jane Doe"]),
    ],
)
def test_headers_addresses_and_chats_name_people(text: str, names: list[str]) -> None:
    assert values(PersonName(), text) == names


@pytest.mark.parametrize(
    "text",
    [
        "Dear Customer,",
        "Dear customer",
        "Hi team,",
        "Hi all,",
        "Hello World",
        'print("Hello World!")',
        "Hey Siri",
        "Dear Sir or Madam,",
        "Dear Hiring Manager,",
        "Sehr geehrte Damen und Herren,",
        "Madame, Monsieur,",
        "Estimado cliente:",
        "Thanks,\nThe Team",
        "Best regards,\nCustomer Support",
        "Regards,\nAcme Ltd",
        "Thanks\nfor the report",
        "I'm Happy to help",
        "I am The One",
        "Wall Street Journal",
        "New York Times",
        "12 Oak Dr Springfield",
        "Sr. Software Engineer",
        "Customer Service Center",
        "12:03:11 INFO: started",
        "12:03:11 Server: started",
        "12:03:11 Error: failed",
        "Name: Blue Widget\nPrice: 3\n",
        "From: London To: Paris",
        "To: Customer Service\n",
        "お客様",
        "皆さん",
        "class Patient Record:",
        "patient portal Login Page",
        "contact Customer Service for",
        "name: get_weather",
        "Acme Support <help@example.com>",
        "Lorem ipsum dolor sit amet",
        "this is Sparta",
        "the functionality\nOtherwise it fails",
        "and this is a long sentence that only happens to end with the word regards\nOtherwise",
        "active,pending,help@example.com",
        "subject: CN=Acme Root CA, O=Acme",
        "New York said Wall Street",
        "contact Acme Support, help@example.com",
        "Please write to us, info@example.com",
        "the Old Bridge, born of fire",
        "Mr. and Mrs.",
    ],
)
def test_what_is_nobodys_name_is_left(text: str) -> None:
    assert values(PersonName(), text) == []


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Jane Doe (14:07): hi\nJohn Roe (14:08): ok?\n", ["Jane Doe", "John Roe"]),
        ("Jane (14:07): hi\nJohn Roe (14:08): ok\nJane (14:09): bye\n", ["Jane", "John Roe", "Jane"]),
        ("Jane kl. 14.02: hej\nJane kl. 14.10: ja\n", ["Jane", "Jane"]),
        (
            "Jane Doe, [05/02/2024 19:41]\nwhere are you?\n\nJohn Roe, [05/02/2024 19:43]\nno\n",
            ["Jane Doe", "John Roe"],
        ),
        ("19:41\t真鍋千尋\t明日\n", ["真鍋千尋"]),
        (" Jane Doe  | 602-952-1334 | x", ["Jane Doe"]),
        ('= {"k": ("Jane Doe", "076 270 27 36")}', ["Jane Doe"]),
        ("POKORNÝ/ONDŘEJ PP KW3328725 DOB 1947-01-26", ["POKORNÝ/ONDŘEJ"]),
        ("DOE/JANE MRS", ["DOE/JANE"]),
        ("Jméno: Květa Zemanová    Narozen(a): 04.12.1964", ["Květa Zemanová"]),
        ("Patient Jane Doe, DOB 1.2.1984", ["Jane Doe"]),
        ("Hanne Bruun, Født 22.02.1980", ["Hanne Bruun"]),
        ("乘机人\uff1a司马建国 证件号", ["司马建国"]),
        ("dans VIELE GRÜSSE,\nMax Weber", ["Max Weber"]),
    ],
)
def test_a_place_among_times_numbers_and_labels_is_a_names(text: str, names: list[str]) -> None:
    assert values(PersonName(), text) == names


@pytest.mark.parametrize(
    "text",
    [
        "Coffee Break (10:30): lobby\nOpening Keynote (11:00): Hall A?\nCoffee Break (14:30): lobby\n",
        "Build Server kl. 14.02: ok\nBuild Server kl. 14.03: ok\n",
        "Jane (10:30): once\n",
        "10:16\tCache Miss\tdone\n",
        "Customer Care | 800-555-1334\n",
        '["Star Wars", "1977 05 25"]',
        "AND/OR PP 12",
        "Viele Gr\u00fc\u00dfe\n+44 20 7946 0123\n",
        "Buenas Tardes,\n\nel paquete",
        "Guten Tag\njane@example.com\n",
        "\uc548\ub155\ud558\uc138\uc694,\n\n",
        "Met Vriendelijke Groet\n",
        "\u8054\u7cfb\u65b9\u5f0f\n+86 137 2133 4418\n",
        "TCP/UDP DOB",
    ],
)
def test_agendas_logs_and_tables_of_things_name_nobody(text: str) -> None:
    assert values(PersonName(), text) == []


def test_titles_and_case_make_no_other_person() -> None:
    texts = ("Dear Ms Jane Doe,", "Hi Jane Doe!", "Dr. Jane Doe")
    keys = {finding.key for text in texts for finding in findings(PersonName(), text)}
    assert keys == {"jane doe"}


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Jane Doe went", "Jane Doe"),
        ("J. R. R. Tolkien wrote", "J. R. R. Tolkien"),
        ("Ludwig van Beethoven", "Ludwig van Beethoven"),
        ("Charles de Gaulle", "Charles de Gaulle"),
        ("Martin Luther King Jr.", "Martin Luther King Jr."),
        ("Jane Please call", "Jane"),
        ("O'Brien", "O'Brien"),
        ("Team", ""),
        ("jane", ""),
        ("山田 太郎です", "山田 太郎"),
    ],
)
def test_a_name_goes_as_far_as_names_do(text: str, name: str) -> None:
    assert text[: name_at(text, 0, len(text))] == name


def test_a_name_is_read_backwards_too() -> None:
    text = "by Anna van den Berg"
    assert text[name_before(text, 0, len(text)) :] == "Anna van den Berg"


@pytest.mark.parametrize(
    "piece",
    [
        "Dear ",
        "Dear A",
        "Hi Aa Bb ",
        "thanks\n",
        "From: A B; ",
        "A <a@",
        "Mr. ",
        "10:10 A: ",
        "A (10:10): ",
        "A/A PP ",
        "A | 1",
        "\nGRÜẞE",
        "さん",
        "van de A ",
        "Aa-Aa-",
    ],
)
def test_hostile_text_takes_time_in_proportion(piece: str) -> None:
    assert grows_in_proportion(PersonName(), piece)
