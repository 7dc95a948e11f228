"""Secrets: keys of providers, tokens, private keys, and passwords beside what names them.

One file a family: `form` and the tables of forms (`models`, `clouds`, `code_hosts`, `services`, `platforms`,
`long_forms`), `whole_forms` without a beginning of their own, `tokens` that are known by what is inside,
`private_keys`, `headers`, `connection` (passwords in addresses), `webhooks` (addresses that are secrets), `commands`,
`declared` (strings in programs), `labelled` for whatever has no form of its own, `pairs` where the name stands apart,
`programs` with their options, `told` for what a sentence tells, `turned` where the word comes after, `codes` for doors
and logins, `wallets`, `links` that let in, `networks` for their keys, `variables` of Terraform,
`openers` for codes of locks, `plain_words` for passwords without digits and `settings` for names with the word in them.
Two detectors share them: most secrets are short; the few long ones are looked for on their own, because they need a
further reach.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from akios_jail.pii.detectors.secrets.clouds import CLOUDS
from akios_jail.pii.detectors.secrets.code_hosts import CODE_HOSTS
from akios_jail.pii.detectors.secrets.codes import Codes
from akios_jail.pii.detectors.secrets.commands import Commands
from akios_jail.pii.detectors.secrets.connection import ConnectionPasswords
from akios_jail.pii.detectors.secrets.declared import DeclaredSecrets
from akios_jail.pii.detectors.secrets.form import LONG, Forms
from akios_jail.pii.detectors.secrets.headers import AuthorizationHeaders
from akios_jail.pii.detectors.secrets.labelled import LabelledSecrets
from akios_jail.pii.detectors.secrets.links import Links
from akios_jail.pii.detectors.secrets.long_forms import LONG_FORMS
from akios_jail.pii.detectors.secrets.models import MODELS
from akios_jail.pii.detectors.secrets.networks import NetworkKeys
from akios_jail.pii.detectors.secrets.openers import Openers
from akios_jail.pii.detectors.secrets.pairs import Pairs
from akios_jail.pii.detectors.secrets.plain_words import PlainWords
from akios_jail.pii.detectors.secrets.platforms import PLATFORMS
from akios_jail.pii.detectors.secrets.private_keys import MAX_KEY_BLOCK, PrivateKeys
from akios_jail.pii.detectors.secrets.programs import Programs
from akios_jail.pii.detectors.secrets.services import SERVICES
from akios_jail.pii.detectors.secrets.settings import Settings
from akios_jail.pii.detectors.secrets.tokens import MAX_JWT, BotTokens, JsonWebTokens
from akios_jail.pii.detectors.secrets.told import ToldSecrets
from akios_jail.pii.detectors.secrets.turned import TurnedSecrets
from akios_jail.pii.detectors.secrets.variables import Variables
from akios_jail.pii.detectors.secrets.wallets import Wallets
from akios_jail.pii.detectors.secrets.webhooks import Webhooks
from akios_jail.pii.detectors.secrets.whole_forms import WholeForms
from akios_jail.pii.finding import Finding, View


class Family(Protocol):
    """Secrets of one form: at most one finding a trigger."""

    @property
    def triggers(self) -> tuple[str, ...]: ...

    def check(self, view: View, trigger: int, end: int) -> Finding | None: ...


class _Families:
    kind = "secret"

    def __init__(self, *families: Family) -> None:
        self.triggers = tuple(trigger for family in families for trigger in family.triggers)
        self._of = [(family, number) for family in families for number in range(len(family.triggers))]

    def check(self, view: View, trigger: int, end: int) -> Iterable[Finding]:
        family, number = self._of[trigger]
        found = family.check(view, number, end)
        return () if found is None else (found,)


class Secrets(_Families):
    """Secrets of less than 250 characters."""

    def __init__(self) -> None:
        super().__init__(
            Forms(MODELS + CLOUDS + CODE_HOSTS + SERVICES + PLATFORMS),
            WholeForms(),
            BotTokens(),
            Webhooks(),
            AuthorizationHeaders(),
            ConnectionPasswords(),
            Commands(),
            Programs(),
            LabelledSecrets(),
            DeclaredSecrets(),
            ToldSecrets(),
            Pairs(),
            Codes(),
            Wallets(),
            Links(),
            NetworkKeys(),
            TurnedSecrets(),
            Variables(),
            Openers(),
            PlainWords(),
            Settings(),
        )


class LongSecrets(_Families):
    """JSON Web Tokens, private keys, and tokens that carry their claims with them."""

    reach = max(MAX_KEY_BLOCK, MAX_JWT, LONG) + 256

    def __init__(self) -> None:
        super().__init__(PrivateKeys(), JsonWebTokens(), Forms(LONG_FORMS))
