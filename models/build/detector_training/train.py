"""Trains the detector on from its folded weights.

In:   weights, labelled scenes and people, mined false alarms if there are any, minutes.
Out:  `<layer>.w` and `<layer>.b` as `models.build.detector` reads them: the running mean of the
      weights, written every few minutes and at the end.
Always: nothing is read that `photographs` keeps for measuring; the learning rate falls to zero
      within the minutes given, however slow the machine.
Not here: quantisation, and whether the result is better (`measure`).

Usage: python -m models.build.detector_training.train WEIGHTS.npz OUT.npz --minutes 40 \
           --scenes FOLDER LABELS.npz --people FOLDER LABELS.npz [--people …] [--alarms ALARMS.npz]
"""

from __future__ import annotations

import argparse
import copy
import multiprocessing
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from models.build.detector_training import mine, photographs
from models.build.detector_training.crops import SIDE_PX, CropMaker
from models.build.detector_training.network import Network, folded
from models.build.detector_training.targets import targets

Batch = tuple[NDArray[np.uint8], NDArray[np.float32]]

BATCH = 16
WARM_STEPS = 40
WEIGHT_DECAY = 0.01
MEAN_DECAY = 0.996
BOX_WEIGHT, LANDMARK_WEIGHT = 2.0, 20.0
SAVE_EVERY_S = 240.0
_QUEUED_BATCHES = 12


@dataclass(frozen=True, slots=True)
class Sources:
    """Where the crops come from."""

    scenes: tuple[Path, Path]
    people: tuple[tuple[Path, Path], ...]
    alarms: Path | None

    def crop_maker(self, seed: int) -> CropMaker:
        """Read all and make the endless source."""
        scenes = photographs.scenes_for_training(*self.scenes)
        people = [each for pair in self.people for each in photographs.people_for_training(*pair)]
        alarms = mine.load(self.alarms, scenes) if self.alarms else []
        return CropMaker(scenes, people, alarms, seed)


def _make_batches(sources: Sources, seed: int, queue: Any) -> None:
    """The crop process: fills the queue until it is ended."""
    cv2.setNumThreads(1)
    maker = sources.crop_maker(seed)
    while True:
        pairs = [maker.crop() for _ in range(BATCH)]
        told = np.stack([targets(faces, SIDE_PX) for _, faces in pairs])
        queue.put((np.stack([luma for luma, _ in pairs]), told))


def batches(sources: Sources, seed: int) -> Iterator[Batch]:
    """Luma (batch, 320, 320) uint8 and targets (batch, cells, 16), made by another process."""
    context = multiprocessing.get_context("spawn")
    queue = context.Queue(_QUEUED_BATCHES)
    process = context.Process(target=_make_batches, args=(sources, seed, queue), daemon=True)
    process.start()
    try:
        while True:
            yield queue.get()
    finally:
        process.terminate()


def loss(logits: Tensor, values: Tensor, told: Tensor) -> tuple[Tensor, tuple[float, ...]]:
    """Focal loss of the scores, distance-IoU of the boxes, smooth L1 of the landmarks."""
    asked = told[..., 0]
    faces, empty = asked == 1, asked == 0
    count = faces.sum().clamp(min=1)
    score = torch.sigmoid(logits)
    missed = ((1 - score) ** 2 * functional.softplus(-logits))[faces].sum()
    false = (score**2 * functional.softplus(logits))[empty].sum()
    scores = (missed + false) / count
    if not faces.any():
        return scores, (scores.item(), 0.0, 0.0)
    found, wanted = values[faces], told[..., 1:15][faces]
    boxes = _distance_iou(found, wanted)
    error = (found[:, 4:] - wanted[:, 4:]) * told[..., 15][faces][:, None]
    landmarks = functional.smooth_l1_loss(error, torch.zeros_like(error), beta=0.03)
    total = scores + BOX_WEIGHT * boxes + LANDMARK_WEIGHT * landmarks
    return total, (scores.item(), boxes.item(), landmarks.item())


def _distance_iou(found: Tensor, wanted: Tensor) -> Tensor:
    """Mean of 1 - IoU + squared distance of the centres in squared outer diagonals."""
    first, last = _corners(found)
    wanted_first, wanted_last = _corners(wanted)
    overlap = torch.minimum(last, wanted_last) - torch.maximum(first, wanted_first)
    common = overlap.clamp(min=0).prod(1)
    union = (last - first).prod(1) + (wanted_last - wanted_first).prod(1) - common
    outer = torch.maximum(last, wanted_last) - torch.minimum(first, wanted_first)
    apart = ((first + last - wanted_first - wanted_last) / 2).square().sum(1)
    return (1 - common / union + apart / outer.square().sum(1)).mean()


def _corners(values: Tensor) -> tuple[Tensor, Tensor]:
    half = values[:, 2:4].clamp(max=4).exp() / 2
    return values[:, :2] - half, values[:, :2] + half


@dataclass(slots=True)
class Training:
    """One run of training and what it has reached.

    Args:
        network: what is trained.
        rate: the highest learning rate.
    """

    network: Network
    rate: float

    def run(self, source: Iterator[Batch], seconds: float, out: Path) -> None:
        """Train until the time is up, writing the mean weights on the way and at the end."""
        network = self.network.to(memory_format=torch.channels_last)
        mean = copy.deepcopy(network)
        optimiser = self._optimiser()
        next(source)
        began = saved = time.monotonic()
        step, parts = 0, []
        while (passed := time.monotonic() - began) < seconds:
            rate = self.rate * min(1.0, (step + 1) / WARM_STEPS) * _cosine(passed / seconds)
            for group in optimiser.param_groups:
                group["lr"] = rate
            parts.append(self._step(optimiser, *next(source)))
            step += 1
            _follow(mean, network, min(MEAN_DECAY, step / (10 + step)))
            if step % 50 == 0:
                told = " ".join(f"{part:.4f}" for part in np.mean(parts, 0))
                print(f"{step} steps {passed:.0f} s rate {rate:.6f} losses {told}", flush=True)
                parts = []
            if time.monotonic() - saved > SAVE_EVERY_S:
                _save(out, mean)
                saved = time.monotonic()
        _save(out, mean)
        print(f"{step * BATCH} crops in {step} steps, {time.monotonic() - began:.0f} s")

    def _optimiser(self) -> torch.optim.AdamW:
        weights = [each for each in self.network.parameters() if each.ndim > 1]
        biases = [each for each in self.network.parameters() if each.ndim == 1]
        groups = [
            {"params": weights, "weight_decay": WEIGHT_DECAY},
            {"params": biases, "weight_decay": 0.0},
        ]
        return torch.optim.AdamW(groups, lr=self.rate, betas=(0.9, 0.99))

    def _step(
        self, optimiser: torch.optim.Optimizer, luma: NDArray[np.uint8], told: NDArray[np.float32]
    ) -> tuple[float, ...]:
        pixels = (torch.from_numpy(luma).float()[:, None] - 128) / 128
        pixels = pixels.contiguous(memory_format=torch.channels_last)
        with torch.autocast("cpu", torch.bfloat16):
            logits, values = self.network(pixels)
        total, parts = loss(logits, values, torch.from_numpy(told))
        optimiser.zero_grad(set_to_none=True)
        total.backward()
        torch.nn.utils.clip_grad_norm_(self.network.parameters(), 5.0)
        optimiser.step()
        return parts


def _save(out: Path, network: Network) -> None:
    arrays: dict[str, Any] = dict(folded(network.state_dict()))
    np.savez(out, **arrays)


def _cosine(part: float) -> float:
    return 0.5 * (1 + float(np.cos(np.pi * min(part, 1.0))))


@torch.no_grad()
def _follow(mean: Network, network: Network, decay: float) -> None:
    for slow, fast in zip(mean.parameters(), network.parameters(), strict=True):
        slow.mul_(decay).add_(fast, alpha=1 - decay)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Train the default pack's detector on.")
    parser.add_argument("weights", type=Path, help="folded weights to begin with")
    parser.add_argument("out", type=Path, help="folded weights to write")
    parser.add_argument("--minutes", type=float, required=True)
    parser.add_argument("--rate", type=float, default=6e-4, help="highest learning rate")
    parser.add_argument("--scenes", type=Path, nargs=2, required=True)
    parser.add_argument("--people", type=Path, nargs=2, action="append", required=True)
    parser.add_argument("--alarms", type=Path, help="places mined by `mine`")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--threads", type=int, default=1)
    return parser.parse_args()


def main() -> None:
    """Train with the sources and for the time that the command line names."""
    arguments = _arguments()
    torch.set_num_threads(arguments.threads)
    torch.manual_seed(arguments.seed)
    with np.load(arguments.weights) as archive:
        network = Network(dict(archive))
    people = tuple((folder, labels) for folder, labels in arguments.people)
    sources = Sources(tuple(arguments.scenes), people, arguments.alarms)
    source = batches(sources, arguments.seed)
    Training(network, arguments.rate).run(source, arguments.minutes * 60, arguments.out)


if __name__ == "__main__":
    main()
