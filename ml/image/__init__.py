"""Reading photos: the header first, pixels only when asked for, scaled in the decoder."""

import cv2

from ml.image.header import Header
from ml.image.picture import MAX_PIXELS, Image, Picture

__all__ = ["MAX_PIXELS", "Header", "Image", "Picture"]

# Workers are processes beside each other: a resize that takes every core only slows the others.
cv2.setNumThreads(1)
