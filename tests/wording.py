"""Words that this project must not use, each with the field's own, and the search for them in any text."""

import io
import re
import token
import tokenize
from collections import defaultdict
from collections.abc import Iterator, Mapping

PRIVATE: Mapping[str, str] = {
    "ended badly": "failed",
    "go on": "continue, or resume",
    "goes on": "continues, or resumes",
    "going on": "continuing, or happening",
    "went on": "continued, or resumed",
    "hang on": "depend on",
    "hangs on": "depends on",
    "are told": "get, or are given",
    "be told": "get, or be given",
    "is told": "gets, or is given",
    "was told": "got, or was given",
    "mend": "fix",
    "mended": "fixed",
    "mends": "fixes",
    "nobody": "no user, or nothing",
    "otherwise than": "differently from",
    "somebody": "a user, or someone by their role",
    "whoever": "the user, the caller or the operator",
    "without a word": "silently",
}
"""Word or phrase → what to say instead."""
BREAK = r"[\s#]+"
"""A phrase may be broken between lines, of comments, too."""
SEARCH = re.compile(rf"\b({'|'.join(PRIVATE)})\b(?! (?:apart|from)\b)".replace(" ", BREAK), re.IGNORECASE)
"""What can be told apart, or from something, is fine."""
SPOKEN = {token.STRING, tokenize.COMMENT, getattr(token, "FSTRING_MIDDLE", token.STRING)}
"""Kinds of tokens that hold text; before Python 3.12 an f-string is one string."""


def findings(where: str, text: str) -> Iterator[str]:
    """Yield each private word of a text, with its place and what to say instead.

    Args:
        where: name of the file, for messages.
        text: its content; of a program, what `spoken` returns.
    """
    for found in SEARCH.finditer(text):
        word = " ".join(found[0].replace("#", " ").lower().split())
        yield f"{where}:{text.count(chr(10), 0, found.start()) + 1}: '{word}': say {PRIVATE[word]}"


def spoken(program: str) -> str:
    """Return the comments, docstrings and other literals of a Python program, on the same lines."""
    lines: defaultdict[int, list[str]] = defaultdict(list)
    for found in tokenize.generate_tokens(io.StringIO(program).readline):
        if found.type in SPOKEN:
            for number, line in enumerate(found.string.split("\n"), found.start[0]):
                lines[number].append(line)
    return "\n".join(" ".join(lines[number]) for number in range(1, max(lines, default=0) + 1))
