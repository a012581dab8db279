"""Why a backup was not made, is not sound, or is not put back."""


class BackupError(Exception):
    """The text is one line for the operator, translated."""
