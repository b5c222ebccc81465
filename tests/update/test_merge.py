"""The merge of three trees, case by case."""

from functools import partial

import pytest

from mlops_new.update.merge import Outcome, merge, renames, similarity
from mlops_new.update.repository import merge_text
from mlops_new.update.tree import EXECUTABLE, LINK, File, Tree

LINES = [f"line {number}\n" for number in range(20)]
TEXT = File("".join(LINES).encode())


def edited(*changes: tuple[int, str]) -> File:
    """The text with other lines."""
    return File("".join(dict(changes).get(number, line) for number, line in enumerate(LINES)).encode())


def merged(base: Tree, ours: Tree, theirs: Tree, renamed: dict[str, str] | None = None) -> dict[str, Outcome]:
    """The outcomes by path."""
    return {item.path: item for item in merge(base, ours, theirs, renamed or {}, merge_text)}


def test_what_nobody_changed_stays() -> None:
    assert merged({"a": TEXT}, {"a": TEXT, "mine": TEXT}, {"a": TEXT}) == {}


@pytest.mark.parametrize(
    ("ours", "theirs", "kind", "file"),
    [
        pytest.param(TEXT, edited((3, "new\n")), "changed", edited((3, "new\n")), id="template alone"),
        pytest.param(
            edited((15, "mine\n")),
            edited((3, "new\n")),
            "changed",
            edited((15, "mine\n"), (3, "new\n")),
            id="both, other lines",
        ),
        pytest.param(TEXT, File(TEXT.data, EXECUTABLE), "changed", File(TEXT.data, EXECUTABLE), id="mode"),
        pytest.param(
            edited((15, "mine\n")),
            File(TEXT.data, EXECUTABLE),
            "changed",
            File(edited((15, "mine\n")).data, EXECUTABLE),
            id="mode of an edited file",
        ),
        pytest.param(
            File(TEXT.data, EXECUTABLE),
            edited((3, "new\n")),
            "changed",
            File(edited((3, "new\n")).data, EXECUTABLE),
            id="mode of the user's",
        ),
        pytest.param(
            File(edited((15, "mine\n")).data.replace(b"\n", b"\r\n")),
            edited((3, "new\n")),
            "changed",
            File(edited((15, "mine\n"), (3, "new\n")).data.replace(b"\n", b"\r\n")),
            id="other ends of lines",
        ),
    ],
)
def test_both_sides_are_kept(ours: File, theirs: File, kind: str, file: File) -> None:
    [outcome] = merged({"a": TEXT}, {"a": ours}, {"a": theirs}).values()
    assert (outcome.kind, outcome.file, outcome.reason) == (kind, file, None)


@pytest.mark.parametrize("ours", [edited((3, "mine\n")), File(TEXT.data, EXECUTABLE), File(b"")])
def test_an_edit_that_the_template_does_not_touch_stays(ours: File) -> None:
    assert merged({"a": TEXT}, {"a": ours}, {"a": TEXT}) == {}


def test_the_same_lines_on_both_sides_are_a_conflict_with_both() -> None:
    [outcome] = merged({"a": TEXT}, {"a": edited((3, "mine\n"))}, {"a": edited((3, "new\n"))}).values()
    assert (outcome.kind, outcome.reason) == ("conflict", "content")
    assert outcome.file
    assert b"<<<<<<< before updating\nmine\n=======\nnew\n>>>>>>> after updating\n" in outcome.file.data


def test_a_rejected_change_stands_beside_the_users_text() -> None:
    theirs = edited((3, "new\n"), (15, "also new\n"))
    [outcome] = merge({"a": TEXT}, {"a": edited((3, "mine\n"))}, {"a": theirs}, {}, partial(merge_text, reject=True))
    assert outcome.file == edited((3, "mine\n"), (15, "also new\n"))
    assert b"-mine\n+new\n" in outcome.rejected
    assert b"also new" not in b"".join(line for line in outcome.rejected.splitlines() if line[:1] in b"+-")


@pytest.mark.parametrize(
    ("base", "ours", "theirs", "reason"),
    [
        pytest.param(TEXT, edited((3, "mine\n")), None, "modify/delete", id="edited and removed"),
        pytest.param(TEXT, File(TEXT.data.decode().encode("utf-16")), edited((3, "new\n")), "binary", id="UTF-16"),
        pytest.param(TEXT, File(TEXT.data + b"\0"), edited((3, "new\n")), "binary", id="one zero byte"),
        pytest.param(TEXT, File(b"../elsewhere", LINK), edited((3, "new\n")), "type", id="link"),
        pytest.param(None, edited((3, "mine\n")), TEXT, "add/add", id="both added"),
        pytest.param(None, File(b"\0"), TEXT, "binary", id="both added, binary"),
    ],
)
def test_the_users_file_stays_where_lines_cannot_decide(
    base: File | None, ours: File, theirs: File | None, reason: str
) -> None:
    before, mine, new = ({"a": file} if file else {} for file in (base, ours, theirs))
    [outcome] = merged(before, mine, new).values()
    assert (outcome.kind, outcome.reason) == ("conflict", reason)
    assert outcome.file
    assert outcome.file == ours or reason == "add/add"
    assert b"mine\n" in outcome.file.data or outcome.file == ours


def test_what_the_user_removed_stays_removed_and_is_told_if_the_template_changes_it() -> None:
    assert merged({"a": TEXT}, {}, {"a": TEXT}) == {}
    assert merged({"a": TEXT}, {}, {}) == {}
    [outcome] = merged({"a": TEXT}, {}, {"a": edited((3, "new\n"))}).values()
    assert (outcome.kind, outcome.file) == ("left out", None)


def test_a_change_follows_a_file_that_the_user_moved() -> None:
    moved = edited((15, "mine\n"))
    found = merged({"a": TEXT}, {"sub/b": moved}, {"a": edited((3, "new\n"))})
    assert found["sub/b"].file == edited((15, "mine\n"), (3, "new\n"))
    assert "a" not in found


def test_an_edit_follows_a_file_that_the_template_moved() -> None:
    ours = edited((15, "mine\n"))
    [outcome] = merged({"a": TEXT}, {"a": ours}, {"sub/b": edited((3, "new\n"))}, {"a": "sub/b"}).values()
    assert (outcome.path, outcome.kind, outcome.moved_from) == ("sub/b", "moved", "a")
    assert outcome.file == edited((15, "mine\n"), (3, "new\n"))


def test_a_file_that_both_moved_stays_where_the_user_has_it() -> None:
    [outcome] = merged({"a": TEXT}, {"mine": TEXT}, {"new": TEXT}, {"a": "new"}).values()
    assert (outcome.path, outcome.reason, outcome.file) == ("mine", "rename", TEXT)


def test_a_file_that_both_moved_to_one_place_is_merged_there() -> None:
    found = merged({"a": TEXT}, {"b": edited((15, "mine\n"))}, {"b": edited((3, "new\n"))}, {"a": "b"})
    assert [(item.path, item.kind) for item in found.values()] == [("b", "changed")]
    assert found["b"].file == edited((15, "mine\n"), (3, "new\n"))


def test_a_moved_file_does_not_replace_another_of_the_users() -> None:
    other = File(b"something else\n")
    found = merged({"a": TEXT}, {"a": TEXT, "b": other}, {"b": TEXT}, {"a": "b"})
    assert [(item.path, item.reason, item.file) for item in found.values()] == [("a", "rename", TEXT)]


def test_a_move_is_told_by_what_a_file_holds() -> None:
    assert renames({"a": TEXT, "c": File(b"x\n")}, {"b": edited((3, "new\n")), "d": File(b"y\n")}) == {"a": "b"}
    assert similarity(File(b""), File(b"")) == 0
    assert similarity(TEXT, TEXT) == 1


def test_settings_of_git_have_no_say(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_CONFIG_COUNT", "1")
    monkeypatch.setenv("GIT_CONFIG_KEY_0", "merge.conflictStyle")
    monkeypatch.setenv("GIT_CONFIG_VALUE_0", "diff3")
    text = merge_text(b"mine\n", b"old\n", b"new\n")
    assert text.data == b"<<<<<<< before updating\nmine\n=======\nnew\n>>>>>>> after updating\n"


PROJECT = '[project]\nname = "a"\nversion = "1"\ndependencies = [\n    "one",\n    "old",\n]\n\n[tool]\nx = 1\n'


def lists(ours: str, theirs: str) -> Outcome:
    """What becomes of the lists of a project."""
    base, mine, new = ({"pyproject.toml": File(text.encode())} for text in (PROJECT, ours, theirs))
    return merged(base, mine, new)["pyproject.toml"]


def test_a_dependency_of_the_users_stays_beside_those_that_the_template_changes() -> None:
    ours = PROJECT.replace('"old",\n', '"old",\n    "mine",\n').replace('version = "1"', 'version = "2"') + "y = 2\n"
    found = lists(ours, PROJECT.replace('"old"', '"new"'))
    assert (found.kind, found.file) == ("changed", File(ours.replace('"old"', '"new"').encode()))
    found = lists(ours, PROJECT.replace('    "old",\n', ""))
    assert (found.kind, found.file) == ("changed", File(ours.replace('    "old",\n', "").encode()))


def test_lines_of_lists_that_both_changed_are_a_conflict() -> None:
    found = lists(PROJECT.replace('"old"', '"mine"'), PROJECT.replace('"old"', '"new"'))
    assert (found.kind, found.reason) == ("conflict", "content")


@pytest.mark.parametrize("reject", [False, True])
def test_a_lock_that_both_changed_is_the_templates(reject: bool) -> None:
    text = partial(merge_text, reject=reject)
    for theirs in (edited((3, "new\n")), edited((15, "new\n"))):  # on the same lines, and on others
        [found] = merge({"uv.lock": TEXT}, {"uv.lock": edited((3, "mine\n"))}, {"uv.lock": theirs}, {}, text)
        assert (found.kind, found.reason, found.file, found.rejected) == ("conflict", "lock", theirs, b"")
    assert merge({"uv.lock": TEXT}, {"uv.lock": edited((3, "mine\n"))}, {"uv.lock": TEXT}, {}, text) == []
