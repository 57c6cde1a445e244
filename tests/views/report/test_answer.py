"""What is said of a cluster on the first screen."""

import pytest

from shoal.views.report.answer import _who


@pytest.mark.parametrize(
    "summary",
    [
        "Younger employees: 38 % with attrition; of all employees 23 %.",
        "Others: one in ten with attrition (10 %; of all employees 23 %).",
    ],
)
def test_what_the_sentence_tells_is_not_told_again(summary):
    texts = ("attrition: 38 %; of all rows 23 %", "city: 60 % Rome; of all rows 20 %")
    who = [{"text": text} for text in texts]
    assert _who({"summary": summary, "who": who}) == ["city: 60 % Rome; of all rows 20 %"]
    assert len(_who({"summary": "Employees with much.", "who": who})) == 2
