"""Reading photos: the header first, pixels only when asked for, scaled in the decoder."""

from ml.image.header import Header
from ml.image.picture import MAX_PIXELS, Image, Picture

__all__ = ["MAX_PIXELS", "Header", "Image", "Picture"]
