"""The order of what is asked and shown, as a generator: views and work come out, what the user did goes in."""

from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from rich.text import Text

from ..catalog import Value
from . import pages, prompts
from .flow import Flow
from .pages import Marks
from .prompts import Next
from .views import Layout, Move, Page, Reading, Reply, Size, View, tail

Plan = Callable[[Mapping[str, Value]], Sequence[str]]


@dataclass(frozen=True)
class Work:
    """What takes a moment, under a page; the keys pressed meanwhile count for nothing."""

    page: Page
    message: str
    marks: Marks
    run: Callable[[], object]

    def lines(self, size: Size) -> Layout:
        """Return the screen for a size."""
        page = tail(self.page(size.width), size.height - 2, self.marks, Text())
        return Layout([*page, Text(), Text(f" {self.message}", pages.QUIET)])


Step = View | Work
Steps = Generator[Step, object, None]
"""What comes out and goes in: a reply to a view, the result of work."""


class Conversation:
    """One run of the wizard.

    `answers` is what came of it: all answers, or None as long as the user did not agree to them. `page` is what stands
    above the prompt, for the record that stays in the terminal.
    """

    def __init__(self, flow: Flow, plan: Plan, marks: Marks) -> None:
        """Begin.

        Args:
            flow: where the wizard stands at first.
            plan: the files that answers would write.
            marks: signs to use.
        """
        self.answers: dict[str, Value] | None = None
        self.page: Page = lambda _: ()
        self._flow = flow
        self._plan = plan
        self._marks = marks

    def steps(self) -> Steps:
        """Ask everything, show everything, and end when the user agrees or leaves."""
        yield from self._interview(self._flow.after(None))
        changed: frozenset[str] = frozenset()
        while True:
            answers = self._flow.answers()
            files = yield Work(
                self.page, "Looking at what that will write ...", self._marks, partial(self._plan, answers)
            )
            if not isinstance(files, Sequence):
                raise TypeError(f"the plan of the files is {type(files).__name__}")
            move = yield from self._last_page(files, changed)
            if move is Next.CREATE:
                self.answers = answers
                return
            if move is Next.LEAVE:
                return
            if move is Next.CHANGE:
                yield from self._change()
            else:
                yield from self._interview(self._flow.before(None))
            changed = pages.differing(answers, self._flow.answers())

    def _last_page(self, files: Sequence[str], changed: frozenset[str]) -> Generator[Step, object, Next | Move]:
        marks, flow = self._marks, self._flow
        name = str(flow.answers()["project_name"])

        def every_file(width: int) -> list[Text]:
            return pages.tree_lines(name, files, None, marks, width)

        last = prompts.last_page(flow, files, changed, marks)
        self.page = last.page
        view: View = last
        while True:
            reply = yield from self._show(view)
            if reply.value is Next.FILES:
                yield Reading(f"What will be written: {len(files)} files", every_file, marks)
            elif reply.value is Next.PLANNED:
                yield Reading("Planned for later releases", lambda width: pages.planned(flow, width), marks)
            elif isinstance(reply.value, Next):
                return reply.value
            else:
                return Move.BACK
            view = reply.view

    def _interview(self, name: str | None) -> Steps:
        """Ask from one question on to the last."""
        while name is not None:
            earlier = self._flow.before(name)
            reply = yield from self._ask(name, back="back" if earlier else "")
            if reply.move is Move.BACK:
                name = earlier
                continue
            self._flow = self._flow.with_answer(name, _value(reply))
            name = self._flow.after(name) if reply.move is Move.TAKE else None
        flow = self._flow
        self.page = lambda width: pages.transcript(flow, None, self._marks, width)

    def _change(self) -> Steps:
        """Change one answer, and ask what that leaves open."""
        start = self._flow
        picked = yield from self._show(prompts.which(start, self._marks))
        if picked.move is Move.BACK:
            return
        name, note = str(picked.value), ""
        asked: list[tuple[Flow, str, str]] = []
        while True:
            reply = yield from self._ask(name, note, back="back")
            if reply.move is Move.BACK:
                if not asked:
                    return
                self._flow, name, note = asked.pop()
                continue
            asked.append((self._flow, name, note))
            self._flow = self._flow.with_answer(name, _value(reply))
            following = self._flow.reopened(start, {done for _, done, _ in asked})
            if following is None or reply.move is Move.REST:
                return
            name, note = following, pages.why_asked(self._flow, following)

    def _ask(self, name: str, note: str = "", *, back: str) -> Generator[Step, object, Reply]:
        view = prompts.question(self._flow, name, self._marks, note, back)
        self.page = view.page
        return (yield from self._show(view))

    def _show(self, view: View) -> Generator[Step, object, Reply]:
        """Show a view until it is answered; what stands above it can be read in between."""
        while True:
            reply = yield view
            if not isinstance(reply, Reply):
                raise TypeError(f"a view was answered with {type(reply).__name__}")
            if reply.move is not Move.READ:
                return reply
            view = reply.view
            yield Reading("Your answers so far", self.page, self._marks)


def _value(reply: Reply) -> Value:
    """Return the answer of a reply to a question.

    Raises:
        TypeError: it is none.
    """
    if isinstance(reply.value, list):
        return [str(item) for item in reply.value]
    if isinstance(reply.value, str | int | bool):
        return reply.value
    raise TypeError(f"a question was answered with {type(reply.value).__name__}")
