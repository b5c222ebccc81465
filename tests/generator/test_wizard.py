"""The wizard in a real terminal: what a person sees on the screen, and what the keys do."""

import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pexpect
import pyte
import pytest
import yaml
from conftest import IDENTITY, git
from pyte.screens import Char
from test_wizard_flow import MORE, offer

from mlops_new.questionnaire import Questionnaire
from mlops_new.wizard import pages
from mlops_new.wizard.flow import Flow

pytestmark = pytest.mark.posix

ENTER, ESCAPE, DOWN, UP, LEFT, CTRL_B, CTRL_C = "\r", "\x1b", "\x1b[B", "\x1b[A", "\x1b[D", "\x02", "\x03"
HOME, END, PAGE_UP, PAGE_DOWN, REST, READ, ERASE = "\x1b[H", "\x1b[F", "\x1b[5~", "\x1b[6~", "\x12", "\x0f", "\x7f"
TIMEOUT = 60
SETTLED = 0.05
"""Seconds without output after which a screen is drawn to its end, not only to the line that a test waits for."""

COLUMNS, ROWS = 80, 150
NAME = "wizard-project"
LAST = "What next?"

ENVIRONMENT = {
    **IDENTITY,
    "TERM": "xterm",
    "NO_COLOR": "1",
    "PROMPT_TOOLKIT_NO_CPR": "1",
    "COLUMNS": "33",
    "LINES": "7",
}
"""What the terminal can do. It answers no questions; the size that a shell once exported is not its size any more."""

ALONE = """
import sys, time
from pathlib import Path
from mlops_new.errors import UserError
from mlops_new.questionnaire import Questionnaire
from mlops_new.wizard import run

class Garbage:
    def __del__(self):  # Python reports what is raised here, such as an interrupt, and forgets it
        while Path("wait").exists():
            time.sleep(0.02)

def plan(answers):
    Garbage()
    if Path("fail").exists():
        raise UserError("git was stopped")
    return ["README.md", *(f"src/package/step_{number}.py" for number in range(60))]

name = "wizard-project"
print("RESULT", run(Questionnaire(Path(sys.argv[1]), Path(name)), {"project_name": name}, plan))
"""
"""The wizard without the rest of the program, so that nothing is rendered: over any catalogue, and faster."""


def hear_ctrl_c() -> None:
    """As below a person's shell; a shell that runs the tests in the background has them ignore Ctrl-C."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


class Screen(pyte.Screen):
    """A screen with a second one, which full-screen programs use and leave as they found the first."""

    SECOND = 1049
    first: dict[int, dict[int, Char]] | None = None

    def set_mode(self, *modes: int, **how: bool) -> None:
        """Keep what stands on the first screen."""
        if self.SECOND in modes:
            self.first = {row: dict(line) for row, line in self.buffer.items()}
            self.erase_in_display(2)
        super().set_mode(*modes, **how)

    def reset_mode(self, *modes: int, **how: bool) -> None:
        """Bring the first screen back."""
        if self.SECOND in modes and self.first is not None:
            self.erase_in_display(2)
            for row, line in self.first.items():
                self.buffer[row].update(line)
            self.first = None
            self.cursor_position(1, 1)
        super().reset_mode(*modes, **how)


class Terminal:
    """A program in a terminal; `screen` is what a person would see."""

    def __init__(
        self,
        folder: Path,
        arguments: list[str],
        environment: dict[str, str],
        size: tuple[int, int] = (COLUMNS, ROWS),
    ) -> None:
        """Start Python in a folder."""
        columns, rows = size
        self.screen = Screen(columns, rows)
        self._stream = pyte.Stream(self.screen)
        self.process = pexpect.spawn(
            sys.executable,
            arguments,
            cwd=str(folder),
            encoding="utf-8",
            dimensions=(rows, columns),
            timeout=TIMEOUT,
            preexec_fn=hear_ctrl_c,
            env={**os.environ, **ENVIRONMENT, **environment},
        )

    def text(self) -> str:
        """What is on the screen."""
        return "\n".join(line.rstrip() for line in self.screen.display)

    def flat(self) -> str:
        """What is on the screen, without its line breaks and columns."""
        return " ".join(self.text().split())

    def wait_for(self, *texts: str) -> None:
        """Read until one of these texts stands on the screen, wherever its lines break, and the screen is drawn."""
        with suppress(pexpect.EOF):
            self.wait_until(lambda: any(text in self.flat() for text in texts))
            while self.read(SETTLED):
                pass
        assert any(text in self.flat() for text in texts), f"{texts} never came:\n{self.text()}"

    def wait_until(self, holds: Callable[[], bool]) -> None:
        """Read until something holds of the screen."""
        deadline = time.monotonic() + TIMEOUT
        while not holds():
            assert time.monotonic() < deadline, f"it never came:\n{self.text()}"
            self.read(0.2)

    def read(self, timeout: float) -> bool:
        """Show what the program writes; returns whether it wrote anything in that time, in seconds."""
        try:
            self._stream.feed(self.process.read_nonblocking(65536, timeout=timeout))
        except pexpect.TIMEOUT:
            return False
        return True

    def press(self, *keys: str) -> None:
        """Press keys."""
        for key in keys:
            self.process.send(key)

    def answer(self, prompt: str, *keys: str) -> None:
        """Wait for a prompt, press keys, and Enter."""
        self.wait_for(f"? {prompt}")
        self.press(*keys, ENTER)

    def resize(self, columns: int, rows: int) -> None:
        """Make the window larger or smaller."""
        self.screen.resize(rows, columns)
        self.process.setwinsize(rows, columns)

    def end(self) -> int:
        """Wait for the end; returns the exit code."""
        self.process.expect(pexpect.EOF)
        self._stream.feed(self.process.before or "")
        self.process.close()
        assert self.process.exitstatus is not None
        return int(self.process.exitstatus)


Start = Callable[..., Terminal]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Starts the wizard in an empty folder: that of `mlops-new`, or one alone over the catalogue in a folder."""
    started: list[Terminal] = []

    def begin(catalogue: Path | None = None, size: tuple[int, int] = (COLUMNS, ROWS), **environment: str) -> Terminal:
        folder = tmp_path / "here"
        folder.mkdir()
        arguments = ["-c", ALONE, str(catalogue)] if catalogue else ["-m", "mlops_new", NAME]
        started.append(Terminal(folder, arguments, environment, size))
        return started[-1]

    yield begin
    for terminal in started:
        terminal.process.close(force=True)


@pytest.fixture
def flow(questionnaire: Questionnaire) -> Flow:
    """The state after every recommendation is taken."""
    return Flow(questionnaire, {"project_name": NAME}, frozenset({"project_name"}))


@pytest.fixture
def prompts(flow: Flow) -> list[str]:
    """What is asked if every recommendation is taken, in order."""
    return [state.question.help for state in flow.states if state.asked]


def upto(prompts: list[str], prompt: str) -> list[str]:
    """The prompts before one."""
    return prompts[: prompts.index(prompt)]


def written(folder: Path) -> dict[str, object]:
    """What was answered, as the project records it."""
    recorded: dict[str, object] = yaml.safe_load((folder / NAME / ".copier-answers.yml").read_text())
    return recorded


def test_forward_through_everything_with_enter(start: Start, flow: Flow, prompts: list[str], tmp_path: Path) -> None:
    terminal = start()
    for prompt in prompts[:-1]:
        terminal.answer(prompt)
    terminal.wait_for(f"? {prompts[-1]}")
    for line in pages.transcript(flow, flow.before(None), pages.UNICODE, COLUMNS):
        assert line.plain.rstrip() in terminal.text()
    assert "Requirements 2/7" in terminal.flat()
    assert "Infrastructure as code None (the only choice left) - Terraform a laptop has no" in terminal.flat()
    terminal.press(ENTER)
    terminal.wait_for(f"? {LAST}")
    page = terminal.text()
    assert "Your answers" in page
    assert "What will be written" in page
    assert "├── docs/" in page
    assert page.strip().startswith("Your answers"), "something of the page before is left"
    assert list((tmp_path / "here").iterdir()) == []
    terminal.press(DOWN, ENTER)
    terminal.wait_for("Make it a Git repository, on the branch main?")
    assert "files written to" in terminal.flat()
    assert "Your answers" in terminal.text(), "the last page is gone from the terminal"
    assert terminal.screen.first is None, "the terminal still shows its second screen"
    terminal.press(ENTER)
    terminal.wait_for("Install what it needs (`make setup`)?")
    terminal.press(ENTER)
    assert terminal.end() == 0
    assert "git commit" not in terminal.flat()
    assert "make setup test train serve" in terminal.flat()
    project = tmp_path / "here" / NAME
    assert git(project, "branch", "--show-current").strip() == "main"
    assert git(project, "status", "--porcelain") == ""
    assert written(tmp_path / "here")["orchestrator"] == "none"


def test_back_and_the_later_recommendations_follow(start: Start, prompts: list[str], plain_template: Path) -> None:
    engine = "Which engine runs the training pipeline?"
    team = "How many people will work on it?"
    terminal = start(plain_template)
    for prompt in upto(prompts, engine):
        terminal.answer(prompt)
    terminal.wait_for("» ★ None, in process")
    terminal.wait_for("★ recommended because of Team: 1 to 3, Retraining: Weekly")
    between = upto(prompts, engine)[prompts.index(team) :]
    for number, prompt in enumerate(reversed(between)):
        terminal.press([ESCAPE, LEFT, CTRL_B][number % 3] if "cost a month" not in before(prompts, prompt) else ESCAPE)
        terminal.wait_for(f"? {prompt}")
    assert "Cloud" not in terminal.text(), "the page still shows answers that were gone back over"
    terminal.answer(team, DOWN, DOWN)
    terminal.wait_for("✓ Team More than 10")
    for prompt in between[1:]:
        terminal.answer(prompt)
    terminal.wait_for("» ★ Apache Airflow")
    terminal.wait_for("★ recommended because of Team: More than 10")
    terminal.answer(engine, UP)
    terminal.wait_for("✓ Orchestrator Prefect")
    terminal.press(ESCAPE)
    terminal.wait_for("» Prefect")
    terminal.wait_for("★ Apache Airflow")


def before(prompts: list[str], prompt: str) -> str:
    """The prompt after one, from which Esc leads to it; in a text the left arrow moves the cursor instead."""
    following = prompts[prompts.index(prompt) + 1 :]
    return following[0] if following else ""


def test_disabled_choices_show_their_reason_and_cannot_be_taken(
    start: Start, prompts: list[str], plain_template: Path, tmp_path: Path
) -> None:
    offer(plain_template, tmp_path / "wider", MORE)
    terminal = start(tmp_path / "wider")
    engine = "Which engine runs the training pipeline?"
    asked = [*upto(prompts, "What may it cost a month, in US dollars? (0 sets no alarm)"), "Which regulations apply?"]
    for prompt in asked:
        terminal.answer(prompt)
    for prompt in upto(prompts, engine)[len(asked) - 1 :]:
        terminal.answer(prompt)
    terminal.wait_for(f"? {engine}")
    terminal.wait_for("- AWS Step Functions (Step Functions is an AWS service)")
    terminal.wait_for("- The CI provider (hosted CI runners keep nothing, so runs and models need")
    flow = Flow(Questionnaire(tmp_path / "wider", Path(NAME)), {"project_name": NAME})
    options = flow.options(flow.questionnaire.catalog.question("orchestrator"))
    *_, before, last = [option.choice.label for option in options if not option.refusal]
    terminal.press(UP)
    terminal.wait_for(f"» {last}")
    terminal.press(UP)
    terminal.wait_for(f"» {before}")
    terminal.press(DOWN, ENTER)
    terminal.wait_for(f"✓ Orchestrator {last}")
    terminal.wait_for("- ClearML (planned for a later release)")
    terminal.answer("Where are experiments tracked?", ESCAPE)


def test_the_last_page_changes_an_answer_and_what_follows_from_it(
    start: Start, prompts: list[str], tmp_path: Path
) -> None:
    terminal = start()
    for prompt in prompts:
        terminal.answer(prompt)
    terminal.answer(LAST, DOWN, DOWN)
    terminal.wait_for("? Which answer?")
    terminal.press(*[DOWN] * (1 + prompts.index("Where will it run?")))
    terminal.wait_for("» Cloud")
    terminal.press(ENTER)
    terminal.answer("Where will it run?", DOWN)
    terminal.answer("Which AWS region?")
    terminal.wait_for("Infrastructure as code can be chosen now.")
    terminal.press(ESCAPE)
    terminal.answer("Which AWS region?", *["\x7f"] * len("eu-central-1"), "eu-west-1")
    terminal.answer("How is the infrastructure described?")
    terminal.wait_for(f"? {LAST}")
    assert "AWS ← changed" in terminal.flat()
    assert "infra/" in terminal.text()
    terminal.press(DOWN, ENTER)
    for question in ("Make it a Git repository", "Install what it needs"):
        terminal.wait_for(question)
        terminal.press("n", ENTER)
    assert terminal.end() == 0
    answers = written(tmp_path / "here")
    assert (answers["cloud"], answers["aws_region"], answers["iac"]) == ("aws", "eu-west-1", "terraform")


def test_ctrl_c_at_a_question_leaves_nothing_behind(start: Start, prompts: list[str], tmp_path: Path) -> None:
    terminal = start()
    terminal.answer(prompts[0])
    terminal.wait_for(f"? {prompts[1]}")
    terminal.press(CTRL_C)
    left(terminal, tmp_path)


def test_ctrl_c_on_the_last_page_leaves_nothing_behind(start: Start, prompts: list[str], tmp_path: Path) -> None:
    terminal = start()
    for prompt in prompts:
        terminal.answer(prompt)
    terminal.wait_for(f"? {LAST}")
    terminal.press(CTRL_C)
    left(terminal, tmp_path)


def test_ctrl_c_while_the_files_are_worked_out_leaves_nothing_behind(
    start: Start, prompts: list[str], tmp_path: Path
) -> None:
    terminal = start()
    for prompt in prompts:
        terminal.answer(prompt)
    terminal.wait_for("Looking at what that will write", LAST)  # the latter where the machine is too slow to see it
    terminal.press(CTRL_C)
    left(terminal, tmp_path)


def test_ctrl_c_is_not_lost_where_python_is_clearing_up(
    start: Start, prompts: list[str], plain_template: Path, tmp_path: Path
) -> None:
    terminal = start(plain_template)
    (tmp_path / "here" / "wait").touch()
    for prompt in prompts:
        terminal.answer(prompt)
    terminal.wait_for("Looking at what that will write")
    terminal.press(CTRL_C)
    time.sleep(0.2)
    (tmp_path / "here" / "wait").unlink()
    terminal.wait_for("RESULT None")
    assert terminal.end() == 0
    assert "KeyboardInterrupt" not in terminal.text()


def test_an_interrupt_that_also_made_git_fail_is_no_error(start: Start, plain_template: Path, tmp_path: Path) -> None:
    terminal = start(plain_template)
    terminal.wait_for("? What kind of problem is it?")
    for name in ("wait", "fail"):
        (tmp_path / "here" / name).touch()
    terminal.press(REST)
    terminal.wait_for("Looking at what that will write")
    terminal.process.kill(signal.SIGINT)
    time.sleep(0.2)
    (tmp_path / "here" / "wait").unlink()
    terminal.wait_for("RESULT None")
    assert terminal.end() == 0
    assert "git was stopped" not in terminal.text()


def test_what_fails_while_the_files_are_worked_out_is_reported(
    start: Start, plain_template: Path, tmp_path: Path
) -> None:
    terminal = start(plain_template)
    terminal.wait_for("? What kind of problem is it?")
    (tmp_path / "here" / "fail").touch()
    terminal.press(REST)
    terminal.wait_for("UserError: git was stopped")
    assert terminal.end() == 1
    assert terminal.screen.first is None, "the terminal still shows its second screen"


def test_an_interrupt_from_outside_leaves_nothing_behind(start: Start, prompts: list[str], tmp_path: Path) -> None:
    # This is also what Ctrl-C becomes when it is pressed in the moment before a menu listens to keys.
    terminal = start()
    terminal.wait_for(prompts[0])
    terminal.process.kill(signal.SIGINT)
    left(terminal, tmp_path)


def left(terminal: Terminal, tmp_path: Path) -> None:
    """The program ended in good order and wrote nothing."""
    assert terminal.end() == 1
    assert "Nothing was written." in terminal.flat()
    assert "Traceback" not in terminal.text()
    assert "error" not in terminal.text()
    assert list((tmp_path / "here").iterdir()) == []


def test_leaving_and_going_back_from_the_last_page(start: Start, prompts: list[str], plain_template: Path) -> None:
    terminal = start(plain_template)
    for prompt in prompts:
        terminal.answer(prompt)
    terminal.wait_for(f"? {LAST}")
    terminal.press(ESCAPE)
    terminal.answer(prompts[-1], DOWN)
    terminal.wait_for("Approval Yes")
    terminal.answer(LAST, UP)
    terminal.wait_for("RESULT None")
    assert terminal.end() == 0


def test_keys_pressed_before_the_last_page_came_do_not_agree_to_it(
    start: Start, prompts: list[str], plain_template: Path, tmp_path: Path
) -> None:
    terminal = start(plain_template)
    gate = tmp_path / "here" / "wait"
    gate.touch()
    for prompt in prompts:
        terminal.answer(prompt)
    terminal.wait_for("Looking at what that will write")
    terminal.press(ENTER, ENTER, ENTER)
    gate.unlink()
    terminal.wait_for(f"? {LAST}")
    terminal.answer(LAST, DOWN, DOWN)
    terminal.wait_for("? Which answer?")
    assert "RESULT" not in terminal.text()


def test_enter_held_down_creates_nothing(start: Start, plain_template: Path) -> None:
    terminal = start(plain_template)
    terminal.wait_for("? What kind of problem is it?")
    for _ in range(60):
        terminal.press(ENTER)
        time.sleep(0.03)
    terminal.press(REST)  # if a slow machine has not come to the last page yet
    terminal.wait_for(f"? {LAST}", "What will be written: 61 files")
    for _ in range(21):
        terminal.press(ENTER)
        time.sleep(0.03)
    terminal.wait_for(f"? {LAST}", "What will be written: 61 files")
    assert terminal.process.isalive()
    assert "RESULT" not in terminal.text()


def test_wrong_text_is_refused_at_once(start: Start, prompts: list[str], plain_template: Path) -> None:
    terminal = start(plain_template)
    budget = "What may it cost a month, in US dollars? (0 sets no alarm)"
    for prompt in upto(prompts, budget):
        terminal.answer(prompt)
    terminal.answer(budget, "x")
    terminal.wait_for("a whole number is expected")
    terminal.press("\x7f", "0" * 8, ENTER)
    terminal.wait_for("the monthly budget is between 0 and 100000000 US dollars")
    terminal.press(*["\x7f"] * 8, "5", ENTER)
    terminal.wait_for("✓ Monthly budget 2,005")


def test_several_answers_are_ticked(start: Start, prompts: list[str], plain_template: Path) -> None:
    terminal = start(plain_template)
    for prompt in upto(prompts, "Which engine runs the training pipeline?"):
        terminal.answer(prompt)
    terminal.answer("Which engine runs the training pipeline?", DOWN)
    for prompt in prompts[prompts.index("Which engine runs the training pipeline?") + 1 : -1]:
        terminal.answer(prompt)
    terminal.wait_for("? What starts a retraining?")
    terminal.wait_for("» ● ★ By hand")
    terminal.press(" ", DOWN, " ", ENTER)
    terminal.wait_for("at least one trigger is needed")
    terminal.press(" ", ENTER)
    terminal.wait_for("✓ Triggers On a schedule")


def test_windows_of_any_size_and_their_change(start: Start, prompts: list[str], plain_template: Path) -> None:
    terminal = start(plain_template)
    sizes = [(60, 20), (20, 6), (100, 40), (5, 2), (30, 10), (80, 24)]
    for number, prompt in enumerate(prompts[:6]):
        if number < 4:  # smaller ones than a prompt needs are tried below
            terminal.resize(120, 40)
            terminal.answer(prompt)
            terminal.wait_for(f"? {prompts[number + 1]}")
        terminal.resize(*sizes[number])
    for size in sizes:
        terminal.resize(*size)
    terminal.resize(COLUMNS, ROWS)
    for prompt in prompts[4:]:
        terminal.answer(prompt)
    terminal.wait_for(f"? {LAST}")
    for size in sizes:
        terminal.resize(*size)
    terminal.resize(COLUMNS, ROWS)
    terminal.answer(LAST, UP)
    terminal.wait_for("RESULT None")
    assert "Traceback" not in terminal.text()


def test_a_terminal_that_cannot_show_menus_gets_advice(start: Start) -> None:
    terminal = start(TERM="dumb")
    assert terminal.end() == 2
    assert "FILE or --set NAME=VALUE, or set TERM" in terminal.flat()


def test_a_terminal_without_unicode_gets_plain_signs(start: Start, prompts: list[str], plain_template: Path) -> None:
    terminal = start(plain_template, PYTHONIOENCODING="ascii")
    terminal.wait_for("> * Classification")
    for prompt in prompts:
        terminal.answer(prompt)
    terminal.wait_for("`-- README.md")
    assert terminal.text().isascii()


BUDGET = "What may it cost a month, in US dollars? (0 sets no alarm)"
ENGINE = "Which engine runs the training pipeline?"
SMALL, LARGE = (80, 24), (100, 30)


def reach(terminal: Terminal, prompts: list[str], prompt: str) -> None:
    """Answer everything before a question."""
    for earlier in upto(prompts, prompt):
        terminal.answer(earlier)
    terminal.wait_for(f"? {prompt}")


@pytest.mark.parametrize("size", [SMALL, LARGE])
def test_a_whole_run_in_a_window_of_the_usual_size(
    start: Start, prompts: list[str], plain_template: Path, size: tuple[int, int]
) -> None:
    terminal = start(plain_template, size)
    for prompt in prompts:
        terminal.wait_for(f"? {prompt}")
        terminal.wait_for("Ctrl-C leaves")
        assert "Ctrl-R rest as recommended" in terminal.flat()
        hidden = "mlops-new: a new project" not in terminal.text()
        assert hidden == ("more lines, Ctrl-O shows all" in terminal.text())
        terminal.press(ENTER)
    terminal.wait_for(f"? {LAST}")
    for label in ("Show every file", "Create the project", "Change an answer", "Show what is planned", "Leave"):
        assert label in terminal.text()
    seen = terminal.text()
    while "PgDn" in terminal.text():
        before = terminal.text()
        terminal.press(PAGE_DOWN)
        terminal.wait_until(lambda before=before: terminal.text() != before)  # type: ignore[misc]
        seen += terminal.text()
    assert "Problem" in seen
    assert "Multi-region" in seen
    terminal.press(UP, ENTER)
    terminal.wait_for("RESULT None")


def test_a_window_that_is_resized_is_laid_out_anew(start: Start, prompts: list[str], plain_template: Path) -> None:
    terminal = start(plain_template, SMALL)

    def resized(shows: str) -> None:
        """The same screen comes back, with as much more or less on it."""
        small = terminal.text()
        terminal.resize(*LARGE)
        terminal.wait_until(lambda: shows in terminal.text())
        assert terminal.text().count("?") == small.count("?"), "a question stands there twice"
        terminal.resize(*SMALL)
        terminal.wait_until(lambda: terminal.text() == small)

    reach(terminal, prompts, ENGINE)
    terminal.wait_for("★ recommended because of Team")
    resized("(hosted CI runners keep nothing, so runs and models need the storage of a")
    terminal.press(ESCAPE)
    terminal.wait_for("? Where will it run?")
    terminal.press(ESCAPE)
    terminal.wait_for(f"? {BUDGET}")
    resized("mlops-new: a new project")
    terminal.press(REST)
    terminal.wait_for(f"? {LAST}")
    terminal.wait_for("Leave nothing is written")
    assert "Framework" not in terminal.text()
    resized("Orchestrator")
    terminal.press(ENTER)
    terminal.wait_for("What will be written: 61 files")
    resized("step_28.py")


def test_a_long_list_is_filtered_by_typing(start: Start, prompts: list[str], plain_template: Path) -> None:
    terminal = start(plain_template, SMALL)
    reach(terminal, prompts, ENGINE)
    terminal.wait_for("type to filter")
    terminal.press("prefecx")
    terminal.wait_for("/ prefecx 0 of 11")
    terminal.press(ENTER)
    terminal.wait_for("none of these can be taken")
    terminal.press(ERASE)
    terminal.wait_for("/ prefec 1 of 11")
    terminal.wait_for("» Prefect")
    terminal.press(ESCAPE)
    terminal.wait_for("- SageMaker Pipelines")
    terminal.press(*"dagster", ENTER)
    terminal.wait_for("✓ Orchestrator Dagster")
    terminal.press(REST)
    terminal.answer(LAST, DOWN, DOWN)
    terminal.wait_for("? Which answer?")
    terminal.press("budget")
    terminal.wait_for("/ budget 1 of")
    terminal.press(ENTER)
    terminal.wait_for(f"? {BUDGET}")


def test_home_and_end_go_to_the_ends_of_a_list(start: Start, prompts: list[str], plain_template: Path) -> None:
    terminal = start(plain_template, SMALL)
    reach(terminal, prompts, ENGINE)
    terminal.press(END)
    terminal.wait_for("» Dagster")
    terminal.press(HOME)
    terminal.wait_for("» ★ None, in process")
    terminal.press(REST)
    terminal.answer(LAST, DOWN, DOWN)
    terminal.wait_for("? Which answer?")
    terminal.press(END)
    terminal.wait_for("» Approval")
    terminal.press(HOME)
    terminal.wait_for("» Project name")
    assert "Approval" not in terminal.text()
    terminal.press(PAGE_DOWN)
    terminal.wait_for("Approval")
    assert "↑ 11 more" in terminal.text()
    assert "» Cloud" in terminal.flat()


def test_the_rest_is_taken_as_recommended(start: Start, prompts: list[str], plain_template: Path) -> None:
    team = "How many people will work on it?"
    terminal = start(plain_template)
    reach(terminal, prompts, BUDGET)
    terminal.press("x", REST)
    terminal.wait_for("a whole number is expected")
    for earlier in reversed(prompts[prompts.index(team) : prompts.index(BUDGET)]):
        terminal.press(ESCAPE)
        terminal.wait_for(f"? {earlier}")
    terminal.press(DOWN, DOWN, REST)
    terminal.wait_for(f"? {LAST}")
    assert "More than 10" in terminal.text(), "what was pointed at is not taken"
    assert "Apache Airflow" in terminal.text(), "the rest does not follow"


def test_an_emptied_number_is_the_recommended_one(start: Start, prompts: list[str], plain_template: Path) -> None:
    terminal = start(plain_template)
    reach(terminal, prompts, "How many people will work on it?")
    terminal.press(DOWN, DOWN, ENTER)
    for prompt in upto(prompts, BUDGET)[prompts.index("How many people will work on it?") + 1 :]:
        terminal.answer(prompt)
    terminal.wait_for(f"? {BUDGET}")
    terminal.press(*[ERASE] * len("20000"))
    terminal.wait_for("20,000 (recommended)")
    terminal.press(ENTER)
    terminal.wait_for("✓ Monthly budget 20,000")


def test_what_stands_above_and_what_is_planned_can_be_read(
    start: Start, prompts: list[str], plain_template: Path
) -> None:
    terminal = start(plain_template, SMALL)
    reach(terminal, prompts, BUDGET)
    terminal.press("7", READ)
    terminal.wait_for("Your answers so far")
    terminal.wait_for("Compliance none (the only choice so far; 3 planned)")
    terminal.press(ENTER)
    terminal.wait_for("2007", "7200", "2,007")
    terminal.press(REST)
    terminal.answer(LAST, UP, UP)
    terminal.wait_for("Planned for later releases")
    terminal.wait_for("GDPR, HIPAA, SOC 2")
    terminal.press(END)
    terminal.wait_for("Multi-region")
    terminal.press(ESCAPE)
    terminal.wait_for("» Show what is planned")


def test_nothing_of_the_wizard_is_left_but_the_record(start: Start, prompts: list[str], plain_template: Path) -> None:
    terminal = start(plain_template, SMALL)
    reach(terminal, prompts, BUDGET)
    terminal.press(CTRL_C)
    terminal.wait_for("RESULT None")
    assert terminal.end() == 0
    assert "✓ Volume" in terminal.text()
    assert "Ctrl-C leaves" not in terminal.text()
    assert "\x1b" not in terminal.text()
    assert terminal.screen.first is None
