"""The words that stand-ins for names and addresses are made of."""

from __future__ import annotations

_FIRST = (
    "Alba Anders Anouk Ariel Astrid Aurel Beatrix Bjarne Bryony Caspar Celeste Corin Dagmar Damaris Delia Edda "
    "Elin Ephraim Esme Fabian Fenella Florian Freya Gideon Greta Hadrian Hanne Ilse Imogen Ingmar Iris Jarvis "
    "Jorunn Juno Kasimir Kerensa Lavinia Leander Linnea Lorcan Ludo Maelle Magnus Maren Mattis Merle Mirela Nadir "
    "Nerys Niamh Octavia Odile Orla Osric Pascal Petra Quentin Ragna Rhoda Roland Runa Sabine Sander Selma "
    "Severin Sidony Soren Tamsin Thea Tilda Tobias Ulrika Una Valentin Verena Viggo Wanda Wilfred Xenia Yannick "
    "Ysolde Zelda Zora"
)
_LAST = (
    "Abernathy Ashgrove Barlowe Beckstrom Birchfield Brandt Calloway Carrow Castellan Daventry Delacroix Dunmore "
    "Eastwick Ellery Falkner Fenwick Garrow Gladwell Greyson Hallmere Hartnell Holloway Ingersen Jorvik Kestrel "
    "Kirkwell Lachlan Langmere Lindqvist Lockhart Marchetti Merriweather Montrose Norwood Oakhurst Ormond "
    "Pembroke Pendry Quillfeather Radcliff Ravenel Rosewall Sandoval Selwyn Silverthorn Stromberg Tarrant "
    "Thornbury Underhill Valmont Vance Wainwright Westerly Whitlock Winslade Wolfram Yarrow Zellweg"
)
FIRST_NAMES = tuple(_FIRST.split())
LAST_NAMES = tuple(_LAST.split())
STREETS = (
    "Alder Crescent",
    "Beacon Hill Road",
    "Birchwood Lane",
    "Briar Street",
    "Cedar Avenue",
    "Chestnut Drive",
    "Clover Court",
    "Elmfield Road",
    "Fairview Avenue",
    "Foxglove Lane",
    "Harbor Street",
    "Hawthorn Avenue",
    "Hillcrest Drive",
    "Juniper Street",
    "Lakeside Drive",
    "Laurel Lane",
    "Linden Street",
    "Maple Court",
    "Meadow Road",
    "Orchard Street",
    "Poplar Avenue",
    "Quarry Road",
    "Rosewood Drive",
    "Sycamore Street",
    "Thistle Lane",
    "Willow Avenue",
)
