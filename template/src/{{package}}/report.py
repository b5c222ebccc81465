"""Describe the table of the settings: a page for people, JSON for programs."""

import html
import json
from collections.abc import Iterable
from pathlib import Path

from skrub import TableReport

from .adapters.tracking import make_registry
from .comparison import PROFILE_FILE
from .dataset import Dataset, load
from .ports import CHAMPION
from .predictor import read_package
from .profile import Profile, changes, profile
from .settings import Settings
from .split import SplitRule, hashes
from .steps.validate import table_problems

MOST_ROWS = 50_000
"""A page about more rows takes long and shows the same."""

PAGE = """<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>{title}</title>
<style>body {{ font-family: sans-serif; margin: 2rem auto; max-width: 75rem; }} li {{ margin: .3rem 0; }}</style></head>
<body>
<h1>{title}</h1>
<p>{summary}</p>
{sections}
<h2>Distributions and associations</h2>
{table}
</body>
</html>
"""


def write_report(settings: Settings, folder: Path) -> list[Path]:
    """Write `report.html` and `report.json`.

    Args:
        settings: with the table and, in the registry, the champion whose table it is compared with.
        folder: where to write; it is made.

    Raises:
        DataError: the table cannot be read.
    """
    data = load(settings)
    now = profile(data.table)
    before = champions_profile(settings)
    found = {
        "problems": table_problems(data.table, data.contract),
        "suspects": [str(suspect) for suspect in data.inferred.suspects] if data.inferred else [],
        "changes": changes(before, now) if before else [],
        "duplicates": duplicates(data),
        "split": SplitRule.of(data.contract).by,
        "columns": now["columns"],
        "rows": now["rows"],
        "source": data.source,
    }
    folder.mkdir(parents=True, exist_ok=True)
    files = [folder / "report.html", folder / "report.json"]
    files[0].write_text(page(data, found, before is not None), encoding="utf-8")
    files[1].write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")
    return files


def champions_profile(settings: Settings) -> Profile | None:
    """What the table of the champion held; None without a champion, or with one that does not say."""
    registry = make_registry(settings)
    champion = registry.by_alias(CHAMPION)
    content = read_package(registry, champion).get(PROFILE_FILE) if champion else None
    return json.loads(content) if content else None


def duplicates(data: Dataset) -> int:
    """How many rows have the same features and target as an earlier one."""
    names = [*data.contract.names("feature"), data.contract.target]
    keys = hashes({name: data.table[name] for name in names})
    return len(keys) - len(set(keys.tolist()))


def page(data: Dataset, found: Profile, champion: bool) -> str:
    """The page for people."""
    title = f"Table: {data.source}"
    contract = "an inferred contract" if data.inferred else "the committed data contract"
    sections = (
        _section("Problems: a training refuses them", found["problems"], "None."),
        _section("Suspects: look at them", found["suspects"], "None."),
        _section(
            "Changes since the champion's table",
            found["changes"],
            "Nothing that stands out." if champion else "There is no champion yet.",
        ),
    )
    described = TableReport(data.table.head(MOST_ROWS), title=title, verbose=0, open_tab="distributions")
    return PAGE.format(
        title=html.escape(title),
        summary=html.escape(
            f"{found['rows']} rows, {len(found['columns'])} columns under {contract}; {found['duplicates']} rows "
            f"repeat an earlier one. The side of a row follows its {found['split']}."
        ),
        sections="\n".join(sections),
        table=described.html_snippet(),
    )


def _section(title: str, items: Iterable[str], nothing: str) -> str:
    lines = "".join(f"<li>{html.escape(item)}</li>" for item in items)
    return f"<h2>{html.escape(title)}</h2>\n" + (f"<ul>{lines}</ul>" if lines else f"<p>{html.escape(nothing)}</p>")
