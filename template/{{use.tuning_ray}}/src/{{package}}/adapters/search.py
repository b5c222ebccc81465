"""Search with Ray Tune: trials at once, on the cluster of `ray_address` or on this machine's processors."""

import logging
import os
import tempfile
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from typing import Any

from ..search_space import Number, OneOf, Space, WholeNumber, rounded
from ..settings import Settings
from ..trials import Measure, Trial
from .compute import make_compute

# Read by Ray Tune: whoever searches keeps, tracks and shows trials, so Ray need not do so, too.
os.environ.setdefault("TUNE_DISABLE_AUTO_CALLBACK_LOGGERS", "1")
os.environ.setdefault("RAY_AIR_NEW_OUTPUT", "0")

from ray import tune
from ray.tune.experiment import Trial as Attempt
from ray.tune.search.basic_variant import BasicVariantGenerator
from ray.tune.search.sample import Domain

logging.getLogger("ray.tune").setLevel(logging.ERROR)  # it misses the files that it was told not to write


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
    known = {trial.number for trial in done}
    with closing(make_compute(settings)), tempfile.TemporaryDirectory() as folder:
        tuner = tune.Tuner(
            tune.with_parameters(_try, measure=measure, known=known),
            param_space={name: domain(values) for name, values in space.items()},
            tune_config=tune.TuneConfig(
                num_samples=settings.tuning_trials,
                time_budget_s=settings.tuning_timeout,
                search_alg=BasicVariantGenerator(random_state=settings.seed),
                reuse_actors=True,  # each new process would import scikit-learn anew
            ),
            run_config=tune.RunConfig(
                storage_path=folder,
                callbacks=[_Told(report)],
                failure_config=tune.FailureConfig(fail_fast=True),
                verbose=0,
            ),
        )
        results = tuner.fit()
        if results.errors:
            raise results.errors[0]


class _Told(tune.Callback):
    """Tells of each trial that is done."""

    def __init__(self, report: Callable[[Trial], None]) -> None:
        self._report = report

    def on_trial_result(
        self, iteration: int, trials: list[Attempt], trial: Attempt, result: dict[str, Any], **info: object
    ) -> None:
        if result.get("told"):
            self._report(Trial.of(result["told"]))


def _try(config: Mapping[str, Any], measure: Measure, known: set[int]) -> None:
    """One trial, in a process of Ray."""
    number = int(tune.get_context().get_trial_id().rsplit("_", 1)[1]) + 1
    tune.report({"told": None if number in known else measure(number, rounded(config)).told()})


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
