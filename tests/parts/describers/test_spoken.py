import numpy as np

from shoal.parts.describers.keywords import Keywords
from shoal.parts.describers.spoken import spoken_in

GERMAN = ["Wie wird das Wetter morgen in {}?", "Stelle bitte einen Wecker für {} am Morgen"]
FRENCH = ["Quel temps fera-t-il demain à {} ?", "Réglez une alarme pour le train de {}"]
ENGLISH = ["What will the weather be in {} tomorrow?", "Set an alarm for the train to {}"]
PLACES = ("Bonn", "Lyon", "Oslo", "Riga", "Bern", "Turin", "Ghent", "Porto", "Cork", "Graz")


def rows(*kinds):
    return [kind.format(place) for place in PLACES for kind in kinds]


def test_a_cluster_that_a_language_sets_apart_is_called_by_it():
    texts = rows(*GERMAN) + rows(*FRENCH) + rows(*ENGLISH)
    labels = np.repeat(np.arange(3, dtype=np.int32), 20)
    german, french, english = (name.title for name in Keywords().describe(texts, labels))
    assert german.endswith(" (German)")
    assert french.endswith(" (French)")
    assert "(" not in english


def test_the_words_of_a_cluster_of_two_languages_are_of_the_larger_one():
    texts = rows(*GERMAN)[:12] + rows(*FRENCH)[:8] + rows(*ENGLISH)
    inside = [np.arange(20), np.arange(20, 40)]
    mixed, english = spoken_in(texts, inside)
    assert mixed.rows.tolist() == list(range(12))
    assert mixed.name == "German and French"
    assert english.name == ""


def test_one_language_is_no_name():
    texts = rows(*GERMAN)
    first, second = spoken_in(texts, [np.arange(0, 20, 2), np.arange(1, 20, 2)])
    assert (first.name, second.name) == ("", "")
