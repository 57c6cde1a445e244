"""A server that answers as a language model does, and what it is asked about."""

import json

import numpy as np

from shoal.parts.describers.base import Space
from shoal.parts.describers.chat import Http
from shoal.parts.describers.keywords import Keywords

THEMES = ("apple", "engine", "planet")
TEXTS = [f"{theme} {more} {i}" for theme in THEMES for more in ("red", "big") for i in range(4)]
LABELS = np.repeat(np.arange(3), 8).astype(np.int32)
EYE = np.eye(3, dtype=np.float32)


def embed(strings):
    """A space of three directions, one a theme; what names no theme lies between them."""
    rows = [[float(theme in s.lower()) for theme in THEMES] for s in strings]
    found = np.array(rows, dtype=np.float32) + 0.01
    return found / np.linalg.norm(found, axis=1, keepdims=True)


SPACE = Space(embed(TEXTS), embed)


def theme_of(cluster):
    return next(theme for theme in THEMES if theme in cluster["texts"][0])


def entries(told, **more):
    return [
        {"id": one["id"], "title": f"All about {theme_of(one)}s", **more}
        for one in told["clusters"]
    ]


def good(told):
    return json.dumps({"clusters": entries(told)})


def titled(title):
    """A server that says the same of every cluster."""
    return lambda told: json.dumps(
        {"clusters": [{"id": one["id"], "title": title} for one in told["clusters"]]}
    )


def well(handler, body):
    content = handler.server.say(json.loads(body["messages"][1]["content"]))
    handler.answer(200, {"choices": [{"message": {"content": content}}]})


def named(server, space=SPACE, **params):
    told = []
    part = Http(server.url, **{"retries": 1, "timeout": 5.0, **params})
    return part.describe(TEXTS, LABELS, space, told.append), told


def plain_titles():
    return [name.title for name in Keywords().describe(TEXTS, LABELS, SPACE)]
