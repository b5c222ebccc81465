"""Describe the table in the settings: a page for people, JSON for programs."""

import html
import json
from collections.abc import Iterable
from pathlib import Path
from string import Template

from skrub import TableReport

from .adapters.tracking import make_registry
from .comparison import PROFILE_FILE
from .dataset import Dataset, load
from .inference import remark
from .ports import CHAMPION
from .predictor import read_package
from .profile import Profile, changes, profile
from .settings import Settings
from .split import SplitRule, hashes
from .steps.validate import table_problems

MOST_ROWS = 50_000
"""Rows that the page is made from; more would take long and show the same."""

MOST_PLOTS = 100
"""Above this number of columns, no distributions are plotted, since the page would be too large to open."""

PAGE = Template("""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>$title</title>
<style>
body { font-family: sans-serif; line-height: 1.4; margin: 2rem auto; max-width: 80rem; padding: 0 1rem; }
h2 { font-size: 1.2rem; margin-top: 2rem; }
li { margin: .3rem 0; overflow-wrap: anywhere; }
.columns { border-collapse: collapse; }
.columns th, .columns td { border-bottom: 1px solid #ddd; padding: .3rem 1rem .3rem 0; text-align: left; }
.columns td { overflow-wrap: anywhere; }
.columns .ignored { color: #666; }
.columns .number { text-align: right; }
</style>
</head>
<body>
<h1>$title</h1>
<p>$summary</p>
$sections
<h2>Columns</h2>
$columns
<h2>Distributions and associations</h2>
$table
</body>
</html>
""")


def write_report(settings: Settings, folder: Path) -> list[Path]:
    """Write `report.html` and `report.json`.

    Args:
        settings: name the table, and the registry with the champion to whose table it is compared.
        folder: where to write; created if missing.

    Raises:
        DataError: the table cannot be read.
    """
    data = load(settings)
    now = profile(data.table)
    before = champions_profile(settings)
    suspects = data.inferred.suspects if data.inferred else []
    severe = [str(suspect) for suspect in suspects if suspect.severe]
    found = {
        "problems": [*severe, *table_problems(data.table, data.contract)],
        "suspects": [str(suspect) for suspect in suspects if not suspect.severe],
        "changes": changes(before, now) if before else [],
        "duplicates": duplicates(data),
        "split": SplitRule.of(data.contract).by,
        "columns": {
            name: {"role": column.role, "type": column.type, **now["columns"].get(name, {})}
            for name, column in data.contract.columns.items()
        },
        "rows": now["rows"],
        "source": data.source,
    }
    folder.mkdir(parents=True, exist_ok=True)
    files = [folder / "report.html", folder / "report.json"]
    files[0].write_text(page(data, found, before is not None), encoding="utf-8")
    files[1].write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")
    return files


def champions_profile(settings: Settings) -> Profile | None:
    """Return the profile of the champion's table, or None without a champion or a stored profile."""
    registry = make_registry(settings)
    champion = registry.by_alias(CHAMPION)
    content = read_package(registry, champion).get(PROFILE_FILE) if champion else None
    return json.loads(content) if content else None


def duplicates(data: Dataset) -> int:
    """Count the rows that have the same features and target as an earlier one."""
    names = [*data.contract.names("feature"), data.contract.target]
    keys = hashes({name: data.table[name] for name in names})
    return len(keys) - len(set(keys.tolist()))


def page(data: Dataset, found: Profile, champion: bool) -> str:
    """Render the page for people."""
    title = f"Table: {data.source}"
    contract = "an inferred contract" if data.inferred else "the committed data contract"
    sections = (
        _section("Problems: a training refuses the table", found["problems"], "None."),
        _section("Suspects: look at them", found["suspects"], _nothing_suspected(data)),
        _section(
            "Changes since the champion's table",
            found["changes"],
            "Nothing that stands out." if champion else "There is no champion yet.",
        ),
    )
    plots = data.table.shape[1] <= MOST_PLOTS
    described = TableReport(data.table.head(MOST_ROWS), verbose=0, open_tab="distributions", plot_distributions=plots)
    return PAGE.substitute(
        title=html.escape(title),
        summary=html.escape(
            f"{found['rows']} rows, {len(found['columns'])} columns under {contract}; {found['duplicates']} rows "
            f"repeat an earlier one. The side of a row follows its {found['split']}."
        ),
        sections="\n".join(sections),
        columns=_columns(data, found),
        table=described.html_snippet(),
    )


def _section(title: str, items: Iterable[str], nothing: str) -> str:
    lines = "".join(f"<li>{html.escape(item)}</li>" for item in items)
    return f"<h2>{html.escape(title)}</h2>\n" + (f"<ul>{lines}</ul>" if lines else f"<p>{html.escape(nothing)}</p>")


def _nothing_suspected(data: Dataset) -> str:
    return "None." if data.inferred else "None are looked for: the committed data contract says what is meant."


def _columns(data: Dataset, found: Profile) -> str:
    lines = []
    for name, column in found["columns"].items():
        holds = remark(data.table[name]) if name in data.table else ""
        missing = f"{column['missing']:.1%}" if "missing" in column else ""
        cells = "".join(f"<td>{html.escape(text)}</td>" for text in (name, column["role"], column["type"], holds))
        lines.append(f'<tr class="{column["role"]}">{cells}<td class="number">{missing}</td></tr>')
    names = "".join(f"<th>{name}</th>" for name in ("column", "role", "type", "holds", "missing"))
    return f'<table class="columns">\n<tr>{names}</tr>\n' + "\n".join(lines) + "\n</table>"
