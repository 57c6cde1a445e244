"""Encodings from before Unicode are found out, and Latin texts are never taken for another."""

import pytest

from shoal.parts.readers.decoding import text_file

RUSSIAN = "Сегодня мы обсуждали новый маршрут автобуса через центральный парк."
CHINESE = "今天我们讨论了新的公交路线，经过市中心公园。大家都很满意这个计划。"
JAPANESE = "番号,コメント\n1,配送が遅い\n2,とても良い商品でした\n"
KOREAN = "오늘 우리는 시내 중심 공원을 지나는 새로운 버스 노선에 대해 논의했습니다."
GREEK = "Σήμερα συζητήσαμε το νέο δρομολόγιο του λεωφορείου μέσα από το πάρκο."
HEBREW = "היום דנו במסלול החדש של האוטובוס דרך הפארק המרכזי."
ARABIC = "ناقشنا اليوم المسار الجديد للحافلة عبر الحديقة المركزية في المدينة."
THAI = "วันนี้เราคุยกันเรื่องเส้นทางรถเมล์ใหม่ผ่านสวนสาธารณะกลางเมือง"
GERMAN = "Schöne Grüße aus München, wo wir größere Äpfel über die Straße trugen."
FRENCH = "L\u2019été dernier, le garçon préférait Noël à Besançon ; où êtes-vous ?"
POLISH = "Dziś omawialiśmy nową trasę autobusu przez główny park miasta. Żółw."


@pytest.mark.parametrize(
    ("text", "encodings"),
    [
        (RUSSIAN, "cp1251 koi8-r cp866 iso8859-5"),
        ("Привет, как дела?", "cp1251 koi8-r"),
        (CHINESE, "gbk"),
        (CHINESE.replace("这", "這").replace("们", "們").replace("讨论", "討論"), "gb18030"),
        (JAPANESE, "cp932 euc-jp"),
        (KOREAN, "cp949"),
        (GREEK, "cp1253 iso8859-7"),
        (HEBREW, "cp1255"),
        (ARABIC, "cp1256 iso8859-6"),
        (THAI, "cp874"),
        (POLISH, "cp1250 iso8859-2"),
        (GERMAN, "mac-roman cp850"),
        (FRENCH, "mac-roman"),
        ("都市,種類,金額\n東京,卸売,5\n札幌,小売,7\n", "cp932"),
    ],
)
def test_texts_of_other_scripts_are_read_and_it_is_said(text, encodings):
    for encoding in encodings.split():
        found = text_file(text.encode(encoding), "a.txt")
        assert "".join(found.pieces()) == text
        assert "was read as" in found.notes[0]


@pytest.mark.parametrize(
    "text",
    [
        "Grüße aus Köln",
        "Müller;Köln;5\nGroß;Zürich;7\nJäger;Nürnberg;8\n",
        "El niño comió una piña en la montaña. ¿Qué? ¡Sí!",
        "Vi åkte över ån på väg till sjön där fåglarna sjöng.",
        "It’s a “nice” day — isn’t it? 20°C ± 3½ ×2",
        "———\nfoo ——— bar\n“…” ‘…’\n",
        "Það er gott veður í dag. ÞÓRÐUR",
    ],
)
def test_western_texts_stay_windows_1252(text):
    assert "".join(text_file(text.encode("cp1252"), "a.txt").pieces()) == text


def test_a_letter_far_into_a_file_with_old_line_ends_is_seen():
    text = "town\tyear\r" + "Ulm\t1900\r" * 3000 + "Besançon\t1901\rÅland\t1902\rCôte\t1903\r"
    found = text_file(text.encode("mac-roman"), "a.txt")
    assert "".join(found.pieces()) == text
