"""The failures a scheduler can act on, each with its exit code. Any other exception is a bug: exit 1."""


class BasketryError(Exception):
    """A failure with one message that says what, where, what was found and what to do."""

    exit_code = 1


class SettingsError(BasketryError):
    """Settings or arguments are wrong; nothing was started."""

    exit_code = 2


class ContractError(BasketryError):
    """An input breaks its contract: wrong columns, wrong types, no rows."""

    exit_code = 3


class MissingInputError(BasketryError):
    """An input table, version or folder does not exist."""

    exit_code = 4


class GateError(BasketryError):
    """A quality gate failed; nothing was published."""

    exit_code = 5


class TrainingError(BasketryError):
    """Training failed: the loss is not finite, a worker was lost, or workers disagree."""

    exit_code = 6


class BusyError(BasketryError):
    """Another run holds the table."""

    exit_code = 7


NOT_WORTH_RETRYING = frozenset({2, 3, 4, 5})
