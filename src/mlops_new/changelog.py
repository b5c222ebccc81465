"""What CHANGELOG.md says of the versions between two."""

import re

HEADING = re.compile(r"^## (?P<version>\S+) - \d{4}-\d\d-\d\d$", re.MULTILINE)


def between(changelog: str, before: str, after: str) -> str:
    """Return the sections of the versions after one, up to and including another, newest first.

    Args:
        changelog: text of CHANGELOG.md, whose newest version stands first.
        before: a version, without the leading v; if it has no section, only that of `after` is returned.
        after: a newer version, without the leading v.
    """
    headings = list(HEADING.finditer(changelog))
    versions = [heading["version"] for heading in headings]
    if after not in versions:
        return ""
    first = versions.index(after)
    last = versions.index(before) if before in versions[first:] else first + 1
    end = headings[last].start() if last < len(headings) else len(changelog)
    return changelog[headings[first].start() : end].strip()
