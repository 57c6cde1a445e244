"""Asking a language model about clusters: calls, what they may cost, and smaller ones that mend."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Lock
from typing import Any

import numpy as np

from shoal.errors import ServiceFailed
from shoal.parts.describers.answers import Said, read_answer
from shoal.parts.describers.prompts import CHARS_A_TOKEN, FEW_TOGETHER, Facts, Question
from shoal.storage.answers import AnswerCache
from shoal.storage.http import HttpClient, Passing, TooLarge

MAX_FAILURES = 3
"""Calls that the service fails to answer before it is asked no more."""


class Spent(Exception):
    """The budget does not cover a call."""


class Purse:
    """Tokens that may still be spent.

    Parameters
    ----------
    budget : tokens in all, 0 for no limit
    """

    def __init__(self, budget: int) -> None:
        self.budget = budget
        self._left = budget if budget else np.inf
        self._lock = Lock()

    def pay(self, tokens: int) -> bool:
        """Take tokens out, or say that there are too few."""
        with self._lock:
            if tokens > self._left:
                return False
            self._left -= tokens
            return True


class Service:
    """A server that speaks OpenAI's chat API.

    Parameters
    ----------
    client : of its address
    model : what the server calls the model; "" where it knows only one
    cache : of its answers
    """

    def __init__(self, client: HttpClient, model: str, cache: AnswerCache) -> None:
        self._client, self._model, self._cache = client, model, cache
        self._takes_temperature = True

    def _body(self, question: Question) -> dict[str, Any]:
        named = {"model": self._model} if self._model else {}
        return {"messages": question.messages(), "temperature": 0, **named}

    def knows(self, question: Question) -> bool:
        """Whether it answered the same before."""
        return self._cache.find(self._client.url, self._body(question)) is not None

    def answer(self, question: Question, purse: Purse) -> str:
        """What the model writes, from before if it was asked the same.

        Raises
        ------
        ServiceFailed : if the server refuses, or fails in every try
        Spent : if the purse holds too little
        """
        url, body = self._client.url, self._body(question)
        kept = self._cache.find(url, body)
        if kept is None:
            if not purse.pay(question.sent + question.received):
                raise Spent(f"the budget of {purse.budget:,} tokens is spent")
            kept = self._sent(body, max(len(question.clusters) / FEW_TOGETHER, 1.0))
            # what was longer than thought is paid too
            purse.pay(max(len(kept) // CHARS_A_TOKEN - question.received, 0))
            self._cache.add(url, body, kept)
        return kept

    def _sent(self, body: dict[str, Any], patience: float) -> str:
        """The answer to a new question, waited for so many times as long as for a short one."""
        bare = {key: value for key, value in body.items() if key != "temperature"}
        try:
            if self._takes_temperature:
                try:
                    return self._client.ask(body, _content, patience)
                except ServiceFailed as error:
                    # some models that think first refuse to be told how boldly
                    if "HTTP 400" not in str(error) or "temperature" not in str(error):
                        raise
                    self._takes_temperature = False
            return self._client.ask(bare, _content, patience)
        except TooLarge:
            raise ServiceFailed(
                f"{self._client.url} does not accept a prompt of that length."
            ) from None


class Asker:
    """Asks about clusters and keeps what was said of each.

    Parameters
    ----------
    service, facts : who is asked, and what is told
    purse : what the calls may cost
    concurrency : calls at once
    """

    def __init__(self, service: Service, facts: Facts, purse: Purse, concurrency: int) -> None:
        self._service, self._facts, self._purse = service, facts, purse
        self._concurrency = concurrency
        self._lock = Lock()
        self._failures = 0
        self.said = Said({}, {}, {}, {})
        self.failed: dict[int, str] = {}
        """Clusters that the service failed to answer about, and why."""

    def ask(self, calls: Sequence[Sequence[int]], wrong: Mapping[int, str] | None = None) -> None:
        """Ask about clusters.

        Parameters
        ----------
        calls : the clusters of each
        wrong : what was wrong with an answer before
        """
        # a server that failed too often with long calls gets one more chance, with a short one
        self._failures = min(self._failures, MAX_FAILURES - 1)
        with ThreadPoolExecutor(self._concurrency) as pool:
            try:
                answers = list(pool.map(lambda call: self._one(call, wrong), calls))
            except BaseException:
                pool.shutdown(wait=False, cancel_futures=True)
                raise
        for call, answer in zip(calls, answers, strict=True):
            for cluster in call:
                self.said.titles.pop(cluster, None)
                self.said.wrong.pop(cluster, None)
            self.said.titles.update(answer.titles)
            self.said.summaries.update(answer.summaries)
            self.said.themes.update(answer.themes)
            self.said.wrong.update(answer.wrong)

    def _one(self, call: Sequence[int], wrong: Mapping[int, str] | None) -> Said:
        with self._lock:
            if self._failures >= MAX_FAILURES:
                return Said({}, {}, {}, dict.fromkeys(call, "the server had failed too often"))
        question = self._facts.question(call, wrong)
        try:
            content = self._service.answer(question, self._purse)
        except Spent as why:
            return Said({}, {}, {}, dict.fromkeys(call, f"its answer was rejected: {why}"))
        except ServiceFailed as error:
            with self._lock:
                self._failures += 1
                self.failed.update(dict.fromkeys(call, str(error)))
            return Said({}, {}, {}, dict.fromkeys(call, str(error)))
        with self._lock:
            for cluster in call:
                self.failed.pop(cluster, None)
        return read_answer(content, question.clusters, question.themes)


def smaller(
    calls: Sequence[Sequence[int]], wrong: Mapping[int, str], failed: Mapping[int, str]
) -> list[list[int]]:
    """The calls that mend others: about what one left out, or each cluster of one that failed.

    Parameters
    ----------
    calls : the clusters of each, as they were asked about
    wrong : clusters without a usable title
    failed : those that the service failed to answer about; none of them is asked about again alone
    """
    out = []
    for call in calls:
        missing = [c for c in call if c in wrong]
        if len(missing) < len(call):
            out += [missing] if missing else []
        elif len(call) > 1 or missing[0] not in failed:
            out += [[c] for c in missing]
    return out


def _content(answer: bytes) -> str:
    """The text of an answer of the chat API."""
    try:
        content = json.loads(answer)["choices"][0]["message"]["content"]
    except (ValueError, KeyError, TypeError, IndexError, RecursionError) as error:
        raise Passing(f"an unexpected answer: {answer[:80]!r}") from error
    if not isinstance(content, str):
        raise Passing("an answer without text")
    return content
