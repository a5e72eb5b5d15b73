"""What the analysis raises; every message is written for the person who dropped the file."""


class MLError(Exception):
    """Base of every error that the analysis raises on purpose."""


class ImageError(MLError):
    """A file is no photo that can be read; the message says why and what to do, without the file's
    name.
    """


class WeightsError(MLError):
    """The weights of a network are missing, damaged or cannot be run here."""


class EstimationError(MLError):
    """A network or an estimator could not come to a result on a readable photo."""
