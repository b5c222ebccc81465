"""What stands on the wizard's screens: it fits, what is out of sight is marked, and keys reach all of it."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest
from rich.text import Text
from test_wizard_flow import MORE, give, offer

from mlops_new.questionnaire import Questionnaire
from mlops_new.wizard import pages, prompts
from mlops_new.wizard.conversation import Conversation, Step, Work
from mlops_new.wizard.flow import Flow
from mlops_new.wizard.lists import Listing, Row
from mlops_new.wizard.pages import ASCII, UNICODE
from mlops_new.wizard.prompts import Next
from mlops_new.wizard.views import Entry, Keys, Menu, Move, Reading, Reply, Size, entry_rows, joined

SMALL, LARGE = Size(80, 24), Size(100, 30)
SIZES = pytest.mark.parametrize("size", [SMALL, LARGE], ids=lambda size: f"{size.width}x{size.height}")
FILES = ["README.md", ".github/workflows/ci.yml", *(f"src/package/step_{number}.py" for number in range(60))]


@pytest.fixture
def flow(plain_template: Path, tmp_path: Path) -> Flow:
    """A wizard over a catalogue that offers more, so that most is asked."""
    root = tmp_path / "wider"
    offer(plain_template, root, MORE)
    name = {"project_name": "my-project"}
    return Flow(Questionnaire(root, tmp_path / "p"), name, frozenset(name))


def drawn(view: Menu | Entry | Reading, size: Size) -> list[str]:
    """Return the screen as text; a typed line stands where it is typed."""
    layout = view.lines(size, view.text) if isinstance(view, Entry) else view.lines(size)
    typed = [f" {view.text}"] * entry_rows(view.text, size.width) if isinstance(view, Entry) else []
    return [*(line.plain for line in layout.above), *typed, *(line.plain for line in layout.below)]


def pressed(view: Menu | Reading, size: Size, *keys: str) -> Menu | Reading:
    """Press keys that leave the view on the screen."""
    for key in keys:
        after = view.press(key, size)
        assert not isinstance(after, Reply), key
        view = after
    return view


def seen(view: Menu | Reading, size: Size) -> set[str]:
    """Return all lines that turning pages shows."""
    view, lines = pressed(view, size, *["pageup"] * 20), set(drawn(view, size))
    for _ in range(40):
        view = pressed(view, size, "pagedown")
        lines |= set(drawn(view, size))
    return lines


def fits(view: Menu | Entry | Reading, size: Size) -> None:
    """A screen is no larger than the terminal, and says how to leave."""
    lines = drawn(view, size)
    assert len(lines) <= size.height, "\n".join(lines)
    assert [line for line in lines if Text(line).cell_len > size.width] == []
    assert "Ctrl-C leaves" in lines[-1]


def questions(flow: Flow, marks: pages.Marks = UNICODE) -> Iterator[Menu | Entry]:
    """Return every question, with the answers that each of some clouds leads to."""
    for cloud in ("local", "aws", "gcp"):
        answered = give(flow, cloud=cloud, team="large")
        for state in answered.states:
            if state.asked:
                yield prompts.question(answered, state.question.name, marks, "News.", "back")


@SIZES
@pytest.mark.parametrize("marks", [UNICODE, ASCII], ids=["unicode", "ascii"])
def test_every_question_fits_and_what_is_above_it_can_be_read(flow: Flow, size: Size, marks: pages.Marks) -> None:
    views = list(questions(flow, marks))
    assert len(views) > 50
    for view in views:
        fits(view, size)
        lines = drawn(view, size)
        page = [line.plain for line in view.page(size.width)]
        above = lines[: next(number for number, line in enumerate(lines) if line.startswith("? "))]
        if above != page:
            assert f"{marks.up} {len(page) - len(above) + 1} more lines, Ctrl-O shows all" in above[0]
            assert above[1:] == page[len(page) - len(above) + 1 :]
        assert "Ctrl-R rest as recommended" in " ".join(lines)
        reply = view.press("c-o", view.text) if isinstance(view, Entry) else view.press("c-o", size)
        assert isinstance(reply, Reply)
        assert (reply.move, reply.view) == (Move.READ, view)


@SIZES
def test_every_choice_of_a_question_comes_into_sight(flow: Flow, size: Size) -> None:
    for view in questions(flow):
        if isinstance(view, Menu):
            lines = "\n".join(seen(view, size))
            assert [row.label for row in view.listing.rows if row.label not in lines] == []


@pytest.mark.parametrize("height", range(8, 40))
def test_rows_out_of_sight_are_counted(height: int) -> None:
    rows = [Row(number, f"row {number}.", "text " * 30, "planned" if number % 3 else "") for number in range(20)]
    for key in ("home", "end", "pagedown", "pageup", "up"):
        view = pressed(Menu(lambda _: [], "Which?", Listing.of(rows), UNICODE, Keys()), SMALL, "pagedown")
        view = pressed(view, Size(80, height), key)
        lines = drawn(view, Size(80, height))
        shown = sum(any(f"row {row.value}." in line for line in lines) for row in rows)
        counted = [int(line.split()[1]) for line in lines if line.endswith(" more")]
        whole = len(drawn(view, Size(80, 200)))
        if whole > height:
            assert counted, lines
        assert shown + sum(counted) >= len(rows), lines


@SIZES
def test_the_last_page_fits_and_every_line_of_it_comes_into_sight(flow: Flow, size: Size) -> None:
    view = prompts.last_page(flow, FILES, {"team"}, UNICODE)
    fits(view, size)
    first = drawn(view, size)
    page = [line.plain for line in view.page(size.width)]
    shown = next(number for number, line in enumerate(first) if line.startswith("? ")) - 1
    assert first[:shown] == page[:shown]
    assert first[shown] == f" ↓ {len(page) - shown} more lines, PgDn"
    assert set(page) <= seen(view, size)
    end = drawn(pressed(view, size, *["pagedown"] * 40), size)
    assert "more lines, PgUp" in end[0]
    assert not any("PgDn" in line for line in end)


def test_the_last_page_offers_everything_and_does_not_start_at_creating(flow: Flow) -> None:
    view = prompts.last_page(flow, FILES, (), UNICODE)
    rows = [row.value for row in view.listing.rows]
    assert rows == [Next.FILES, Next.CREATE, Next.CHANGE, Next.PLANNED, Next.LEAVE]
    for keys, picked in (((), Next.FILES), (("down",), Next.CREATE)):
        reply = pressed(view, SMALL, *keys).press("c-m", SMALL)
        assert isinstance(reply, Reply)
        assert reply.value is picked


@SIZES
def test_the_list_of_answers_fits_and_comes_into_sight(flow: Flow, size: Size) -> None:
    view = prompts.which(flow, UNICODE)
    fits(view, size)
    lines = "\n".join(seen(view, size))
    for row in view.listing.rows:
        assert row.label in lines
    assert any("more" in line for line in drawn(view, SMALL))


@SIZES
def test_every_file_and_everything_planned_can_be_read(flow: Flow, size: Size) -> None:
    def tree(width: int) -> list[Text]:
        return pages.tree_lines("p", FILES, None, UNICODE, width)

    for page in (tree, lambda width: pages.planned(flow, width)):
        view = Reading("Title", page, UNICODE)
        fits(view, size)
        assert {line.plain for line in page(size.width)} <= seen(view, size)
    lines = "\n".join(line.plain for line in tree(80))
    assert all(Path(name).name in lines for name in FILES)
    planned = " ".join(" ".join(line.plain for line in pages.planned(flow, 80)).split())
    for state in flow.states:
        assert all(choice.label in planned for choice in state.planned)


def test_what_is_settled_says_how_many_choices_are_planned(flow: Flow) -> None:
    lines = [line.plain for line in pages.transcript(flow, None, UNICODE, 100)]
    assert any("GitOps" in line and "(the only choice so far; 2 planned)" in line for line in lines)


def listing(*labels: str, planned: Sequence[str] = ()) -> Listing:
    """Return a list of rows, some of which cannot be taken."""
    return Listing.of([Row(label, label, refusal="planned" if label in planned else "") for label in labels])


def test_a_filter_points_at_what_can_be_taken_and_goes_away_character_by_character() -> None:
    fruit = listing("apple", "apricot", "banana", "cherry", "fig", "grape", "lemon", "peach", planned=["apple"])
    assert fruit.filterable
    assert fruit.typed("ap").picked == Row("apricot", "apricot")
    assert fruit.typed("ap").counted == "3 of 8"
    assert fruit.typed("apple").picked is None
    assert fruit.typed("apple").moved(1).picked is None
    assert fruit.typed("FIG").picked == Row("fig", "fig")
    assert fruit.typed("figs").erased().counted == "1 of 8"
    assert fruit.typed("figs").unfiltered().counted == "8 of 8"
    assert not listing("a", "b").filterable


def test_a_heading_stays_with_the_rows_that_a_filter_leaves() -> None:
    rows = Listing.of([Row(None, "One", heading=True), Row(1, "a"), Row(None, "Two", heading=True), Row(2, "b")])
    assert [rows.rows[index].label for index in rows.typed("b").matching] == ["Two", "b"]


def test_the_pointer_skips_what_cannot_be_taken_and_comes_round() -> None:
    rows = listing("a", "b", "c", planned=["b"])
    assert rows.moved(1).pointed == 2
    assert rows.moved(1).moved(1).pointed == 0
    assert rows.moved(-1).pointed == 2
    assert listing("a", "b", "c", planned=["a", "c"]).to_end(last=True).pointed == 1


def test_enter_does_not_take_a_row_out_of_sight() -> None:
    rows = listing("a", *map(str, range(60)), planned=[str(number) for number in range(60)])
    view = Menu(lambda _: [], "Which?", rows, UNICODE, Keys())
    away = pressed(view, SMALL, "pagedown")
    assert not any("» " in line for line in drawn(away, SMALL))
    back = pressed(away, SMALL, "c-m")
    assert any("»   a" in line for line in drawn(back, SMALL))
    assert isinstance(back.press("c-m", SMALL), Reply)


def test_a_filter_leaves_the_question_where_it_is(flow: Flow) -> None:
    view = prompts.question(give(flow, cloud="aws"), "orchestrator", UNICODE, "", "back")
    assert isinstance(view, Menu)
    rows = [drawn(pressed(view, SMALL, *typed), SMALL).index(f"? {view.question}") for typed in ("", "air", "zzz")]
    assert len(set(rows)) == 1


def test_the_help_line_breaks_between_keys() -> None:
    assert joined(["a b", "c d", "e f"], " · ", 10) == [" a b · c d", " e f"]


def test_an_emptied_number_is_the_recommended_one_and_an_emptied_name_is_not(flow: Flow) -> None:
    budget = prompts.question(give(flow, team="large"), "monthly_budget", UNICODE, "", "back")
    author = prompts.question(flow, "author", UNICODE, "", "back")
    assert isinstance(budget, Entry)
    assert isinstance(author, Entry)
    assert budget.empty == "20,000 (recommended)"
    answers = [view.press("c-m", " " if view is budget else "") for view in (budget, author)]
    assert [answer.value if isinstance(answer, Reply) else None for answer in answers] == [20000, ""]
    assert isinstance(refused := budget.press("c-m", "many"), Entry)
    assert "a whole number is expected" in "\n".join(drawn(refused, SMALL))


def converse(flow: Flow) -> tuple[Conversation, Callable[[object], Step]]:
    """Begin a conversation; returns it, and what answers its steps."""
    conversation = Conversation(flow, lambda _: FILES, UNICODE)
    return conversation, conversation.steps().send


def last(send: Callable[[object], Step]) -> Menu:
    """Go to the last page by taking every recommendation."""
    work = send(rest(send(None)))
    assert isinstance(work, Work)
    page = send(work.run())
    assert isinstance(page, Menu)
    return page


def rest(view: Step) -> object:
    """What taking the rest as recommended answers."""
    assert isinstance(view, Menu)
    return view.press("c-r", SMALL)


def test_the_rest_as_recommended_keeps_what_was_answered_before(flow: Flow) -> None:
    conversation, send = converse(give(flow, tracker="wandb"))
    page = last(send)
    with pytest.raises(StopIteration):
        send(pressed(page, SMALL, "down").press("c-m", SMALL))
    assert conversation.answers is not None
    assert conversation.answers["tracker"] == "wandb"


def test_reading_leads_back_to_where_the_last_page_was_left(flow: Flow) -> None:
    _, send = converse(flow)
    left = pressed(last(send), SMALL, "pagedown", "down", "down", "down")
    reading = send(left.press("c-m", SMALL))
    assert isinstance(reading, Reading)
    assert send(reading.press("escape", SMALL)) == left
