"""Errors that a user can act on: the message says what is wrong, where, and what to do next."""


class UserError(Exception):
    """Base of all errors that the command line prints without a traceback."""

    exit_code = 1


class InputError(UserError):
    """The user's input cannot be used; nothing was written."""

    exit_code = 2


class AnswersError(InputError):
    """Answers were refused."""

    def __init__(self, problems: tuple[str, ...]) -> None:
        """Collect all problems into one message.

        Args:
            problems: one sentence each.
        """
        self.problems = problems
        count = "One answer is" if len(problems) == 1 else f"{len(problems)} answers are"
        super().__init__("\n".join([f"{count} refused, nothing was written:", *(f"  - {item}" for item in problems)]))


class DestinationError(InputError):
    """The project cannot be written where it should go."""


class RenderError(UserError):
    """Writing the project failed half-way; what was written has been removed."""


class UpdateError(UserError):
    """A project cannot be updated as it is."""
