"""The wizard in a real terminal: what a person sees on the screen, and what the keys do."""

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pexpect
import pyte
import pytest
import yaml

ENTER, ESCAPE, DOWN, UP, CTRL_C, LEFT = "\r", "\x1b", "\x1b[B", "\x1b[A", "\x03", "\x1b[D"
TIMEOUT = 60
COLUMNS, ROWS = 100, 160


class Terminal:
    """A program in a terminal; `screen` is what a person would see, all lines of it."""

    def __init__(self, folder: Path, *arguments: str) -> None:
        """Start `mlops-new` in a folder."""
        self.screen = pyte.Screen(COLUMNS, ROWS)
        self._stream = pyte.Stream(self.screen)
        self.process = pexpect.spawn(
            sys.executable,
            ["-m", "mlops_new", *arguments],
            cwd=str(folder),
            encoding="utf-8",
            dimensions=(ROWS, COLUMNS),
            timeout=TIMEOUT,
            env={**os.environ, "TERM": "xterm", "NO_COLOR": "1", "PROMPT_TOOLKIT_NO_CPR": "1"},
        )

    def text(self) -> str:
        """What is on the screen."""
        return "\n".join(line.rstrip() for line in self.screen.display)

    def wait_for(self, text: str) -> None:
        """Read until a text stands on the screen."""
        import time

        deadline = time.monotonic() + TIMEOUT
        while text not in self.text():
            assert time.monotonic() < deadline, f"{text!r} never came:\n{self.text()}"
            try:
                self._stream.feed(self.process.read_nonblocking(4096, timeout=1))
            except pexpect.TIMEOUT:
                continue
            except pexpect.EOF:
                break
        assert text in self.text(), self.text()

    def press(self, *keys: str) -> None:
        """Press keys."""
        for key in keys:
            self.process.send(key)

    def enter_until(self, text: str) -> None:
        """Take the recommendation of question after question until a text stands on the screen."""
        for prompt in PROMPTS:
            if text in prompt:
                break
            self.wait_for(prompt)
            self.press(ENTER)
        self.wait_for(text)

    def end(self) -> int:
        """Wait for the end; returns the exit code."""
        self.process.expect(pexpect.EOF)
        self._stream.feed(self.process.before or "")
        self.process.close()
        return int(self.process.exitstatus or 0)


PROMPTS = [
    "What kind of problem is it?",
    "What does the model predict",
    "How many people will work on it?",
    "How often should the model be retrained?",
    "How fast must a prediction arrive?",
    "How many predictions a day?",
    "What may it cost a month",
    "Where will it run?",
    "Which engine runs the training pipeline?",
    "Where are experiments tracked?",
    "How are predictions served?",
    "How is the infrastructure described?",
    "Which CI provider builds and tests it?",
    "What watches it in production?",
    "What starts a retraining?",
    "Must a person approve a model before it serves?",
    "Create the project?",
]


@pytest.fixture
def terminal(tmp_path: Path) -> Iterator[Terminal]:
    """The wizard, just started for a project called wizard-project."""
    terminal = Terminal(tmp_path, "wizard-project")
    yield terminal
    terminal.process.close(force=True)


def answers(folder: Path) -> dict[str, object]:
    """What was written."""
    recorded: dict[str, object] = yaml.safe_load((folder / "wizard-project" / ".copier-answers.yml").read_text())
    return recorded


# A question with one answer left, here infrastructure on a laptop, is still shown, with the reasons for the others.
def test_forward_through_everything(terminal: Terminal, tmp_path: Path) -> None:
    terminal.enter_until("Create the project?")
    shown = terminal.text()
    for line in (
        "Requirements 2 of 7",
        "Cost 7 of 7",
        "Rollout: Rolling (the only choice offered so far)",
        "Your answers",
    ):
        assert line in shown
    assert "What will be written" in shown
    assert "├── docs/" in shown
    assert not (tmp_path / "wizard-project").exists()
    terminal.press(ENTER)
    assert terminal.end() == 0
    assert "Next:" in terminal.text()
    assert answers(tmp_path)["orchestrator"] == "none"


def test_back_and_the_later_recommendations_follow(terminal: Terminal, tmp_path: Path) -> None:
    terminal.enter_until("Which engine runs the training pipeline?")
    terminal.wait_for("» ★ None, in process")
    for prompt in reversed(PROMPTS[2:8]):
        terminal.press(ESCAPE)
        terminal.wait_for(prompt)
    terminal.press(DOWN, DOWN, ENTER)
    terminal.wait_for("Team: More than 10")
    for prompt in PROMPTS[3:8]:
        terminal.wait_for(prompt)
        terminal.press(ENTER)
    terminal.wait_for("» ★ Apache Airflow")
    terminal.press(ENTER)
    for prompt in PROMPTS[9:]:
        terminal.wait_for(prompt)
        terminal.press(ENTER)
    assert terminal.end() == 0
    assert (answers(tmp_path)["orchestrator"], answers(tmp_path)["approval"]) == ("airflow", True)


def test_a_disabled_choice_shows_its_reason_and_cannot_be_taken(terminal: Terminal) -> None:
    terminal.enter_until("How is the infrastructure described?")
    terminal.wait_for("Terraform (a laptop has no infrastructure to describe (rule iac-needs-infrastructure))")
    terminal.wait_for("Deployment Manager (Google ended Deployment Manager on 2026-03-31; choose terraform)")
    terminal.press(DOWN, DOWN, UP, DOWN, ENTER)
    terminal.wait_for("Infrastructure as code: None")


def test_the_last_screen_changes_an_answer_and_asks_again_what_no_longer_holds(
    terminal: Terminal, tmp_path: Path
) -> None:
    terminal.enter_until("Create the project?")
    terminal.press(DOWN, ENTER)
    terminal.wait_for("Which answer?")
    terminal.press(*[DOWN] * 8, ENTER)
    terminal.wait_for("Where will it run?")
    terminal.press(DOWN, ENTER)
    terminal.wait_for("Cloud: AWS")
    terminal.wait_for("eu-central-1")
    terminal.wait_for("Create the project?")
    terminal.press(ENTER)
    assert terminal.end() == 0
    assert (answers(tmp_path)["cloud"], answers(tmp_path)["iac"]) == ("aws", "terraform")


@pytest.mark.parametrize("where", ["Where will it run?", "What may it cost a month", "Create the project?"])
def test_ctrl_c_leaves_nothing_behind(terminal: Terminal, tmp_path: Path, where: str) -> None:
    terminal.enter_until(where)
    terminal.press(CTRL_C)
    assert terminal.end() == 1
    assert "Nothing was written." in terminal.text()
    assert "Traceback" not in terminal.text()
    assert list(tmp_path.iterdir()) == []


def test_wrong_text_is_told_at_once(terminal: Terminal) -> None:
    terminal.enter_until("What may it cost a month")
    terminal.press("x", ENTER)
    terminal.wait_for("a whole number is expected")
