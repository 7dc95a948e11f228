"""Presidio's pattern recognisers, in an environment that has them: a child of `scripts/bench pii`.

One JSON array of texts on its input; on its output `{"findings": …, "seconds": …}`: for each text a list of lists of
kind, start, end and score, and the processor time of looking only. All predefined recognisers that work by patterns or
by a library, for English and for every other language they know, without a model of a language and so without its
words of context.
"""

from __future__ import annotations

import inspect
import json
import sys
import time
from typing import Any

#: Presidio's names for what a label calls otherwise; entities that are no kind of ours are not asked for.
KINDS = {
    "EMAIL_ADDRESS": "email",
    "PHONE_NUMBER": "phone",
    "CREDIT_CARD": "credit_card",
    "IBAN_CODE": "iban",
    "IP_ADDRESS": "ip_address",
    "MAC_ADDRESS": "mac_address",
    "US_SSN": "ssn",
    "US_ITIN": "itin",
    "US_PASSPORT": "passport",
    "UK_PASSPORT": "passport",
    "IN_PASSPORT": "passport",
    "IT_PASSPORT": "passport",
    "DE_PASSPORT": "passport",
    "US_DRIVER_LICENSE": "driving_licence",
    "IT_DRIVER_LICENSE": "driving_licence",
    "UK_DRIVING_LICENCE": "driving_licence",
    "KR_DRIVER_LICENSE": "driving_licence",
    "US_BANK_NUMBER": "bank_account",
    "UK_NHS": "medical_record",
    "AU_MEDICARE": "medical_record",
}
KINDS |= dict.fromkeys(("ES_PASSPORT", "KR_PASSPORT", "PH_PASSPORT", "ZA_PASSPORT"), "passport")
KINDS |= dict.fromkeys(("DE_FUEHRERSCHEIN", "ZA_DRIVER_LICENSE"), "driving_licence")
KINDS |= dict.fromkeys(
    (
        *("AU_TFN", "CA_SIN", "DE_SOCIAL_SECURITY", "DE_TAX_ID", "ES_NIE", "ES_NIF", "FI_PERSONAL_IDENTITY_CODE"),
        *("IN_AADHAAR", "IN_PAN", "IT_FISCAL_CODE", "KR_FRN", "KR_RRN", "NG_NIN", "PH_UMID", "PL_PESEL"),
        *("SE_PERSONNUMMER", "SG_NRIC_FIN", "TH_TNIN", "TR_NATIONAL_ID", "UK_NINO", "ZA_ID_NUMBER"),
    ),
    "national_id",
)


def main() -> None:
    """Look through all texts."""
    texts = json.load(sys.stdin)
    recognisers = _recognisers()
    findings = []
    begun = time.process_time()
    for text in texts:
        found = []
        for recogniser, entities in recognisers:
            for result in recogniser.analyze(text, entities, None):
                found.append((result.entity_type, result.start, result.end, result.score))
        findings.append(found)
    seconds = time.process_time() - begun
    named = [[(KINDS[kind], *rest) for kind, *rest in found] for found in findings]
    json.dump({"findings": named, "seconds": seconds}, sys.stdout)


def _recognisers() -> list[tuple[Any, list[str]]]:
    """Each with the entities that are asked of it."""
    from presidio_analyzer import (  # type: ignore[import-not-found]
        PatternRecognizer,
        predefined_recognizers,
    )

    made = []
    for name in sorted(dir(predefined_recognizers)):
        kind = getattr(predefined_recognizers, name)
        if not inspect.isclass(kind):
            continue
        if not issubclass(kind, PatternRecognizer) and name != "PhoneRecognizer":
            continue
        recogniser: Any = kind()
        entities = [entity for entity in recogniser.supported_entities if entity in KINDS]
        if entities:
            made.append((recogniser, entities))
    return made


if __name__ == "__main__":
    main()
