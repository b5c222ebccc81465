"""Search with Ray Tune: parallel trials, on the cluster of `ray_address` or on this machine's processors."""

import os
import tempfile
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from typing import Any

from ..search_space import Number, OneOf, Space, WholeNumber, rounded
from ..settings import Settings
from ..trials import Measure, Trial
from .compute import make_compute

# Ray Tune reads this: its own loggers are not needed, since the caller stores and tracks trials.
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
    """Run trials until their number or the time limit is reached.

    They are drawn at random from the seed: a search that learns from earlier trials would depend on which of the
    parallel ones ends first.

    Args:
        space: the search space.
        measure: runs a trial.
        done: earlier trials of a search that is resumed.
        settings: number of trials, time limit and seed.
        report: called with each trial as soon as it is done.
    """
    known = frozenset(trial.number for trial in done)
    with closing(make_compute(settings)):
        results = Queue(actor_options={"num_cpus": 0})
        # Run on the cluster, since Ray Tune only partly works from outside; `report` has to be called here.
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
    """Run Ray Tune in a process on the cluster."""
    with tempfile.TemporaryDirectory() as folder:
        tuner = tune.Tuner(
            tune.with_parameters(_try, measure=measure, known=known, results=results),
            param_space={name: domain(values) for name, values in space.items()},
            tune_config=tune.TuneConfig(
                num_samples=settings.tuning_trials,
                time_budget_s=settings.tuning_timeout,
                search_alg=BasicVariantGenerator(random_state=settings.seed),
                reuse_actors=True,  # each new process would import scikit-learn again
            ),
            run_config=tune.RunConfig(storage_path=folder, failure_config=tune.FailureConfig(fail_fast=True)),
        )
        errors = tuner.fit().errors
    if errors:
        raise errors[0]


def _try(config: Mapping[str, Any], measure: Measure, known: frozenset[int], results: Queue) -> None:
    """Run one trial in a Ray process; Ray Tune numbers trials in the order in which it draws them."""
    number = int(tune.get_context().get_trial_id().rsplit("_", 1)[1]) + 1
    if number not in known:
        results.put(measure(number, rounded(config)).told())


def domain(values: Number | WholeNumber | OneOf) -> Domain:
    """Convert the values of a hyperparameter to Ray Tune's form."""
    found: Domain
    match values:
        case Number(low, high, log):
            found = tune.loguniform(low, high) if log else tune.uniform(low, high)
        case WholeNumber(low, high, log):
            found = tune.lograndint(low, high + 1) if log else tune.randint(low, high + 1)
        case OneOf(choices):
            found = tune.choice(list(choices))
    return found
