"""What the folder of a sentence encoder says of how it is to be used: pooling, prompt and length.

The files are those that sentence-transformers writes beside a model.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from shoal.errors import BadInput

POOLINGS = ("mean", "cls", "max", "lasttoken")
"""How vectors of tokens become one: their mean, the first, the largest of each dimension, the
last."""
OWN_NAMES = {"cls_token": "cls", "mean_tokens": "mean", "max_tokens": "max"}
MAX_JSON = 1 << 20
"""Bytes of a file of settings."""
PURPOSE = "clustering"


@dataclass(frozen=True, slots=True)
class Usage:
    """How a sentence encoder is to be used.

    Parameters
    ----------
    pooling : one of `POOLINGS`
    prompt : put before each text
    max_tokens : tokens that the model was trained to read, None where the folder does not say
    lacks : kind of a layer behind the pooling that an ONNX file of token vectors does not hold
    """

    pooling: str = "mean"
    prompt: str = ""
    max_tokens: int | None = None
    lacks: str = ""


def usage_of(folder: Path) -> Usage:
    """Read the settings of a model's folder.

    Parameters
    ----------
    folder : with the files of sentence-transformers; without them the defaults hold

    Raises
    ------
    BadInput : if a file is damaged, or the pooling is one that shoal does not know
    """
    found = _read(folder / "modules.json", list)
    modules = [entry for entry in found if isinstance(entry, dict)]
    kinds = {str(entry.get("type", "")).rpartition(".")[2]: entry for entry in modules}
    pooled = kinds.get("Pooling", {}).get("path", "1_Pooling")
    # a name out of a file never leads out of the folder
    place = folder / PurePosixPath(str(pooled)).name / "config.json"
    limit = _read(folder / "sentence_bert_config.json").get("max_seq_length")
    prompts = _read(folder / "config_sentence_transformers.json")
    return Usage(
        _pooling(_read(place), place),
        prompt_for_clusters(prompts.get("prompts"), prompts.get("default_prompt_name")),
        limit if isinstance(limit, int) and not isinstance(limit, bool) and limit > 0 else None,
        next((kind for kind in kinds if kind in ("Dense", "LSTM", "CNN", "LayerNorm")), ""),
    )


def prompt_for_clusters(prompts: Any, default: Any = None) -> str:
    """The prompt that a model wants before texts that are clustered.

    Parameters
    ----------
    prompts : name -> text, as in the settings of sentence-transformers
    default : name of the one that the model puts before any text
    """
    named = prompts if isinstance(prompts, Mapping) else {}
    plain = {str(name).lower(): text for name, text in named.items() if isinstance(text, str)}
    return plain.get(PURPOSE) or plain.get(str(default).lower(), "")


def _pooling(config: Mapping[str, Any], place: Path) -> str:
    modes: Any = config.get("pooling_mode")
    if modes is None:
        prefix = "pooling_mode_"
        modes = [key[len(prefix) :] for key, on in config.items() if key.startswith(prefix) and on]
    modes = [modes] if isinstance(modes, str) else list(modes)
    names = [OWN_NAMES.get(str(mode), str(mode)) for mode in modes] or ["mean"]
    if len(names) > 1 or names[0] not in POOLINGS:
        raise BadInput(
            f"{place} pools by {' and '.join(names)}; shoal knows {', '.join(POOLINGS)}. Use "
            "st:PATH with sentence-transformers installed, or an ONNX file with an output "
            "sentence_embedding."
        )
    return names[0]


def _read(path: Path, kind: type = dict) -> Any:
    """A JSON object or list; an empty one where there is no file."""
    if not path.is_file():
        return kind()
    try:
        if path.stat().st_size > MAX_JSON:
            raise ValueError("it is too large")
        found = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise BadInput(f"{path} cannot be read: {error}. Copy the model's folder again.") from error
    if not isinstance(found, kind):
        raise BadInput(f"{path} holds no {kind.__name__}. Copy the model's folder again.")
    return found
