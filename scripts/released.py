"""Write tests/update/released.bundle: the template of each released version, from the tags of this repository.

Usage, with the tag of the newest version checked out: python scripts/released.py
"""

from pathlib import Path

from mlops_new import bundle, source

ROOT = Path(__file__).parent.parent
RELEASED = ROOT / "tests" / "update" / "released.bundle"


if __name__ == "__main__":
    bundle.build(ROOT, RELEASED, source.version(), release=True)
    print(f"written: {RELEASED.relative_to(ROOT)}")
