"""Search with Optuna: each trial learns from earlier ones."""

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
    """Run trials until their number or the time limit is reached.

    Args:
        space: the search space.
        measure: runs a trial.
        done: earlier trials of a search that is resumed.
        settings: number of trials, time limit and seed.
        report: called with each trial as soon as it is done.
    """
    trials = list(done)
    end = time.monotonic() + settings.tuning_timeout
    while len(trials) < settings.tuning_trials and time.monotonic() < end:
        trial = measure(len(trials) + 1, proposed(space, trials, settings.seed))
        report(trial)
        trials.append(trial)


def proposed(space: Space, trials: Sequence[Trial], seed: int) -> Parameters:
    """Propose the next parameters from seed and trials alone, so that a resumed search continues unchanged."""
    distributions = {name: distribution(values) for name, values in space.items()}
    own_seed = int(np.random.SeedSequence([seed, len(trials)]).generate_state(1)[0])
    study = optuna.create_study(direction="maximize", sampler=optuna.samplers.TPESampler(seed=own_seed))
    study.add_trials([told(trial, distributions) for trial in trials])
    return rounded(study.ask(distributions).params)


def told(trial: Trial, distributions: dict[str, BaseDistribution]) -> FrozenTrial:
    """Convert a trial to Optuna's form."""
    parameters = dict(trial.parameters)
    if not trial.scores:
        return create_trial(state=TrialState.FAIL, params=parameters, distributions=distributions)
    return create_trial(value=trial.value, params=parameters, distributions=distributions)


def distribution(values: Number | WholeNumber | OneOf) -> BaseDistribution:
    """Convert the values of a hyperparameter to Optuna's form."""
    match values:
        case Number(low, high, log):
            return FloatDistribution(low, high, log=log)
        case WholeNumber(low, high, log):
            return IntDistribution(low, high, log=log)
        case OneOf(choices):
            return CategoricalDistribution(choices)
