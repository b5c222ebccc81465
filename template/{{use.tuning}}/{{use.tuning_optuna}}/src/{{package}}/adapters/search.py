"""Search with Optuna: each trial learns from those before it."""

import time
from collections.abc import Callable, Sequence

import numpy as np
import optuna
from optuna.distributions import BaseDistribution, CategoricalDistribution, FloatDistribution, IntDistribution
from optuna.trial import FrozenTrial, TrialState, create_trial

from ..search_space import Number, OneOf, Parameters, Space, WholeNumber, rounded
from ..settings import Settings
from ..trials import Measure, Trial

optuna.logging.set_verbosity(optuna.logging.WARNING)


def search(
    space: Space, measure: Measure, done: Sequence[Trial], settings: Settings, report: Callable[[Trial], None]
) -> None:
    """Do trials until there are enough, or the time is over.

    Args:
        space: where to look.
        measure: does a trial.
        done: trials of a search that goes on.
        settings: how many trials there are, how long they may take, and the seed.
        report: is told of each trial as soon as it is done.
    """
    trials = list(done)
    end = time.monotonic() + settings.tuning_timeout
    while len(trials) < settings.tuning_trials and time.monotonic() < end:
        trial = measure(len(trials) + 1, proposed(space, trials, settings.seed))
        report(trial)
        trials.append(trial)


def proposed(space: Space, trials: Sequence[Trial], seed: int) -> Parameters:
    """What to try next, decided by seed and trials alone: a search that was stopped goes on as it would have."""
    distributions = {name: distribution(values) for name, values in space.items()}
    own_seed = int(np.random.SeedSequence([seed, len(trials)]).generate_state(1)[0])
    study = optuna.create_study(direction="maximize", sampler=optuna.samplers.TPESampler(seed=own_seed))
    study.add_trials([told(trial, distributions) for trial in trials])
    return rounded(study.ask(distributions).params)


def told(trial: Trial, distributions: dict[str, BaseDistribution]) -> FrozenTrial:
    """A trial as Optuna knows it."""
    parameters = dict(trial.parameters)
    if not trial.scores:
        return create_trial(state=TrialState.FAIL, params=parameters, distributions=distributions)
    return create_trial(value=trial.value, params=parameters, distributions=distributions)


def distribution(values: Number | WholeNumber | OneOf) -> BaseDistribution:
    """What a hyperparameter may be, as Optuna says it."""
    match values:
        case Number(low, high, log):
            return FloatDistribution(low, high, log=log)
        case WholeNumber(low, high, log):
            return IntDistribution(low, high, log=log)
        case OneOf(choices):
            return CategoricalDistribution(choices)
