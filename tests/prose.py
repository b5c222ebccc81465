"""What Markdown must keep to: one sentence a line, no long lines, the field's words."""

import re
from collections.abc import Iterator

from wording import PRIVATE, SEARCH

COLUMNS = 120
MORE = {
    r"anybody|(some|any|no) one": "a user, a caller, an operator, or the passive",
    r"mending": "fixing",
    r"(were|been|being) told": "get, be given",
    r"(try|tries|tried|trying) again": "retry",
    r"end(s)? badly": "fail",
    r"really (use|used|run)": "use, run",
    r"of one's own": "your own, its own",
}
"""Pattern of a word → the field's word, in Markdown beside those that code must not use either."""
ABBREVIATIONS = {"e.g.", "i.e.", "etc.", "vs.", "cf."}

FENCE = re.compile(r"\s*(```+|~~~+)")
MARKED = re.compile(r"<!-- [\w-]+: (?P<which>begin|end) -->")
SPAN = re.compile(r"(?P<ticks>`+)(?!`).*?(?<!`)(?P=ticks)(?!`)")
BULLET = re.compile(r"\s*(>\s*)*([-*+]|\d+[.)])?\s+")
TWO_SENTENCES = re.compile(r"""(?P<last>\S*[.!?])[*_)"']* +[*_("'\[`]*(?:[A-Z`])""")


def written(text: str) -> Iterator[tuple[int, str]]:
    """Yield number and text of each line written by hand: no code blocks, nothing between the marks of a program."""
    fence, generated = "", False
    for number, line in enumerate(text.splitlines(), start=1):
        if found := FENCE.match(line):
            if not fence:
                fence = found[1]
            elif line.strip().startswith(fence):
                fence = ""
        elif mark := MARKED.fullmatch(line.strip()):
            generated = mark["which"] == "begin"
        elif not fence and not generated:
            yield number, line


def findings(text: str) -> Iterator[str]:
    """Yield what is wrong with a page, each finding with its line number."""
    for number, line in written(text):
        prose = SPAN.sub("``", line)
        for private in SEARCH.finditer(prose):
            yield f"{number}: {private[0]!r}; better: {PRIVATE[' '.join(private[0].lower().split())]}"
        for word, better in MORE.items():
            if found := re.search(rf"\b({word})\b", prose, re.IGNORECASE):
                yield f"{number}: {found[0]!r}; better: {better}"
        bare = BULLET.sub("", f" {line}", count=1)
        if bare.startswith("|"):
            continue
        if len(line) > COLUMNS and " " in bare:
            yield f"{number}: {len(line)} columns"
        if bare.startswith("#"):
            continue
        ends = TWO_SENTENCES.finditer(BULLET.sub("", f" {prose}", count=1))
        if any(found["last"].lower().lstrip("(") not in ABBREVIATIONS for found in ends):
            yield f"{number}: more than one sentence"
