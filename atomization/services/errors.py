"""What services of this app refuse."""


class AtomizationError(Exception):
    """A file cannot become atoms; the message says which, why and what to do."""
