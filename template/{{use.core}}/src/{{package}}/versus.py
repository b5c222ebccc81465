"""Compare two registered models on today's table."""

from .comparison import Champion, Comparison, NotComparable, common_rows, compare
from .dataset import load
from .errors import ModelError
from .ports import ModelRegistry
from .settings import Settings
from .steps.evaluate import score_rows


def compare_versions(
    registry: ModelRegistry, version: int, other: int, settings: Settings
) -> Comparison | NotComparable:
    """Compare two versions on those rows of the table in the settings that neither was trained on.

    Args:
        registry: holds both versions.
        version: takes the place of the new model.
        other: takes the place of the champion.
        settings: name the table.

    Raises:
        ModelError: there is no such version, or today's code cannot load the first.
        DataError: the table cannot be used.
    """
    known = {item.version: item for item in registry.versions()}
    missing = [str(number) for number in (version, other) if number not in known]
    if missing:
        raise ModelError(f"there is no version {', '.join(missing)}; `models` lists them")
    one, two = (Champion.of_version(registry, known[number]) for number in (version, other))
    data = load(settings)
    rows = data.table[data.table[one.schema.target].notna()].reset_index(drop=True)
    unseen = common_rows(one, rows)
    if isinstance(unseen, str):
        return NotComparable(version, unseen)
    rows = rows[unseen].reset_index(drop=True)
    scored = score_rows(one.predictor(), rows, data.contract)
    return compare(scored, two, rows, settings.gate.tolerance, settings.seed)
