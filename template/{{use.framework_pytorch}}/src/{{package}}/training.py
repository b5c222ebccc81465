"""Train the network: in this process alone, or in lockstep with others.

The same data gives the same weights, to the last bit, on machines of one kind and with the same number of workers. With
another number, sums are added up in another order, and weights may differ in their last digits.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import distributed, nn
from torch.nn.functional import cross_entropy, mse_loss
from torch.nn.parallel import DistributedDataParallel

from .errors import ModelError
from .hyperparameters import ModelSettings
from .network import Target, Weights
from .processes import device, group, started_with_others


@dataclass(frozen=True)
class Task:
    """All that a training depends on; `target` holds classes when it holds whole numbers."""

    features: NDArray[np.float32]
    target: Target
    outputs: int
    settings: ModelSettings
    seed: int


def train(task: Task) -> Weights:
    """Train: with the processes that were started together with this one, with workers of its own, or alone.

    Raises:
        ModelError: the weights grew beyond all numbers.
    """
    if started_with_others():
        with group() as place:
            weights = fit(task, place)
    elif task.settings.workers > 1:
        from .adapters.launcher import launch  # what starts workers takes seconds to import

        weights = launch(task)
    else:
        weights = fit(task, device())
    if not all(np.isfinite(values).all() for values in weights.values()):
        raise ModelError("the training diverged; set model.learning_rate lower")
    return {name: plain(values) for name, values in weights.items()}


def fit(task: Task, place: torch.device) -> Weights:
    """Train in this process, in lockstep with the others of its process group if it has one.

    Each step takes `batch_size` rows. Every process works on its share of them and gets the mean of all gradients, so
    that the network learns the same with any number of processes.
    """
    rank, size = (distributed.get_rank(), distributed.get_world_size()) if distributed.is_initialized() else (0, 1)
    settings = task.settings
    with reproducible(task.seed, settings.threads):
        network = build(task.features.shape[1], [settings.width] * settings.layers, task.outputs).to(place)
        model = DistributedDataParallel(network) if size > 1 else network
        optimiser = torch.optim.AdamW(model.parameters(), settings.learning_rate, weight_decay=settings.weight_decay)
        features, target = torch.from_numpy(task.features).to(place), torch.from_numpy(task.target).to(place)
        order = torch.Generator().manual_seed(task.seed)
        for _ in range(settings.epochs):
            for batch in torch.split(torch.randperm(len(target), generator=order), settings.batch_size):
                rows = batch[rank::size].to(place)
                optimiser.zero_grad()
                # The mean over the processes of what each contributes to the mean over the batch.
                torch.autograd.backward(loss(model(features[rows]), target[rows]) * size / len(batch))
                optimiser.step()
        return {name: values.cpu().numpy() for name, values in network.state_dict().items()}


def plain(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """A copy whose pickle tells nothing of where the numbers come from: PyTorch, a file, or another process."""
    copy = np.empty(values.shape, dtype=np.float32)
    copy[...] = values
    return copy


def loss(outputs: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
    """How wrong the outputs are, added up over the rows; a share of a small batch may have none."""
    if target.is_floating_point():
        return mse_loss(outputs[:, 0], target, reduction="sum")
    return cross_entropy(outputs, target, reduction="sum")


def build(inputs: int, hidden: list[int], outputs: int) -> nn.Sequential:
    """The untrained network: linear layers, with a ReLU after each hidden one."""
    layers: list[nn.Module] = []
    for width in hidden:
        layers += [nn.Linear(inputs, width), nn.ReLU()]
        inputs = width
    return nn.Sequential(*layers, nn.Linear(inputs, outputs))


def forward(weights: Weights, features: NDArray[np.float64]) -> NDArray[np.float64]:
    """What a network with these weights answers.

    Always on the processor and with 64 bits: a row gets the same answer on machines with and without a graphics
    processor, alone and among others.
    """
    shapes = [values.shape for name, values in weights.items() if name.endswith(".weight")]
    network = build(shapes[0][1], [width for width, _ in shapes[:-1]], shapes[-1][0]).double()
    network.load_state_dict({name: torch.from_numpy(values) for name, values in weights.items()})
    with torch.inference_mode():
        answers: NDArray[np.float64] = network(torch.from_numpy(features)).numpy()
    return answers


@contextmanager
def reproducible(seed: int, threads: int) -> Iterator[None]:
    """Let PyTorch compute the same in every process, as long as the block runs."""
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")  # what NVIDIA's library needs for the same sums
    before = torch.get_num_threads(), torch.are_deterministic_algorithms_enabled()
    torch.set_num_threads(threads)
    torch.use_deterministic_algorithms(True)
    try:
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            yield
    finally:
        torch.set_num_threads(before[0])
        torch.use_deterministic_algorithms(before[1])
