"""Train the network: in this process alone, or in lockstep with others.

The same data gives the same weights, to the last bit, on the same type of machine with the same number of workers. With
another number of workers, sums are computed in a different order, and weights may differ in their last digits.
"""

import math
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
from .holdout import held_out
from .hyperparameters import ModelSettings
from .network import Target, Weights
from .processes import device, group, started_with_others


@dataclass(frozen=True)
class Task:
    """The inputs of a training; `target` holds classes if it holds integers.

    `row_weights` are the weights of the rows; their mean is 1. Without them, all rows count the same.
    """

    features: NDArray[np.float32]
    target: Target
    outputs: int
    settings: ModelSettings
    seed: int
    row_weights: NDArray[np.float32] | None = None


def train(task: Task) -> Weights:
    """Train with the processes that were started together with this one, with workers of its own, or alone.

    Raises:
        ModelError: training diverged: weights are not finite.
    """
    if started_with_others():
        with group() as place:
            weights = fit(task, place)
    elif task.settings.workers > 1:
        from .adapters.launcher import launch  # importing what starts workers takes seconds

        weights = launch(task)
    else:
        weights = fit(task, device())
    if not all(np.isfinite(values).all() for values in weights.values()):
        raise ModelError("the training diverged; set model.learning_rate lower")
    return {name: plain(values) for name, values in weights.items()}


def fit(task: Task, place: torch.device) -> Weights:
    """Train in this process, in lockstep with the others in its process group if it has one.

    Each step takes `batch_size` rows. Every process works on its share of them and gets the mean of all gradients, so
    that the network learns the same with any number of processes. With `patience`, the result is the network of the
    epoch with the least loss on held-out rows.
    """
    rank, size = (distributed.get_rank(), distributed.get_world_size()) if distributed.is_initialized() else (0, 1)
    settings = task.settings
    with reproducible(task.seed, settings.threads):
        hidden = [settings.width] * settings.layers if settings.kind == "network" else []
        network = build(task.features.shape[1], hidden, task.outputs).to(place)
        model = DistributedDataParallel(network) if size > 1 else network
        optimiser = torch.optim.AdamW(model.parameters(), settings.learning_rate, weight_decay=settings.weight_decay)
        learned, held = parted(task)
        rows = Rows.of(task, place)
        watch = Watch(rows.take(held), settings.patience)
        order = torch.Generator().manual_seed(task.seed)
        for _ in range(settings.epochs):
            for batch in torch.split(learned[torch.randperm(len(learned), generator=order)], settings.batch_size):
                optimiser.zero_grad()
                # The mean over the processes of these terms is the mean loss of the batch.
                torch.autograd.backward(loss(model, rows.take(batch[rank::size])) * size / len(batch))
                optimiser.step()
            if settings.patience and watch.over(network):
                break
        return watch.best or weights_of(network)


@dataclass(frozen=True)
class Rows:
    """Rows on the device that computes on them; `weights` is None if all count the same."""

    features: torch.Tensor
    target: torch.Tensor
    weights: torch.Tensor | None

    @classmethod
    def of(cls, task: Task, place: torch.device) -> "Rows":
        """Copy all rows of a task to a device."""
        weights = None if task.row_weights is None else torch.from_numpy(task.row_weights).to(place)
        return cls(torch.from_numpy(task.features).to(place), torch.from_numpy(task.target).to(place), weights)

    def take(self, numbers: torch.Tensor) -> "Rows":
        """Return some of the rows."""
        numbers = numbers.to(self.target.device)
        weights = None if self.weights is None else self.weights[numbers]
        return Rows(self.features[numbers], self.target[numbers], weights)


class Watch:
    """Early stopping: stops when a network gets no better on held-out rows, and keeps its best weights."""

    def __init__(self, held: Rows, patience: int) -> None:
        """Watch the loss on `held`; `patience` counts epochs."""
        self.best: Weights | None = None
        self._held = held
        self._patience = self._left = patience
        self._least = math.inf

    def over(self, network: nn.Module) -> bool:
        """Return, after an epoch, whether to stop; all processes get the answer of rank 0."""
        with torch.no_grad():
            wrong = loss(network, self._held)
        if distributed.is_initialized():
            distributed.broadcast(wrong, src=0)  # a process that continued alone would wait for the others forever
        if wrong.item() < self._least:
            self._least, self._left, self.best = wrong.item(), self._patience, weights_of(network)
        else:
            self._left -= 1
        return self._left == 0


def parted(task: Task) -> tuple[torch.Tensor, torch.Tensor]:
    """Return the positions of training rows and of held-out rows; none are held out without `patience`."""
    held = np.zeros(len(task.target), dtype=np.bool_)
    if task.settings.patience:
        held = held_out(task.target, task.seed, classes=np.issubdtype(task.target.dtype, np.integer))
    return torch.from_numpy(np.flatnonzero(~held)), torch.from_numpy(np.flatnonzero(held))


def weights_of(network: nn.Module) -> Weights:
    """Return a copy of the weights, which further training does not change."""
    return {name: values.cpu().numpy().copy() for name, values in network.state_dict().items()}


def plain(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return a copy whose pickle does not depend on the source of the numbers: PyTorch, a file or a process."""
    copy = np.empty(values.shape, dtype=np.float32)
    copy[...] = values
    return copy


def loss(network: nn.Module, rows: Rows) -> torch.Tensor:
    """Return the loss summed over the rows; a process's share of a small batch may have none."""
    outputs, target = network(rows.features), rows.target
    reduction = "sum" if rows.weights is None else "none"
    if target.is_floating_point():
        found = mse_loss(outputs[:, 0], target, reduction=reduction)
    else:
        found = cross_entropy(outputs, target, reduction=reduction)
    return found if rows.weights is None else (found * rows.weights).sum()


def build(inputs: int, hidden: list[int], outputs: int) -> nn.Sequential:
    """Create the untrained network: linear layers, with a ReLU after each hidden one."""
    layers: list[nn.Module] = []
    for width in hidden:
        layers += [nn.Linear(inputs, width), nn.ReLU()]
        inputs = width
    return nn.Sequential(*layers, nn.Linear(inputs, outputs))


def forward(weights: Weights, features: NDArray[np.float64]) -> NDArray[np.float64]:
    """Compute the outputs of a network with these weights.

    It always uses the CPU and 64 bits: a row gets the same prediction on machines with and without a graphics
    processor, and the same one alone as among others, except for the last digit.
    """
    shapes = [values.shape for name, values in weights.items() if name.endswith(".weight")]
    network = build(shapes[0][1], [width for width, _ in shapes[:-1]], shapes[-1][0]).double()
    network.load_state_dict({name: torch.from_numpy(values) for name, values in weights.items()})
    with torch.inference_mode():
        answers: NDArray[np.float64] = network(torch.from_numpy(features)).numpy()
    return answers


@contextmanager
def reproducible(seed: int, threads: int) -> Iterator[None]:
    """Make PyTorch compute the same in every process while the block runs."""
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")  # required by cuBLAS for deterministic sums
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
