"""Addresses that are secrets as a whole: whoever knows one may post where it leads, or read what it shows.

The finding is the whole address, with its scheme where it has one: its host and its numbers are half of the secret, and
without them the rest is of no use to a model either.

Confidence: 0.95.
"""

from __future__ import annotations

import re

from akios_jail.pii.detectors.secrets.form import is_dummy
from akios_jail.pii.finding import Finding, View

_UUID = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
#: Whose it is, how the address begins (a pattern that RE2, Hyperscan and Python share), and how it goes on.
_ADDRESSES = (
    ("Slack", r"hooks\.slack\.com/(?:services|workflows|triggers)/", r"[A-Za-z0-9/]{30,90}"),
    ("Discord", r"discord(?:app)?\.com/api/(?:v[0-9]{1,2}/)?webhooks/", r"[0-9]{16,20}/[A-Za-z0-9_-]{40,90}"),
    ("Microsoft Teams", r"\.webhook\.office\.com/webhookb2/", rf"(?i:{_UUID})@[A-Za-z0-9/@_-]{{30,180}}"),
    ("Outlook", r"outlook\.office(?:365)?\.com/webhook/", rf"(?i:{_UUID})@[A-Za-z0-9/@_-]{{30,180}}"),
    ("Power Automate", r"\.logic\.azure\.com(?::443)?/workflows/", r"[^\s\"'<>]{20,160}sig=[\w%+/=-]{30,60}"),
    ("Google Chat", r"chat\.googleapis\.com/v1/spaces/", r"[\w-]{4,40}/messages\?[\w%&=-]{30,170}"),
    ("Zapier", r"hooks\.zapier\.com/hooks/(?:catch|standard)/", r"[0-9]{4,12}/[A-Za-z0-9]{5,40}/?"),
    ("IFTTT", r"maker\.ifttt\.com/trigger/", r"[\w-]{1,60}/(?:json/)?with/key/[\w-]{16,64}"),
    ("Make", r"hook\.(?:(?:eu|us)[0-9]\.make|integromat)\.com/", r"[a-z0-9]{20,40}"),
    ("Feishu", r"open\.(?:feishu\.cn|larksuite\.com)/open-apis/bot/v2/hook/", rf"(?i:{_UUID})"),
    ("DingTalk", r"oapi\.dingtalk\.com/robot/send\?access_token=", r"[0-9a-f]{40,64}"),
    ("WeCom", r"qyapi\.weixin\.qq\.com/cgi-bin/webhook/send\?key=", rf"(?i:{_UUID})"),
    ("PagerDuty", r"events\.(?:eu\.)?pagerduty\.com/integration/", r"[0-9a-z]{32}/enqueue"),
    ("Mattermost", r"/hooks/[a-z0-9]{18}", r"[a-z0-9]{8}(?![\w/])"),
)
#: What stands before the words of the trigger: a scheme, and names of hosts.
_BEFORE = re.compile(r"(?:https?://)?[\w.:-]{0,80}\Z")
_NOTHING = re.compile(r"T0{6}|0{8}/|X{8}")


class Webhooks:
    """One trigger for each of those who give such addresses."""

    def __init__(self) -> None:
        self.triggers = tuple(begins for _, begins, _ in _ADDRESSES)
        self._rows = tuple((whose, re.compile(rf"{begins}\Z"), re.compile(rest)) for whose, begins, rest in _ADDRESSES)

    def check(self, view: View, trigger: int, end: int) -> Finding | None:
        whose, begins, rest = self._rows[trigger]
        head = begins.search(view.folded, max(0, end - 64), end)
        tail = rest.match(view.folded, end, end + 240)
        if head is None or tail is None or _NOTHING.search(tail.group()) or is_dummy(tail.group(), mixed=False):
            return None
        before = _BEFORE.search(view.folded, max(0, head.start() - 96), head.start())
        start = before.start() if before is not None else head.start()
        stop = tail.end()
        value = view.folded[start:stop]
        return Finding("secret", start, stop, value, 0.95, f"an address to post to, of {whose}")
