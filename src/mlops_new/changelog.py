"""What CHANGELOG.md says of each version."""

import re

SECTION = re.compile(r"^## (?P<version>\S+) - \d{4}-\d\d-\d\d$.*?(?=^## |\Z)", re.MULTILINE | re.DOTALL)


def sections(changelog: str) -> dict[str, str]:
    """Return version → its section, heading included, in the order of the file, which is newest first.

    Args:
        changelog: text of CHANGELOG.md.
    """
    return {found["version"]: found[0].strip() for found in SECTION.finditer(changelog)}


def between(changelog: str, before: str, after: str) -> str:
    """Return the sections of the versions after one, up to and including another, newest first.

    Args:
        changelog: text of CHANGELOG.md.
        before: a version, without the leading v; if it has no section, only that of `after` is returned.
        after: a newer version, without the leading v.
    """
    found = sections(changelog)
    versions = list(found)
    if after not in found:
        return ""
    first = versions.index(after)
    last = versions.index(before) if before in versions[first:] else first + 1
    return "\n\n".join(found[version] for version in versions[first:last])
