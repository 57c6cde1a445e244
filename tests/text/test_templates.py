import pytest

from shoal.text.templates import one_template

NAMES = "Anna Bob Carla David Emma Frank Greta Henry Iris Jack Karen Leo Mia Noah Olga".split()


@pytest.mark.parametrize(
    "texts",
    [
        [f"Order {i} was shipped" for i in range(30)],
        [f"Dear {name}, your parcel was delivered today" for name in NAMES],
        [f"Ticket A{i}-{i * 7} closed, see https://example.org/t/{i}" for i in range(2000)],
    ],
)
def test_numbers_names_and_links_are_slots(texts):
    assert one_template(texts)


@pytest.mark.parametrize(
    "texts",
    [
        [f"Order {i} was {('shipped', 'cancelled')[i % 2]}" for i in range(30)],
        [f"{i} {i + 1}" for i in range(30)],
        [f"{name} likes a walk by the sea with {other}" for name in NAMES for other in "AB"]
        + [f"The train was late again, said {name}" for name in NAMES],
        ["the bread was old", "the milk was sour", "the train is late", "a nice day at the sea"],
        ["Order 1 was shipped", "Order 2 was shipped"],
    ],
)
def test_words_that_part_the_texts_are_none(texts):
    assert not one_template(texts)
