"""Words that announce coordinates, in the languages in which people write them: both, one of the two, grids."""

# ruff: noqa: RUF001 (the words are of other scripts)
from __future__ import annotations

from akios_jail.pii.detectors.surroundings import Announcement
from akios_jail.pii.view import View

WORDS = Announcement(
    "lat", "lng", "lon", "long", "latitude", "longitude", "latlng", "lat ?/ ?lon", "lat, ?lon", "coordinates?",
    "coords", "gps", "gpslatitude", "gpslongitude", "_lat", "_lng", "_lon", "latlong", "latlon", "lonlat", "lnglat",
    "geo", "location", "position", "breitengrad", "l[aä]ngengrad", "koordinaten", "standort", "geolocation",
    "coordonn[eé]es", "coordenadas", "latitud", "longitud", "ubicaci[oó]n", "latitudine", "longitudine", "coordinate",
    "posizione", "localiza[cç][aã]o", "co[oö]rdinaten", "breedtegraad", "lengtegraad", "wsp[oó][lł]rz[eę]dne",
    "szeroko[sś][cć]", "d[lł]ugo[sś][cć]", "koordinater", "широта", "долгота", "координаты", "纬度", "经度", "坐标",
    "緯度", "経度", "座標", "위도", "경도", "좌표", "خط العرض", "خط الطول", "إحداثيات", r"point ?\(", "geo:", "ll=",
    "/@", "latitud[ei]", "longitud[ei]", "szer\\.", "dł\\.", "geogr\\. ?breite", "geogr\\. ?l[aä]nge", "breite:",
    "enlem", "boylam", "konum", "konumum", "koordinatlar[ıi]?", "leveysaste", "pituusaste", "leveyspiiri",
    "koordinaatit", "sijainti", "sijaintini", "breddegrad", "l[æe]ngdegrad", "lengdegrad", "koordinat",
    "koordinaterna",
    "posisjon", "placering", "latitude e longitude", "sou[rř]adnic[eí]", "s[uú]radnice", "koordin[aá]t[aá]k?",
    "sz[eé]less[eé]g", "hossz[uú]s[aá]g", "poloha", "[sš][ií][rř]ka", "d[eé]lka", "coordonate", "coordonatele",
    "locație",
    "koordinate", "lokacija", "zemljepisna [sš]irina", "zemljepisna dol[zž]ina", "geografska [sš]irina",
    "geografska du[zž]ina", "координати", "довгота", "дължина", "ширина", "координатите", "местоположение",
    "геопозиция", "геолокация", "локация", "координат", "координаттары", "συντεταγμένες", "πλάτος", "μήκος", "στίγμα",
    "θέση", "koordinaadid", "laiuskraad", "pikkuskraad", "koordin[aā]tas", "platuma", "garums", "koordinat[eė]s",
    "ilguma", "hnit", "breiddargráða", "lengdargráða", "ละติจูด", "ลองจิจูด", "ลองติจูด", "พิกัด", "ตำแหน่ง",
    "tọa độ", "toạ độ", "vĩ độ", "kinh độ", "vị trí", "lokasi", "lintang", "bujur", "titik koordinat", "lokasyon",
    "الموقع", "الاحداثيات", "الإحداثيات", "دائرة العرض", "عرض", "طول", "مختصات", "موقعیت", "عرض جغرافیایی",
    "طول جغرافیایی", "מיקום", "קו רוחב", "קו אורך", "קואורדינטות", "נ\"צ", "נצ\"?",
    "अक्षांश", "देशांतर", "देशान्तर", "रेखांश", "निर्देशांक", "लोकेशन", "অক্ষাংশ", "দ্রাঘিমাংশ", "অবস্থান",
    "அட்சரேகை", "தீர்க்கரேகை",
    "అక్షాంశం", "రేఖాంశం", "经纬度", "經緯度", "緯度経度", "定位", "位置", "現在地", "현재 ?위치", "위치", "კოორდინატები",
    "կոորդինատներ", r"makepoint ?\(", r"latlng ?\(", r"latlong ?\(", r"point>", r"coordinates>", "icbm",
    "geo\\.position",
    "mahali",
    fillers="decimal|degrees?|deg|x|y|point|lng|lon|lat|content|html|geogr[a-z]{0,10}|γεωγραφικό|actuel(?:le)?s?|"
    "actuale?s?|attuale|now|current|currently|gps|around|approx|from|at|aktuell|saya|yüzde|wschodnia|północna",
)  # fmt: skip
GRIDS = Announcement(
    "utm", "mgrs", "grid ref", "grid reference", "gridref", "os grid", "osgr", "ngr", "military grid", "utm zone",
    fillers="zone|coordinates?|coords?|reference|ref|grid|loc|location|position|wgs84|wgs 84",
)  # fmt: skip

#: Words that speak of one of the two.
_LATITUDE = (
    r"lat|latitude|breitengrad|geogr\. ?breite|breite|latitud|latitudine|breedtegraad|szeroko\w+|szer\.|"
    r"широта|纬度|緯度|위도|"
    r"enlem|leveysaste|leveyspiiri|breddegrad|sz[eé]less[eé]g|[sš][ií][rř]ka|(?:zemljepisna |"
    r"geografska )?[sš]irina|ширина|"
    r"πλάτος|laiuskraad|platuma|breiddargráða|ละติจูด|vĩ độ|lintang|خط العرض|دائرة العرض|عرض(?: جغرافیایی)?|קו רוחב|"
    r"अक्षांश|অক্ষাংশ|அட்சரேகை|అక్షాంశం"
)
_LONGITUDE = (
    r"lng|lon|long|longitude|l[aä]ngengrad|geogr\. ?l[aä]nge|l[aä]nge|longitud|longitudine|lengtegraad|d[lł]ugo\w+|"
    r"dł\.|долгота|довгота|经度|経度|경도|boylam|pituusaste|l[æe]ngdegrad|lengdegrad|hossz[uú]s[aá]g|d[eé]lka|"
    r"(?:zemljepisna |geografska )?(?:dol|du)[zž]ina|дължина|μήκος|pikkuskraad|garums|ilguma|lengdargráða|"
    r"ลองจิจูด|ลองติจูด|kinh độ|bujur|خط الطول|طول(?: جغرافیایی)?|קו אורך|देशांतर|देशान्तर|रेखांश|দ্রাঘিমাংশ|"
    r"தீர்க்கரேகை|రేఖాంశం"
)
#: Either, as texts have them once they are folded.
EITHER = "|".join(View(words).folded for words in (_LATITUDE, _LONGITUDE))
