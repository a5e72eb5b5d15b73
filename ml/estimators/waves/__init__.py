"""Waves by their fringes: rows and columns that slid as a whole, each by a part of a pixel."""
