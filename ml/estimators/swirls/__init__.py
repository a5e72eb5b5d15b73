"""Swirls by their fringes, however steep.

A tile of a steep swirl holds no single frequency (see ml.estimators.lattice). So the detail of a
region is cut into blocks, and each is unbent by the swirl that is tried before it is looked at.
"""
