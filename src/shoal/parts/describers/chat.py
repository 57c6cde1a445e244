"""Titles by a language model behind any endpoint that speaks OpenAI's chat API.

All clusters of a theme are asked about in one call, so that their titles tell them apart. The
titles by counting are made first and stay wherever the model gives none that is usable: a run
never fails for its names. Nothing is sent unless this part is chosen, and what will be sent is
said before.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import KW_ONLY, dataclass
from urllib.parse import urlsplit

import numpy as np
from numpy.typing import NDArray

from shoal.errors import BadInput, ServiceFailed
from shoal.parts.describers.accepting import accepted, accepted_themes
from shoal.parts.describers.asking import Asker, Purse, Service, smaller
from shoal.parts.describers.base import Name, Space
from shoal.parts.describers.keywords import Keywords
from shoal.parts.describers.prompts import MAX_ASKED, Facts, Question
from shoal.storage.answers import AnswerCache, answers_folder
from shoal.storage.http import HttpClient, check_least, endpoint

log = logging.getLogger(__name__)


@dataclass(eq=False)
class Http:
    """Keywords by counting, titles by a language model that a server runs.

    Parameters
    ----------
    url : up to "/v1" or including "/chat/completions"
    model : what the server calls the model; some know only one and need no name
    key_variable : environment variable that holds the key; none is sent if it is empty
    concurrency : calls at once
    per_minute : most questions a minute, 0 for no limit
    timeout : seconds for an answer about up to four clusters; one about more may take longer
    retries : tries after the first
    most : clusters that are asked about, the largest; the others keep the titles by counting
    prices : of a million tokens sent and received, such as "0.15,0.60", for the estimate
    ask : what titles and summaries should tell, such as "by what went wrong" or "in German"
    budget : most tokens sent and received in all, 0 for no limit; the largest clusters come first
    together : most clusters in one call; those of a theme share one, so that titles contrast

    Raises
    ------
    BadInput : if the address or a number makes no sense
    """

    url: str
    _: KW_ONLY
    model: str = ""
    key_variable: str = "SHOAL_API_KEY"
    concurrency: int = 4
    per_minute: int = 0
    timeout: float = 60.0
    retries: int = 4
    most: int = 300
    prices: str = ""
    ask: str = ""
    budget: int = 0
    together: int = 12

    scheme = "http"
    must_answer = False
    """Whether to fail where the server answers nothing: a run that is named anew has titles."""

    def __post_init__(self) -> None:
        self.url = endpoint(self.url, "/chat/completions", self.scheme)
        check_least(
            "describe",
            concurrency=(self.concurrency, 1),
            most=(self.most, 1),
            budget=(self.budget, 0),
            together=(self.together, 1),
        )
        if len(self.ask) > MAX_ASKED:
            raise BadInput(
                f"describe.ask must have at most {MAX_ASKED} characters, got {len(self.ask)}."
            )
        self.ask = " ".join(self.ask.split())
        client = HttpClient(
            self.url,
            "describe",
            key_variable=self.key_variable,
            timeout=self.timeout,
            retries=self.retries,
            per_minute=self.per_minute,
        )
        self._service = Service(client, self.model, AnswerCache(answers_folder()))
        self._keywords = Keywords()
        self._rates = _prices(self.prices)
        self.name = f"{self.model or 'the model'} at {urlsplit(self.url).netloc}"

    def describe(
        self,
        texts: Sequence[str],
        labels: NDArray[np.int32],
        space: Space | None = None,
        say: Callable[[str], None] = log.info,
        themes: NDArray[np.int32] | None = None,
    ) -> list[Name]:
        """Name each cluster; what is wrong with an answer is in the note of its name.

        Parameters
        ----------
        texts : (n,) the distinct texts
        labels : (n,) int32, -1 for noise
        space : where titles are compared with clusters, None where they cannot be
        say : told what will be asked before anything is, and what became of it
        themes : (n_clusters,) int32, the theme of each cluster; None without themes

        Raises
        ------
        ServiceFailed : if `must_answer`, and the server answered nothing
        """
        names = self._keywords.describe(texts, labels, space)
        if not names:
            return names
        facts = Facts(texts, labels, names, space, themes, self.ask)
        calls = self._affordable(facts, min(self.most, len(names)), say)
        asker = Asker(self._service, facts, Purse(self.budget), self.concurrency)
        asker.ask(calls)
        titles, wrong = accepted(asker.said.titles, names, labels, space, calls)
        wrong = {**asker.said.wrong, **wrong}
        if again := smaller(calls, wrong, asker.failed):
            # what the server failed to answer is nothing that the model did wrong
            asker.ask(again, {c: why for c, why in wrong.items() if c not in asker.failed})
            titles, wrong = accepted(asker.said.titles, names, labels, space, [*calls, *again])
            wrong = {**asker.said.wrong, **wrong}
        if self.must_answer and asker.failed and not titles:
            why = next(iter(asker.failed.values()))
            raise ServiceFailed(f"{why} No title was written, so the run keeps its titles.")
        say(f"{len(titles)} of {len(names)} titles were written by {self.name}")
        for why in dict.fromkeys(asker.failed.values()):
            say(why)
        return self._named(names, titles, wrong, asker, themes, labels, space)

    def _affordable(
        self, facts: Facts, n_asked: int, say: Callable[[str], None]
    ) -> list[list[int]]:
        """The calls that the budget is enough for, about the largest clusters; says what they cost.

        Parameters
        ----------
        facts : what is told of clusters
        n_asked : how many of the largest would be asked about
        say : told the estimate
        """

        def planned(n: int) -> tuple[list[list[int]], list[Question]]:
            calls = facts.calls(range(n), self.together)
            asked = [facts.question(call) for call in calls]
            return calls, [q for q in asked if not self._service.knows(q)]

        def is_covered(n: int) -> bool:
            return sum(q.sent + q.received for q in planned(n)[1]) <= self.budget

        n = n_asked
        if self.budget and not is_covered(n):
            least = 0
            while n - least > 1:  # what more clusters cost is more, by and large
                half = (least + n) // 2
                least, n = (half, n) if is_covered(half) else (least, half)
            n = least
        calls, new = planned(n)
        say(self.estimate(n, calls, new))
        if n < n_asked:
            say(
                f"describe.budget of {self.budget:,} tokens covers the {n} largest "
                f"of {n_asked} clusters; the others keep their keyword titles"
            )
        return calls

    def estimate(self, n: int, calls: Sequence[Sequence[int]], new: Sequence[Question]) -> str:
        """What will be sent, in a sentence: calls, tokens, and the price where it is known.

        Parameters
        ----------
        n : clusters that are asked about
        calls : the clusters of each call
        new : the calls that were never answered before
        """
        sent, received = sum(q.sent for q in new), sum(q.received for q in new)
        cached = len(calls) - len(new)
        kept = f", {cached} answer{'s are' if cached > 1 else ' is'} cached" if cached else ""
        price = (sent * self._rates[0] + received * self._rates[1]) / 1e6
        cost = f", about {price:.4f} in your currency" if price else ""
        some = f"{len(new)} call{'' if len(new) == 1 else 's'}"
        return (
            f"asking {self.url} for {n} titles in {some}: about {sent:,} tokens sent and "
            f"{received:,} received{cost}{kept}; rejected answers are requested once more"
        )

    def _named(
        self,
        names: Sequence[Name],
        titles: Mapping[int, str],
        wrong: Mapping[int, str],
        asker: Asker,
        themes: NDArray[np.int32] | None,
        labels: NDArray[np.int32],
        space: Space | None,
    ) -> list[Name]:
        """The titles that were accepted, and the others by counting."""
        few = "describe.budget does not cover more clusters"
        most = f"only the {self.most} largest clusters are sent"
        out = []
        for c, name in enumerate(names):
            if c in titles:
                said = asker.said.summaries.get(c, "")
                out.append(Name(titles[c], name.keywords, self.name, "", said))
                continue
            why = wrong.get(c, few if self.budget and c < self.most else most)
            note = f"no title by {self.name}: {why}"
            out.append(Name(name.title, name.keywords, "keywords", note))
        if themes is None:
            return out
        below = [name.title for name in out]
        called = accepted_themes(asker.said.themes, below, themes, labels, space)
        return [
            name._replace(theme=called.get(int(theme), ""))
            for name, theme in zip(out, themes, strict=True)
        ]


class Https(Http):
    """The same for an address that begins with https:."""

    scheme = "https"


def _prices(details: str) -> tuple[float, float]:
    """The two prices in a parameter.

    Raises
    ------
    BadInput : if they are no two numbers of at least 0
    """
    try:
        sent, received = (float(price) for price in (details or "0,0").split(","))
    except ValueError:
        sent = received = -1.0
    if not (0 <= sent < np.inf and 0 <= received < np.inf):
        raise BadInput(
            "describe.prices must be two prices, per million tokens sent and per million "
            f'received, such as "0.15,0.60", got {details!r}.'
        )
    return sent, received
