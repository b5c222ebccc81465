import sys
from pathlib import Path


def main(raw, processed):
    for path in Path(raw).glob("*.csv"):
        (Path(processed) / path.name).write_text(path.read_text())


if __name__ == "__main__":
    main(*sys.argv[1:])
