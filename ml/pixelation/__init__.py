"""Recognising pixelation: where a photo is a mosaic, and of which blocks."""
