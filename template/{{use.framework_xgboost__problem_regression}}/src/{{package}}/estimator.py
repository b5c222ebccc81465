"""The estimator, chosen here and nowhere else."""

from xgboost import XGBRegressor

from .hyperparameters import ModelSettings


def estimator(settings: ModelSettings, seed: int) -> XGBRegressor:
    """The untrained estimator."""
    return XGBRegressor(
        n_estimators=settings.trees,
        max_depth=settings.depth,
        learning_rate=settings.learning_rate,
        n_jobs=settings.threads,
        random_state=seed,
    )
