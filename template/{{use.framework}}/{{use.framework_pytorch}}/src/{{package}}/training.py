"""Train the network: in this process alone, or in lockstep with others.

The same data gives the same weights, to the last bit, on machines of one kind and with the same number of workers. With
another number, sums are added up in another order, and weights may differ in their last digits.
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
    """All that a training depends on; `target` holds classes when it holds whole numbers.

    `row_weights` say how much each row counts; their mean is 1. Without them all count the same.
    """

    features: NDArray[np.float32]
    target: Target
    outputs: int
    settings: ModelSettings
    seed: int
    row_weights: NDArray[np.float32] | None = None


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
    that the network learns the same with any number of processes. With `patience`, it is the network of the epoch that
    was best on rows which are held out.
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
                # The mean over the processes of what each contributes to the mean over the batch.
                torch.autograd.backward(loss(model, rows.take(batch[rank::size])) * size / len(batch))
                optimiser.step()
            if settings.patience and watch.over(network):
                break
        return watch.best or weights_of(network)


@dataclass(frozen=True)
class Rows:
    """Rows where they are computed on; `weights` are None when all count the same."""

    features: torch.Tensor
    target: torch.Tensor
    weights: torch.Tensor | None

    @classmethod
    def of(cls, task: Task, place: torch.device) -> "Rows":
        """All rows of a task."""
        weights = None if task.row_weights is None else torch.from_numpy(task.row_weights).to(place)
        return cls(torch.from_numpy(task.features).to(place), torch.from_numpy(task.target).to(place), weights)

    def take(self, numbers: torch.Tensor) -> "Rows":
        """Some of the rows."""
        numbers = numbers.to(self.target.device)
        weights = None if self.weights is None else self.weights[numbers]
        return Rows(self.features[numbers], self.target[numbers], weights)


class Watch:
    """Says when a network gets no better on rows that it does not learn from, and keeps it as it was at its best."""

    def __init__(self, held: Rows, patience: int) -> None:
        """Watch how the network does on `held`; `patience` counts epochs."""
        self.best: Weights | None = None
        self._held = held
        self._patience = self._left = patience
        self._least = math.inf

    def over(self, network: nn.Module) -> bool:
        """Whether the training is over, after each epoch; all processes get the answer of the first."""
        with torch.no_grad():
            wrong = loss(network, self._held)
        if distributed.is_initialized():
            distributed.broadcast(wrong, src=0)  # one that goes on alone would wait for the others for ever
        if wrong.item() < self._least:
            self._least, self._left, self.best = wrong.item(), self._patience, weights_of(network)
        else:
            self._left -= 1
        return self._left == 0


def parted(task: Task) -> tuple[torch.Tensor, torch.Tensor]:
    """The numbers of the rows to learn from, and of those to watch: none without `patience`."""
    held = np.zeros(len(task.target), dtype=np.bool_)
    if task.settings.patience:
        held = held_out(task.target, task.seed, classes=np.issubdtype(task.target.dtype, np.integer))
    return torch.from_numpy(np.flatnonzero(~held)), torch.from_numpy(np.flatnonzero(held))


def weights_of(network: nn.Module) -> Weights:
    """A copy of the weights, which stays as it is while the network learns on."""
    return {name: values.cpu().numpy().copy() for name, values in network.state_dict().items()}


def plain(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """A copy whose pickle tells nothing of where the numbers come from: PyTorch, a file, or another process."""
    copy = np.empty(values.shape, dtype=np.float32)
    copy[...] = values
    return copy


def loss(network: nn.Module, rows: Rows) -> torch.Tensor:
    """How wrong a network is, added up over the rows; a share of a small batch may have none."""
    outputs, target = network(rows.features), rows.target
    reduction = "sum" if rows.weights is None else "none"
    if target.is_floating_point():
        found = mse_loss(outputs[:, 0], target, reduction=reduction)
    else:
        found = cross_entropy(outputs, target, reduction=reduction)
    return found if rows.weights is None else (found * rows.weights).sum()


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
    processor, and alone the same as among others, but for the last digit.
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
