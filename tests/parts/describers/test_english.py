import numpy as np
import pytest

from shoal.numerics.clusters import members
from shoal.parts.describers.base import Space
from shoal.parts.describers.candidates import Finder, casing_of, in_case
from shoal.parts.describers.english import (
    contrasted,
    english_clusters,
    english_titles,
    headline,
)
from shoal.parts.describers.grammar import gerund, parts_of, plural
from shoal.parts.describers.judging import Family, Judged, _narrower, _of_both
from shoal.parts.describers.keywords import Keywords
from shoal.parts.describers.lexicon import is_participle, noun_base, nouns, verb_base, words
from shoal.parts.describers.offers import Reader, _is_misspelt
from shoal.parts.describers.pairs import linked
from shoal.parts.describers.subjects import GROUPS


def found_in(*texts, compounds=frozenset()):
    return {one.form for one in Finder(frozenset(compounds))(texts).values()}


@pytest.mark.parametrize(
    ("text", "offered"),
    [
        ("Why was my parcel refused?", "refused parcel"),
        ("the parcel has been returned to the shop", "returned parcel"),
        ("How do I renew my passport?", "passport renewal"),
        ("my printer is broken", "broken printer"),
        ("Can you translate this letter", "letter translation"),
        ("a list of broken printers", "broken printers"),
        ("please skip this track", "skipping tracks"),
        ("play music", "playing music"),
        ("proof of address", "proof of address"),
        ("lost or stolen keys", "lost or stolen keys"),
        ("My printer isn't working at all", "printer not working"),
        ("why won't my spare printer print", "spare printer not printing"),
        ("I haven't received my parcel yet", "parcel not received"),
        ("the scanner does not recognise my badge", "badge not recognised"),
        ("the invoice has not been updated", "invoice not updated"),
        ("how long does a delivery take?", "delivery time"),
        ("what is the fee for express deliveries", "fee for express deliveries"),
        ("an error in the invoice", "error in the invoice"),
        ("how long does a new badge take?", "waiting time for badge"),
        ("I can't cancel my booking", "failed booking cancellation"),
        ("we could not make an appointment", "failed appointment"),
    ],
)
def test_what_is_done_to_a_thing_is_offered_as_a_noun_phrase(text, offered):
    assert offered in found_in(text)


@pytest.mark.parametrize(
    ("text", "never"),
    [
        ("my parcel was not delivered", "delivered parcel"),
        ("I withdrew the complaint", "withdrew complaint"),
        ("I was charged for the parcel", "charged parcel"),
        ("where can I find my parcel", "parcel finding"),
        ("the parcel came yesterday", "parcel yesterday"),
        ("the number of parcels", "number of parcels"),
        ("is the parcel damaged?", "damaged parcel"),
        ("I want my parcel to be returned", "returned parcel"),
        ("send money to a shop", "money to shop"),
        ("I don't know the address", "address not known"),
        ("why does my printer work so slowly", "printer work"),
        ("Meeting notes: sprint planning.", "sprinting plannings"),
        ("Meeting notes: sprint planning.", "sprinting planning"),
        ("please schedule the training", "scheduling trainings"),
        ("I don't play the songs", "playing songs"),
        ("the machine will not give me cash", "machine not cashing"),
        ("how long is it since the car broke", "car time"),
        ("Can't log in since the update", "failed update log"),
        ("Can't log in since the update", "update log"),
    ],
)
def test_what_is_not_said_or_names_no_theme_is_not_offered(text, never):
    assert never not in found_in(text)


def test_a_verb_and_its_particle_are_one_word_where_the_texts_write_it_so():
    assert "card top-up" in found_in("top up my card", compounds={"top-up"})
    assert not any(
        "top" in form for form in found_in("top of the card") - {"top", "top of the card"}
    )


def test_a_name_is_no_verb():
    rows = ["how to map a list in Hibernate", "is Hibernate slow", "hibernate caches the session"]
    offered = found_in(*rows)
    assert {"Hibernate", "hibernate"} & offered
    assert "hibernation" not in offered
    assert not any("hibernating" in form for form in offered)


def test_the_forms_of_a_word_are_known():
    assert noun_base("cards") == "card"
    assert noun_base("children") == "child"
    assert noun_base("news") == "news"
    assert verb_base("withdrew") == "withdraw"
    assert verb_base("cancelled") == "cancel"
    assert verb_base("paying") == "pay"
    assert is_participle("stolen", "steal")
    assert not is_participle("stole", "steal")
    assert gerund("forget") == "forgetting"
    assert gerund("change") == "changing"
    assert plural("city") == "cities"
    assert plural("box") == "boxes"


def test_a_word_is_a_verb_or_a_noun_by_where_it_stands():
    tags = {part.form: part.tag for part in parts_of("I want to book a room in that book", 99)}
    assert tags["room"] == "N"
    (verb, noun) = (
        p.tag for p in parts_of("I want to book a room in that book", 99) if p.key == "book"
    )
    assert (verb, noun) == ("V", "N")


def test_the_lexicon_is_what_the_script_made():
    kept = nouns()
    assert len(kept.names) == len(kept.vectors) == len(set(kept.names))
    assert kept.n_topics > 300
    np.testing.assert_allclose(np.linalg.norm(kept.vectors, axis=1), 1, atol=1e-5)
    assert words()["pay"].act == "payment"
    assert {"music", "sports", "arithmetic"} <= set(kept.names)


def test_only_clusters_in_english_are_named_as_english():
    texts = ["where is the nearest bank"] * 3 + ["wo ist die nächste Bank"] * 3 + ["銀行はどこ"] * 3
    labels = np.repeat([0, 1, 2], 3).astype(np.int32)
    assert english_clusters(texts, members(labels, 3), range(3)) == [0]


def test_a_title_begins_with_a_capital_unless_it_is_written_its_own_way():
    assert headline("late delivery") == "Late delivery"
    assert headline("iPhone repair") == "iPhone repair"
    assert headline("PIN change") == "PIN change"


def test_titles_by_counts_are_noun_phrases_too():
    late = [f"my parcel was delayed in {city}" for city in ("Rome", "Oslo", "Bonn", "Lyon")]
    pay = [f"can I pay the invoice in {city}" for city in ("Rome", "Oslo", "Bonn", "Lyon")]
    one, two = Keywords().describe(late + pay, np.repeat([0, 1], 4).astype(np.int32))
    assert one.title == "Delayed parcel"
    assert two.title == "Invoice payment"


def test_every_group_of_subjects_is_of_subjects():
    known = set(nouns().names[: nouns().n_topics])
    assert set(GROUPS) <= known
    assert {one for held in GROUPS.values() for one in held} <= known


def test_a_verb_of_all_clusters_is_in_no_title():
    things = ("array", "matrix", "font", "color", "path", "window")
    texts = [f"Return the {thing} of part {i} as given" for thing in things for i in range(8)]
    inside = [np.arange(8 * c, 8 * c + 8) for c in range(len(things))]
    forms = [form for one in Reader(texts).offers(inside) for form in one.forms]
    assert {"array", "font"} <= set(forms)
    assert not [form for form in forms if form.startswith("return")]


def test_a_preposition_stays_between_a_verb_and_what_follows_it():
    found = found_in("how much did I spend on food", "what did I spend on food")
    assert "spending food" not in found


def test_a_phrase_of_few_rows_costs_where_its_head_is_said_by_many():
    forms = ["substitution", "lemon juice substitution", "purpose of life", "life"]
    lost = _narrower(forms, [0.8, 0.08, 0.1, 0.9], np.array([0.1, 0.1, 0.3, 0.1]))
    assert lost[1] > 0.1
    assert not lost[[0, 2, 3]].any()


def test_a_phrase_of_few_rows_costs_where_the_rest_of_it_names_the_cluster_as_well():
    forms = ["Spring", "transactions in Spring", "payment", "payment not recognized"]
    lost = _narrower(forms, [0.8, 0.05, 0.9, 0.2], np.array([0.3, 0.35, 0.3, 0.35]))
    assert lost[1] > 0.3
    assert not lost[[0, 2, 3]].any()
    # where it is as near to another cluster, what is said of it tells them apart
    lost = _narrower(forms[:2], [0.8, 0.05], np.array([0.1, 0.35]))
    assert not lost.any()


def test_a_layer_that_is_asked_for_later_reads_no_other_rows():
    texts = [f"my card was declined in shop {i}" for i in range(40)]
    reader = Reader(texts)
    reader.offers([np.arange(20), np.arange(20, 40)])
    (one,) = reader.offers([np.arange(40)], [0])
    assert "declined card" in one.forms


def test_a_phrase_is_spread_over_the_parts_that_say_it():
    texts = [f"the card was declined in shop {i}" for i in range(10)]
    texts += [f"the card came late on day {i}" for i in range(10)]
    texts += [f"the hotel has a garden {i}" for i in range(10)]
    fine = np.repeat(np.arange(3, dtype=np.int32), 10)
    coarse = np.minimum(fine, 2) // 2
    reader = Reader(texts)
    reader.offers(members(fine, 3))
    one, _ = reader.offers(members(coarse, 2), None, Family.of(fine, coarse).parts)
    spread = dict(zip(one.forms, one.spread, strict=True))
    assert spread["card"] == 1.0
    assert spread["declined card"] == 0.5


@pytest.mark.parametrize(
    ("titles", "listed"),
    [
        (["Scala", "Haskell"], "Scala and Haskell"),
        (["Scala", "Haskell", "Prolog"], "Scala and Haskell"),
        (["Scala", "Haskell", "Prolog", "Lisp"], "Scala, Haskell and Prolog"),
        (
            ["Scala", *(f"Language {i}" for i in "ABCDEFG")],
            "Scala, Language A, Language B, Language C and more",
        ),
        (["Mixed: a, b", "Scala", "Haskell", "Lisp"], "Scala, Haskell and Lisp"),
        (["Scala", "Slow Scala", "Haskell"], "Scala"),
        (["Mixed: a, b", "Mixed topics"], "Mixed topics"),
        (["Mail and letters", "Haskell"], "Mail and letters, Haskell"),
        (["Scala " * 6, "Haskell " * 6], "Scala " * 6 + " and more"),
    ],
)
def test_a_mixture_is_called_by_its_largest_parts(titles, listed):
    fine = np.repeat(np.arange(len(titles) + 1), [9 - i for i in range(len(titles))] + [5])
    coarse = (fine == len(titles)).astype(np.int32)
    family = Family.of(fine.astype(np.int32), coarse, [*titles, "Another"])
    assert family.listed(0)[0] == listed
    assert family.listed(1) is None


def test_a_theme_has_no_title_that_holds_for_one_of_its_clusters_only():
    """What a model would say is near to both, but the rows say it in one."""
    texts = [f"scala list number {i} is slow" for i in range(12)]
    texts += [f"haskell monad number {i} is odd" for i in range(12)]
    texts += [f"hotel garden number {i} is nice" for i in range(12)]
    fine = np.repeat(np.arange(3, dtype=np.int32), 12)
    coarse = np.array([0, 0, 1], dtype=np.int32)[fine]
    axes = {"scala": 0, "haskell": 1, "hotel": 2, "list": 3, "monad": 4, "garden": 5}

    def embed(strings):
        out = np.full((len(strings), 8), 1e-3, dtype=np.float32)
        for row, string in zip(out, strings, strict=True):
            for word in string.lower().split():
                row[axes.get(word, 6)] += 1.0
        return out / np.linalg.norm(out, axis=1, keepdims=True)

    space = Space(embed([text.replace("number", "") for text in texts]), embed)
    titles = ["Scala list", "Haskell monad", "Hotel garden"]
    _, above = english_titles(texts, [fine, coarse], space, [[], [0]], titles)
    assert above[0][0][1] == ("Scala list and Haskell monad",)


def test_rows_say_how_two_phrases_go_together():
    """Of rows that bring a noun to another by a preposition, the phrase is as they say it."""
    texts = ["I see a payment in my app", "why is there a payment in the app", "the app is slow"]
    assert [title for title, _ in linked(["payment"], texts)] == ["payment in app"]


def test_a_phrase_is_borne_out_by_all_of_its_words_in_any_form():
    """Rows say that a withdrawal is pending in several ways."""
    texts = ["pending withdrawal"] * 2 + ["my withdrawal is pending", "I withdrew, still pending"]
    assert Finder()(texts)["pending", "withdrawal"].rows == 4


def test_a_title_within_another_title_costs():
    """A payment is too wide beside a pending payment."""
    none = np.zeros(2)

    def judged(*forms):
        return Judged(list(forms), none, np.array([0.6, 0.5]), none, none, 2)

    told = contrasted({0: judged("payment", "strange payment"), 1: judged("pending payment", "x")})
    assert told[0].forms[int(told[0].value.argmax())] == "strange payment"
    assert told[1].forms[int(told[1].value.argmax())] == "pending payment"


def test_what_a_verb_does_is_the_usual_noun_of_the_usual_verb():
    """Installed is "install", hoped of "hope"; a slide is no slider, and few say "instalment"."""
    assert [verb_base(form) for form in ("installed", "hoped", "hopping", "rating", "taken")] == (
        ["install", "hope", "hop", "rate", "take"]
    )
    acts = {verb: words()[verb].act for verb in ("install", "evaluate", "slide", "indicate")}
    assert acts == {
        "install": "installation",
        "evaluate": "evaluation",
        "slide": "slide",
        "indicate": "indication",
    }


def test_a_name_that_ends_in_s_is_no_plural():
    """Rows that all say "pandas" have no panda in them; where some say "card", it has one."""
    texts = [f"Reading the pandas object of file {what}" for what in range(12)]
    found = Finder()(texts)
    casing = casing_of([found])
    assert in_case(found[("panda", "object")].form, casing) == "pandas object"
    cards = Finder()([*("the cards came" for _ in range(12)), "a card", "one card"])
    assert "card" not in casing_of([cards])


def test_women_and_children_are_nouns():
    """Irregular plurals that WordNet does not list as words are nouns, and keep their 's."""
    found = Finder()(["the women's team won", "our women's team lost", "two women's team games"])
    assert found[("woman", "team")].form == "women's team"


def test_words_of_a_phrase_are_small_where_they_often_are():
    """A name keeps its capital beside words that rows write either way."""
    found = Finder()(["Comcast Data Cap", "Comcast data cap", "the Comcast data cap"])
    assert "Comcast data cap" in {one.form for one in found.values()}


def test_a_misspelt_word_is_known_by_the_word_it_begins_with():
    """It costs as names of few do."""
    assert _is_misspelt("flightled")
    assert not _is_misspelt("facebook")


def test_a_text_in_capitals_makes_no_abbreviation():
    texts = ["MY EMAIL IS GONE", "NO EMAIL SINCE MONDAY", "email is down"]
    assert "email" in {one.form for one in Finder()(texts).values()}


def test_a_name_that_all_clusters_hold_costs():
    things = ["bill", "router", "contract", "channel"]
    texts = [f"the {thing} of Acmetel is wrong" for thing in things for _ in range(10)]
    texts += [f"the {thing} is late" for thing in things for _ in range(10)]
    inside = members(np.array([*np.repeat(range(4), 10)] * 2, dtype=np.int32), 4)
    for thing, offers in zip(things, Reader(texts).offers(inside), strict=True):
        costs = dict(zip((form.lower() for form in offers.forms), offers.costs, strict=True))
        assert costs[f"{thing} of acmetel"] > costs[thing] + 0.1


@pytest.mark.parametrize(
    ("first", "second", "said"),
    [
        ("Comcast data cap", "data cap", "data caps"),
        ("card", "lost card", "cards"),
        ("data cap", "billing", ""),
        ("Xfinity", "Xfinity service", ""),
    ],
)
def test_a_theme_of_two_that_say_the_same_is_of_several(first, second, said):
    assert _of_both(first, second) == said


@pytest.mark.parametrize(
    ("title", "inside"),
    [("Gun control", "gun control"), ("White House", "White House"), ("Pets", "pets")],
)
def test_a_title_inside_of_another_is_small_unless_it_is_a_name(title, inside):
    reader = Reader(["the white house was painted", "he visited the White House"])
    assert reader.within(title) == inside
