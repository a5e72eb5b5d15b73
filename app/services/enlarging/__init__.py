"""Enlarging: a photo made larger in the background, compared with bicubic, fetched, expired."""
