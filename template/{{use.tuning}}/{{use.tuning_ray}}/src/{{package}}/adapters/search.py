"""Search with Ray Tune: trials at once, on the cluster of `ray_address` or on this machine's processors."""

import os
import tempfile
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from typing import Any

from ..search_space import Number, OneOf, Space, WholeNumber, rounded
from ..settings import Settings
from ..trials import Measure, Trial
from .compute import make_compute

# Read by Ray Tune: whoever searches keeps and tracks trials, so it need not do so, too.
os.environ.setdefault("TUNE_DISABLE_AUTO_CALLBACK_LOGGERS", "1")

import ray
from ray import tune
from ray.exceptions import RayTaskError
from ray.tune.search.basic_variant import BasicVariantGenerator
from ray.tune.search.sample import Domain
from ray.util.queue import Queue


def search(
    space: Space, measure: Measure, done: Sequence[Trial], settings: Settings, report: Callable[[Trial], None]
) -> None:
    """Do trials until there are enough, or the time is over.

    They are drawn at random from the seed: a search that learns from earlier trials would depend on which of those that
    run at once is done first.

    Args:
        space: where to look.
        measure: does a trial.
        done: trials of a search that goes on.
        settings: how many trials there are, how long they may take, and the seed.
        report: is told of each trial as soon as it is done.
    """
    known = frozenset(trial.number for trial in done)
    with closing(make_compute(settings)):
        results = Queue(actor_options={"num_cpus": 0})
        # On the cluster, since Ray Tune works from outside in part only; what is told of trials has to happen here.
        there = ray.remote(num_cpus=0, max_retries=0)(_search)
        searching = there.remote(space, ray.put(measure), known, settings, results)
        ended: list[Any] = []
        while not ended:
            ended, _ = ray.wait([searching], timeout=1)
            while not results.empty():
                report(Trial.of(results.get()))
        try:
            ray.get(searching)
        except RayTaskError as error:
            raise error.cause from error


def _search(space: Space, measure: Measure, known: frozenset[int], settings: Settings, results: Queue) -> None:
    """Let Ray Tune search, from a process of its own on the cluster."""
    with tempfile.TemporaryDirectory() as folder:
        tuner = tune.Tuner(
            tune.with_parameters(_try, measure=measure, known=known, results=results),
            param_space={name: domain(values) for name, values in space.items()},
            tune_config=tune.TuneConfig(
                num_samples=settings.tuning_trials,
                time_budget_s=settings.tuning_timeout,
                search_alg=BasicVariantGenerator(random_state=settings.seed),
                reuse_actors=True,  # each new process would import scikit-learn anew
            ),
            run_config=tune.RunConfig(storage_path=folder, failure_config=tune.FailureConfig(fail_fast=True)),
        )
        errors = tuner.fit().errors
    if errors:
        raise errors[0]


def _try(config: Mapping[str, Any], measure: Measure, known: frozenset[int], results: Queue) -> None:
    """One trial, in a process of Ray; Ray Tune numbers trials in the order in which it draws them."""
    number = int(tune.get_context().get_trial_id().rsplit("_", 1)[1]) + 1
    if number not in known:
        results.put(measure(number, rounded(config)).told())


def domain(values: Number | WholeNumber | OneOf) -> Domain:
    """What a hyperparameter may be, as Ray Tune says it."""
    found: Domain
    match values:
        case Number(low, high, log):
            found = tune.loguniform(low, high) if log else tune.uniform(low, high)
        case WholeNumber(low, high, log):
            found = tune.lograndint(low, high + 1) if log else tune.randint(low, high + 1)
        case OneOf(choices):
            found = tune.choice(list(choices))
    return found
