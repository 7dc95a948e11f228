"""National identity, social insurance and tax numbers of people: one table of rules a part of the world.

`rule` says what a rule is, `detector` applies them, `checks` holds the arithmetic of the check digits.
"""

from akios_jail.pii.detectors.national_id.detector import NationalId as NationalId
