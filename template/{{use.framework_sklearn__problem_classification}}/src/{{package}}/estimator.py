"""The estimator, chosen here and nowhere else."""

from sklearn.linear_model import LogisticRegression

from .hyperparameters import ModelSettings


def estimator(settings: ModelSettings, seed: int) -> LogisticRegression:
    """The untrained estimator."""
    return LogisticRegression(C=settings.inverse_regularisation, max_iter=settings.max_iterations, random_state=seed)
