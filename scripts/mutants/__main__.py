"""`python -m scripts.mutants`: plants defects and shows that each is caught by the check that should.

Exit codes: 0 at most one in thirty was missed, 1 more were, 2 a defect cannot be planted, or a check fails without one.
"""

import argparse
import sys
import tempfile
import time
from pathlib import Path

from .all import MUTANTS
from .base import Mutant, StaleError
from .planting import Copy, CopyError, Result

ROOT = Path(__file__).parents[2]
IN_THIRTY = 30


def main(arguments: list[str] | None = None) -> int:
    """Plant the chosen mutants; returns the exit code."""
    options = _options(arguments)
    chosen = [mutant for mutant in MUTANTS if not options.only or mutant.id in options.only]
    if options.list:
        for mutant in chosen:
            print(f"{mutant.id:28} {mutant.kind:52} {mutant.check}")
        return 0
    began = time.monotonic()
    try:
        with tempfile.TemporaryDirectory(prefix="mutants-", ignore_cleanup_errors=True) as folder:
            results = _judged(Copy(ROOT, Path(folder)), chosen, verbose=options.verbose)
    except (StaleError, CopyError) as error:
        print(error, file=sys.stderr)
        return 2
    caught = sum(result.caught for result in results)
    kinds = len({result.mutant.kind for result in results})
    seconds = time.monotonic() - began
    print(f"\n{caught} of {len(results)} defects caught, each by the check that should; {kinds} kinds, {seconds:.0f} s")
    return 0 if (len(results) - caught) * IN_THIRTY <= len(results) else 1


def _judged(copy: Copy, chosen: list[Mutant], *, verbose: bool) -> list[Result]:
    for mutant in chosen:
        try:
            mutant.edit.verify(copy.root)
        except StaleError as error:
            raise StaleError(f"{mutant.id} cannot be planted: {error}") from error
    wanted = sorted({mutant.check for mutant in chosen})
    print(f"{len(chosen)} defects; first, what {len(wanted)} checks say without any", flush=True)
    failing = copy.baseline(wanted)
    if failing:
        raise CopyError("\n".join(f"without a defect: {sorted(each.found)}\n{each.text}" for each in failing))
    results = []
    for number, mutant in enumerate(chosen, 1):
        print(f"{number:3}/{len(chosen)} {mutant.id:28} ", end="", flush=True)
        result = copy.judge(mutant)
        print(f"{result.seconds:6.1f} s  {result}", flush=True)
        if verbose:
            print(result.text)
        results.append(result)
    return results


def _options(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m scripts.mutants", description=str(__doc__).split("\n", 1)[0])
    known = [mutant.id for mutant in MUTANTS]
    parser.add_argument("--only", nargs="+", choices=known, metavar="ID", help="these mutants only")
    parser.add_argument("--list", action="store_true", help="show what would be planted, and plant nothing")
    parser.add_argument("--verbose", action="store_true", help="show what the checks print")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
