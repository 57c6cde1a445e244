"""EfficientNet-Lite0 in PyTorch with the same weights, as the peer of how_fast_are_images.

Reads a line of JSON from standard input for each round, {"paths": [...], "save": "file.npy"}, and
answers with the seconds it took. Pictures are decoded by Pillow in processes of a DataLoader; with
the fourth argument "alone" all is done by one thread, and the seconds are those of the processor.
"""

from __future__ import annotations

import json
import os
import sys
import time

import numpy as np
import torch
from PIL import Image
from torch import nn

STRIDES = (1, 2, 2, 2, 1, 2, 1)
SIDE = 224


def unit(weights: dict, conv: str, norm: str, stride: int = 1, capped: bool = True) -> nn.Module:
    """A convolution, padded as TensorFlow pads, its normalization, and its activation."""
    kernel = weights[f"{conv}.weight"]
    side = kernel.shape[-1]
    groups = len(kernel) if kernel.shape[1] == 1 else 1
    both = (side - 1) // 2
    start = both - 1 if stride == 2 else both
    layer = nn.Conv2d(
        kernel.shape[1] * groups, len(kernel), side, stride, groups=groups, bias=False
    )
    batch = nn.BatchNorm2d(len(kernel), eps=1e-3)
    layer.weight.data = kernel
    batch.load_state_dict(
        {
            name: weights[f"{norm}.{name}"]
            for name in ("weight", "bias", "running_mean", "running_var")
        },
        strict=False,
    )
    parts: list[nn.Module] = [nn.ZeroPad2d((start, both, start, both))] if both else []
    return nn.Sequential(*parts, layer, batch, *([nn.ReLU6(inplace=True)] if capped else []))


class Block(nn.Module):
    """An inverted residual block."""

    def __init__(self, weights: dict, name: str, stride: int, first: bool) -> None:
        super().__init__()
        parts = []
        if f"{name}_expand_conv.weight" in weights:
            parts.append(unit(weights, f"{name}_expand_conv", f"{name}_bn0"))
        parts.append(unit(weights, f"{name}_depthwise_conv", f"{name}_bn1", stride))
        parts.append(unit(weights, f"{name}_project_conv", f"{name}_bn2", capped=False))
        self.inner, self.first = nn.Sequential(*parts), first

    def forward(self, states: torch.Tensor) -> torch.Tensor:
        """Filter, and add what came in where it fits."""
        out = self.inner(states)
        return out if self.first else out + states


def network(path: str) -> nn.Module:
    """The network up to the mean of its last features."""
    weights = torch.load(path, map_location="cpu", weights_only=True)
    parts: list[nn.Module] = [unit(weights, "_conv_stem", "_bn0", 2)]
    stage, before, block = -1, 0, 0
    while f"_blocks.{block}._project_conv.weight" in weights:
        channels = len(weights[f"_blocks.{block}._project_conv.weight"])
        stage, first = stage + (channels != before), channels != before
        parts.append(Block(weights, f"_blocks.{block}.", STRIDES[stage] if first else 1, first))
        before, block = channels, block + 1
    parts += [unit(weights, "_conv_head", "_bn1"), nn.AdaptiveAvgPool2d(1), nn.Flatten()]
    return nn.Sequential(*parts).eval()


class Files(torch.utils.data.Dataset):
    """Pictures as the network wants them."""

    def __init__(self, paths: list[str]) -> None:
        self.paths = paths

    def __len__(self) -> int:
        return len(self.paths)

    def __getitem__(self, row: int) -> torch.Tensor:
        with Image.open(self.paths[row]) as image:
            small = image.convert("RGB").resize((SIDE, SIDE), Image.Resampling.BICUBIC)
        values = (np.asarray(small, dtype=np.float32) - 127.0) / 128.0
        return torch.from_numpy(np.ascontiguousarray(values.transpose(2, 0, 1)))


def main() -> None:
    """Answer rounds until there are no more."""
    model, size, layout = network(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
    alone = sys.argv[4] == "alone"
    clock = time.process_time if alone else time.perf_counter
    if alone:
        torch.set_num_threads(1)
    if layout == "channels_last":
        model = model.to(memory_format=torch.channels_last)
    for line in sys.stdin:
        told = json.loads(line)
        started = clock()
        loader = torch.utils.data.DataLoader(
            Files(told["paths"]), batch_size=size, num_workers=0 if alone else os.cpu_count() or 1
        )
        with torch.inference_mode():
            rows = []
            for batch in loader:
                if layout == "channels_last":
                    batch = batch.to(memory_format=torch.channels_last)
                rows.append(model(batch).numpy())
        seconds = clock() - started
        if told["save"]:
            np.save(told["save"], np.concatenate(rows))
        print(json.dumps(seconds), flush=True)


if __name__ == "__main__":
    main()
