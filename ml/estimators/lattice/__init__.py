"""The pixel lattice that a photo had before it was warped, as interpolation leaves it.

An interpolated pixel is sharp where it falls on a pixel of the source and smooth between two of
them. So the strength of the finest detail goes up and down with the fraction of the source
coordinate (Popescu and Farid 2005, Gallagher 2005), once a source pixel: the fringes are a contour
map of the displacement, which no content of the photo imitates. A displacement and its opposite
leave the same fringes.
"""
