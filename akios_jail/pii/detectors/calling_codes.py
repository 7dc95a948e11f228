"""The calling codes of the countries, and how many digits follow them (ITU-T E.164 and the countries' plans).

Where a country's plan allows shorter or longer numbers for services and machines, this is what people's numbers have.
"""

from __future__ import annotations

#: Calling code: the least and the greatest number of digits after it.
LENGTHS: dict[str, tuple[int, int]] = {}

for _least, _most, _codes in (
    (4, 6, "290 247 298 299 500 682 687"),
    (6, 7, "597 676 677 678 688 690"),
    (6, 9, "40 252 355 376 421 508 681 686 689"),
    (7, 7, "238 239 246 248 269 291 592 672 673 674 680 683 691 692"),
    (7, 8, "47 241 386 599 670 675 679 853 961 965 974 975"),
    (7, 9, "220 231 245 265 354 385 423 967 968"),
    (7, 10, "53 64 95 98 230 243 263 267 353 358 372 375 381 595 685 852 880 960 971"),
    (7, 11, "39 46 49 359"),
    (7, 13, "43"),
    (
        8,
        8,
        "45 216 222 223 226 227 228 232 235 236 253 257 266 297 350 356 357 370 371 373 374 389 501 502 503 504 505",
    ),
    (8, 8, "507 509 598 800 808 973 993"),
    (8, 9, "32 36 51 66 213 224 233 237 250 254 258 264 268 352 377 382 387 506 591 855 856 962 963 972"),
    (8, 10, "20 60 63 65 82 234 378 593 850 852 886 964 970 976 977"),
    (8, 11, "55 57 86"),
    (8, 12, "62 92 383 883"),
    (
        9,
        9,
        "27 31 33 34 41 48 93 94 211 212 218 221 225 240 242 244 249 251 255 256 260 261 262 351 420 590 594 596 979",
    ),
    (9, 9, "992 994 995 998"),
    (9, 10, "44 61 81 84 380 881 966 996"),
    (9, 11, "56 870"),
    (10, 10, "1 7 30 52 58 90 91 229"),
    (10, 11, "52 54 878 888"),
):
    LENGTHS.update(dict.fromkeys(_codes.split(), (_least, _most)))


def calling_code(digits: str) -> str | None:
    """The calling code with which these digits begin, if as many follow it as its numbers have."""
    for size in (1, 2, 3):
        code = digits[:size]
        if code in LENGTHS:  # no code begins with another
            least, most = LENGTHS[code]
            return code if least <= len(digits) - size <= most else None
    return None
