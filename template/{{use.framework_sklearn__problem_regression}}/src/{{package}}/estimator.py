"""The estimator, chosen here and nowhere else."""

from sklearn.linear_model import Ridge

from .hyperparameters import ModelSettings


def estimator(settings: ModelSettings, seed: int) -> Ridge:
    """The untrained estimator."""
    return Ridge(alpha=settings.regularisation, random_state=seed)
