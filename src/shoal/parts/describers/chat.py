"""Titles by a language model behind any endpoint that speaks OpenAI's chat API.

The titles by counting are made first and stay wherever the model gives none that is usable: a run
never fails for its names. Nothing is sent unless this part is chosen, and what will be sent is
said before.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import KW_ONLY, dataclass
from threading import Lock
from typing import Any
from urllib.parse import urlsplit

import numpy as np
from numpy.typing import NDArray

from shoal.errors import BadInput, ServiceFailed
from shoal.parts.describers.base import Name, Space
from shoal.parts.describers.fitting import title_fits
from shoal.parts.describers.keywords import Keywords
from shoal.parts.describers.prompts import (
    CHARS_A_TOKEN,
    MAX_ASKED,
    TOKENS_AN_ANSWER,
    Question,
    Refused,
    questions,
    said_of,
    title_of,
)
from shoal.storage.answers import AnswerCache, answers_folder
from shoal.storage.http import HttpClient, Passing, TooLarge, check_least, endpoint

MAX_FAILURES = 3
"""Questions that the service fails to answer before it is asked no more."""
LOWEST_RANK, RANK_SHARE, FEW_SHARE = 5, 0.1, 0.25
"""A title is refused if a tenth of the clusters, or in a run of few clusters five or a quarter of
them, are nearer to it than its own."""

log = logging.getLogger(__name__)


@dataclass(eq=False)
class Http:
    """Keywords by counting, titles by a language model that a server runs.

    Parameters
    ----------
    url : up to "/v1" or including "/chat/completions"
    model : what the server calls the model; some know only one and need no name
    key_variable : environment variable that holds the key; none is sent if it is empty
    concurrency : questions at once
    per_minute : most questions a minute, 0 for no limit
    timeout : seconds for one answer
    retries : tries after the first
    most : clusters that are asked about, the largest; the others keep the titles by counting
    prices : of a million tokens sent and received, such as "0.15,0.60", for the estimate
    ask : what titles and summaries should tell, such as "by what went wrong" or "in German"
    budget : most tokens sent and received in all, 0 for no limit; the largest clusters come first

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
        )
        if len(self.ask) > MAX_ASKED:
            raise BadInput(
                f"describe.ask must have at most {MAX_ASKED} characters, got {len(self.ask)}."
            )
        self.ask = " ".join(self.ask.split())
        self._client = HttpClient(
            self.url,
            "describe",
            key_variable=self.key_variable,
            timeout=self.timeout,
            retries=self.retries,
            per_minute=self.per_minute,
        )
        self._keywords = Keywords()
        self._rates = _prices(self.prices)
        self._cache = AnswerCache(answers_folder())
        self._takes_temperature = True
        self.name = f"{self.model or 'the model'} at {urlsplit(self.url).netloc}"

    def describe(
        self,
        texts: Sequence[str],
        labels: NDArray[np.int32],
        space: Space | None = None,
        say: Callable[[str], None] = log.info,
    ) -> list[Name]:
        """Name each cluster; what is wrong with an answer is in the note of its name.

        Parameters
        ----------
        texts : (n,) the distinct texts
        labels : (n,) int32, -1 for noise
        space : where titles are compared with clusters, None where they cannot be
        say : told what will be asked before anything is, and what became of it

        Raises
        ------
        ServiceFailed : if `must_answer`, and the server answered nothing
        """
        names = self._keywords.describe(texts, labels, space)
        if not names:
            return names
        asked = questions(texts, labels, names, space, self.ask)[: self.most]
        purse = Purse(self.budget)
        asked, left = asked[: self._affordable(asked)], len(asked)
        say(self.estimate(asked))
        if len(asked) < left:
            say(
                f"describe.budget of {self.budget:,} tokens covers the {len(asked)} largest "
                f"of {left} clusters; the others keep their keyword titles"
            )
        said = _Round(self, asked, purse)
        titles = said.ask({question.cluster: "" for question in asked})
        titles, wrong = self._accepted(titles, names, labels, space, said.wrong)
        again = said.ask({c: why for c, why in wrong.items() if c not in said.failed})
        more, wrong = self._accepted({**titles, **again}, names, labels, space, said.wrong)
        if self.must_answer and said.failed and not more:
            why = next(iter(said.failed.values()))
            raise ServiceFailed(f"{why} No title was written, so the run keeps its titles.")
        say(f"{len(more)} of {len(names)} titles were written by {self.name}")
        for why in dict.fromkeys(said.failed.values()):
            say(why)
        return [self._named(name, c, more, wrong, said.summaries) for c, name in enumerate(names)]

    def _affordable(self, asked: Sequence[Question]) -> int:
        """How many questions, the first ones, the budget is enough for."""
        if not self.budget:
            return len(asked)
        left = self.budget
        for n, question in enumerate(asked):
            if self._cache.find(self.url, self.body(question)) is None:
                left -= question.tokens + TOKENS_AN_ANSWER
            if left < 0:
                return n
        return len(asked)

    def estimate(self, asked: Sequence[Question]) -> str:
        """What will be sent, in a sentence: calls, tokens, and the price where it is known."""
        new = [q for q in asked if self._cache.find(self.url, self.body(q)) is None]
        sent, received = sum(q.tokens for q in new), TOKENS_AN_ANSWER * len(new)
        kept = f", {len(asked) - len(new)} answers are cached" if new != asked else ""
        price = (sent * self._rates[0] + received * self._rates[1]) / 1e6
        cost = f", about {price:.4f} in your currency" if price else ""
        return (
            f"asking {self.url} for {len(new)} titles: about {sent:,} tokens sent and "
            f"{received:,} received{cost}{kept}; rejected answers are requested once more"
        )

    def body(self, question: Question, wrong: str = "") -> dict[str, Any]:
        """The request about one cluster."""
        named = {"model": self.model} if self.model else {}
        return {"messages": question.messages(wrong), "temperature": 0, **named}

    def answer(self, question: Question, wrong: str, purse: Purse) -> str:
        """What the model writes, from before if it was asked the same.

        Raises
        ------
        ServiceFailed : if the server refuses, or fails in every try
        Refused : if the budget is spent
        """
        body = self.body(question, wrong)
        kept = self._cache.find(self.url, body)
        if kept is None:
            if not purse.pay(question.tokens + TOKENS_AN_ANSWER):
                raise Refused(f"the budget of {self.budget:,} tokens is spent")
            kept = self._sent(body)
            # what was longer than thought is paid too
            purse.pay(max(len(kept) // CHARS_A_TOKEN - TOKENS_AN_ANSWER, 0))
            self._cache.add(self.url, body, kept)
        return kept

    def _sent(self, body: dict[str, Any]) -> str:
        bare = {key: value for key, value in body.items() if key != "temperature"}
        try:
            if self._takes_temperature:
                try:
                    return self._client.ask(body, _content)
                except ServiceFailed as error:
                    # some models that think first refuse to be told how boldly
                    if "HTTP 400" not in str(error) or "temperature" not in str(error):
                        raise
                    self._takes_temperature = False
            return self._client.ask(bare, _content)
        except TooLarge:
            raise ServiceFailed(f"{self.url} does not accept a prompt of that length.") from None

    def _accepted(
        self,
        titles: dict[int, str],
        names: Sequence[Name],
        labels: NDArray[np.int32],
        space: Space | None,
        wrong: dict[int, str],
    ) -> tuple[dict[int, str], dict[int, str]]:
        """The titles that are unlike all others and lead back to their cluster; why not the rest.

        A title by counting is given up only by its own cluster.
        """
        wrong = {c: why for c, why in wrong.items() if c not in titles}
        ranks = [1] * len(names)
        if space is not None and titles:
            all_titles = [titles.get(c, name.title) for c, name in enumerate(names)]
            ranks = [fit.rank for fit in title_fits(all_titles, space, labels)]
        few = min(LOWEST_RANK, max(FEW_SHARE * len(names), 1))
        lowest = max(few, RANK_SHARE * len(names))
        for c in [c for c in titles if ranks[c] > lowest]:
            wrong[c] = f"the title {titles[c]!r} fits other clusters better"
        good = {c: title for c, title in titles.items() if c not in wrong}
        taken = {name.title.casefold(): c for c, name in enumerate(names) if c not in good}
        out: dict[int, str] = {}
        for c in sorted(good):
            owner = taken.setdefault(good[c].casefold(), c)
            if owner == c:
                out[c] = good[c]
            else:
                wrong[c] = f"the title {good[c]!r} is already taken by another cluster"
        if len(out) < len(good):  # the titles by counting that came back may be taken now
            back = {names[c].title.casefold() for c in range(len(names)) if c not in out}
            for c in [c for c in out if out[c].casefold() in back]:
                wrong[c] = f"the title {out.pop(c)!r} is already taken by another cluster"
        return out, wrong

    def _named(
        self,
        name: Name,
        c: int,
        titles: dict[int, str],
        wrong: dict[int, str],
        summaries: dict[int, str],
    ) -> Name:
        if c in titles:
            return Name(titles[c], name.keywords, self.name, "", summaries.get(c, ""))
        few = "describe.budget does not cover more clusters"
        most = f"only the {self.most} largest clusters are sent"
        why = wrong.get(c, few if self.budget and c < self.most else most)
        return Name(name.title, name.keywords, "keywords", f"no title by {self.name}: {why}")


class Https(Http):
    """The same for an address that begins with https:."""

    scheme = "https"


class Purse:
    """Tokens that may still be spent.

    Parameters
    ----------
    budget : tokens in all, 0 for no limit
    """

    def __init__(self, budget: int) -> None:
        self._left = budget if budget else np.inf
        self._lock = Lock()

    def pay(self, tokens: int) -> bool:
        """Take tokens out, or say that there are too few."""
        with self._lock:
            if tokens > self._left:
                return False
            self._left -= tokens
            return True


class _Round:
    """The questions, and what became of each.

    Parameters
    ----------
    part : that asks
    asked : the questions
    purse : what they may cost
    """

    def __init__(self, part: Http, asked: Sequence[Question], purse: Purse) -> None:
        self._part = part
        self._purse = purse
        self.summaries: dict[int, str] = {}
        self._asked = {question.cluster: question for question in asked}
        self._lock = Lock()
        self.wrong: dict[int, str] = {}
        self.failed: dict[int, str] = {}

    def ask(self, clusters: dict[int, str]) -> dict[int, str]:
        """Titles of clusters, told what was wrong before; those that are not usable are missing."""
        with ThreadPoolExecutor(self._part.concurrency) as pool:
            try:
                found = list(pool.map(self._one, clusters, clusters.values()))
            except BaseException:
                pool.shutdown(wait=False, cancel_futures=True)
                raise
        return {c: title for c, title in zip(clusters, found, strict=True) if title is not None}

    def _one(self, cluster: int, wrong: str) -> str | None:
        with self._lock:
            if len(self.failed) >= MAX_FAILURES:
                self.wrong[cluster] = "the server had failed too often"
                return None
        try:
            content = self._part.answer(self._asked[cluster], wrong, self._purse)
            title = title_of(content)
        except Refused as why:
            self.wrong[cluster] = f"its answer was rejected: {why}"
            return None
        except ServiceFailed as error:
            with self._lock:
                self.failed[cluster] = self.wrong[cluster] = str(error)
            return None
        self.wrong.pop(cluster, None)
        self.summaries[cluster] = said_of(content)
        return title


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


def _content(answer: bytes) -> str:
    """The text of an answer of the chat API."""
    try:
        content = json.loads(answer)["choices"][0]["message"]["content"]
    except (ValueError, KeyError, TypeError, IndexError, RecursionError) as error:
        raise Passing(f"an unexpected answer: {answer[:80]!r}") from error
    if not isinstance(content, str):
        raise Passing("an answer without text")
    return content
