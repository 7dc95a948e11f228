"""Secrets that are addresses, that platforms issue, and that commands and settings hold."""

from __future__ import annotations

import pytest

from akios_jail.pii.detectors.secrets import Secrets
from tests.pii.detectors.secrets.made import BASE62, BASE64URL, HEX, of
from tests.pii.detectors.triggered import grows_in_proportion, values

UUID = f"{of(HEX, 8)}-{of(HEX, 4)}-4{of(HEX, 3)}-a{of(HEX, 3)}-{of(HEX, 12)}"
UPPER = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"


@pytest.mark.parametrize(
    "address",
    [
        "https://hooks.slack.com/services/T024BE7LD/B0F9K2M41/" + of(BASE62, 24),
        "https://discord.com/api/webhooks/123456789012345678/" + of(BASE64URL, 68),
        "https://canary.discord.com/api/v10/webhooks/123456789012345678/" + of(BASE64URL, 68),
        f"https://acme.webhook.office.com/webhookb2/{UUID}@{UUID}/IncomingWebhook/{of(HEX, 32)}/{UUID}",
        f"https://chat.googleapis.com/v1/spaces/AAAAbCdE/messages?key={of(BASE62, 39)}&token={of(BASE64URL, 43)}",
        "https://hooks.zapier.com/hooks/catch/1234567/b7k2m9q/",
        "https://maker.ifttt.com/trigger/alarm/with/key/" + of(BASE62, 22),
        "https://hook.eu1.make.com/" + of("abcdefghijklmnopqrstuvwxyz0123456789", 32),
        f"https://open.feishu.cn/open-apis/bot/v2/hook/{UUID}",
        f"https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key={UUID}",
        "https://chat.example.org/hooks/" + of("abcdefghijklmnopqrstuvwxyz0123456789", 26),
    ],
)
def test_an_address_to_post_to_is_found_whole(address: str) -> None:
    assert values(Secrets(), f"notify: {address} daily") == [address]


@pytest.mark.parametrize(
    "key",
    [
        f"v1.0-{of(HEX, 24)}-{of(HEX, 146)}",
        f"re_{of(BASE62, 8)}_{of(BASE62, 24)}",
        f"tgp_v1_{of(BASE64URL, 43)}",
        f"e2b_{of(HEX, 40)}",
        f"apify_api_{of(BASE62, 36)}",
        f"sgp_{of(HEX, 16)}_{of(HEX, 40)}",
        f"shippo_live_{of(HEX, 40)}",
        f"sha256~{of(BASE64URL, 43)}",
        f"amzn.mws.{UUID}",
        f"sdk-{UUID}",
        f"CCDB1_{of(BASE62, 22)}_{of(BASE62, 40)}",
        f"pk_12345678_{of(UPPER, 32)}",
        f"{of(HEX, 32)}-us14",
        f"{of(HEX, 32)}-{of(HEX, 8)}-{of(HEX, 8)}",
        f"{of(HEX, 36)}NRAL",
        f"live_{of(HEX, 35)}",
        f"2/1234567890123456/1234567890123457:{of(HEX, 32)}",
        f"AVNS_{of(BASE64URL, 19)}",
        f"mdb_sa_sk_{of(BASE64URL, 40)}",
        f"BBDC-{of(BASE62, 44)}",
        f"Mid-server-{of(BASE62, 24)}",
        f"cs_{of(HEX, 40)}",
        f"{of(HEX, 10)}msh{of(HEX, 15)}p1{of(HEX, 6)}jsn{of(HEX, 12)}",
        f"EAA{of(BASE62, 160)}",
        f"bce-v3/ALTAK-{of(BASE62, 21)}/{of(HEX, 40)}",
        f"ak-{of(BASE62, 22)}",
        f"{of(HEX, 32)}.{of(BASE62, 16)}",
        f"s.{of(BASE62, 24)}",
        "$2b$12$" + of(BASE62, 53),
        "$6$rounds=5000$" + of(BASE62, 16) + "$" + of(BASE62, 86),
    ],
)
def test_keys_of_platforms_and_hashes_are_found(key: str) -> None:
    assert values(Secrets(), f"x {key} y") == [key]


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        ('sql.Open("mysql", "root:juniper_1874@tcp(10.0.0.7:3306)/app")', "juniper_1874"),
        ("jdbc:oracle:thin:scott/Juniper74@//db:1521/x", "Juniper74"),
        ("host=db user=app password=juniper_1874 dbname=app", "juniper_1874"),
        ("curl -s -u jo:juniper_1874 https://x.example", "juniper_1874"),
        ("mysql -u root -pjuniper_1874 app", "juniper_1874"),
        ("sshpass -p 'juniper1874' ssh root@h", "juniper1874"),
        ("DB_PASS=juniper1874", "juniper1874"),
        ("ADMIN_PW=juniper1874", "juniper1874"),
        ("ansible_become_pass=juniper1874", "juniper1874"),
        ('psk="juniper1874"', "juniper1874"),
        ("machine x.example login jo password juniper1874", "juniper1874"),
        ("CREATE USER jo IDENTIFIED BY 'juniper1874'", "juniper1874"),
        ("requirepass juniper1874", "juniper1874"),
        ("<password>juniper1874</password>", "juniper1874"),
        ('<add key="ApiKey" value="8sJk2mQpX7vRt9LwZc4NbH1y" />', "8sJk2mQpX7vRt9LwZc4NbH1y"),
        ("Authorization: token 8sJk2mQpX7vRt9LwZc4NbH1y", "8sJk2mQpX7vRt9LwZc4NbH1y"),
        ("otpauth://totp/Ex:jo?secret=JBSWY3DPEHPK3PXP&issuer=Ex", "JBSWY3DPEHPK3PXP"),
        ("user: admin / pass: juniper1874", "juniper1874"),
        ("heslo je juniper1874", "juniper1874"),
        ("salasana: juniper1874", "juniper1874"),
    ],
)
def test_a_password_is_found_as_commands_and_settings_write_it(text: str, secret: str) -> None:
    assert values(Secrets(), text) == [secret]


@pytest.mark.parametrize(
    "text",
    [
        "https://hooks.slack.com/services/T00000000/B00000000/XXXXXXXXXXXXXXXXXXXXXXXX",
        "https://api.slack.com/messaging/webhooks",
        "https://discord.com/channels/123456789012345678/123456789012345678",
        "def test_connection_pool_is_closed_after_use(): pass",
        "live_streaming_enabled_for_all_users_v2 = True",
        "api-version: 2023-05-15, sdk-version 33.0.1",
        "docker run -p 8080:80 -u 1000:1000 img",
        "curl -u user:pass https://x.example",
        "curl -u $USER:$PASS https://x.example",
        "mysql -P 3306 -h db",
        "user root@tcp(x)",
        "pass: 1234 tests",
        "pw: Playwright",
        "sha256:" + "0123456789abcdef" * 4,
        "deadbeef" * 4 + "-user",
        "<password></password>",
        "requirepass $REDIS",
        "A3-size paper, pat.match(x), st.session_state",
    ],
)
def test_what_is_written_alike_and_no_secret_is_left(text: str) -> None:
    assert values(Secrets(), text) == []


@pytest.mark.parametrize(
    "piece",
    ["curl -u a:", "/hooks/a", "$6$", "x:y@tcp(", "mysql -p", "login a password ", "hooks.slack.com/services/A"],
)
def test_hostile_text_takes_time_in_proportion(piece: str) -> None:
    assert grows_in_proportion(Secrets(), piece)
