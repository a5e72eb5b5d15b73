"""Stacks of faces that look alike: nearest neighbours, then label propagation, the largest first.

Neighbours are looked for in the lists of nearby pivots alone (an inverted file, Sivic & Zisserman,
2003), so that 100,000 faces take seconds; labels spread over the edges until each face agrees with
its neighbours (Raghavan et al., 2007; Biemann's Chinese whispers, 2006).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ml.people.whitening import unit

ALIKE = 0.5  # cosine of whitened faces from which two may be one person
_JOIN = 0.6  # cosine of two stacks' means from which they are one
_NEIGHBOURS = 24
_PIVOT_FACES = 400  # faces a pivot's list holds on average
_PROBES = 6
_ROUNDS = 12
_BLOCK = 2048

Vectors = NDArray[np.float32]
Labels = NDArray[np.int64]


@dataclass(frozen=True)
class Edges:
    """Pairs of faces that are alike, each in both directions: (E,) each."""

    start: Labels
    end: Labels
    weight: NDArray[np.float32]


def stacks(vectors: Vectors, alike: float = ALIKE, seed: int = 0) -> Labels:
    """Group whitened faces (N, D) of length 1; returns each one's stack (N,), 0 the largest.

    A face that resembles no other is a stack of its own.
    """
    if not len(vectors):
        return np.zeros(0, np.int64)
    edges = neighbours(vectors, alike, seed)
    labels = _propagate(len(vectors), edges, seed)
    labels = _join(vectors, labels)
    return by_size(labels)


def grown(vectors: Vectors, labels: Labels, fresh: Vectors, alike: float = _JOIN) -> Labels:
    """Put fresh faces (M, D) into stacks that stand (vectors (N, D), labels (N,)), by their means.

    Returns a label for each (M,); those that fit nowhere get new numbers and are stacked among
    themselves.
    """
    means, ids = _means(vectors, labels)
    out = np.full(len(fresh), -1, np.int64)
    for start in range(0, len(fresh) if len(ids) else 0, _BLOCK):
        scores = fresh[start : start + _BLOCK] @ means.T
        best = scores.argmax(1)
        fits = scores[np.arange(len(best)), best] >= alike
        out[start : start + _BLOCK] = np.where(fits, ids[best], -1)
    rest = out < 0
    out[rest] = stacks(fresh[rest]) + (labels.max() + 1 if len(labels) else 0)
    return out


def by_size(labels: Labels) -> Labels:
    """Number stacks anew, the largest 0; equal ones in the order of their first face."""
    _, first, number, count = np.unique(
        labels, return_index=True, return_inverse=True, return_counts=True
    )
    order = np.lexsort((first, -count))
    rank = np.empty_like(order)
    rank[order] = np.arange(len(order))
    return np.asarray(rank[number], np.int64)


def neighbours(vectors: Vectors, alike: float, seed: int = 0) -> Edges:
    """Find for each face its nearest neighbours, at most 24, from that cosine on."""
    lists, probes = _lists(vectors, seed)
    starts, ends, weights = [], [], []
    for pivot, members in enumerate(lists):
        asking = np.flatnonzero((probes == pivot).any(1))
        for first in range(0, len(asking), _BLOCK):
            some = asking[first : first + _BLOCK]
            scores = vectors[some] @ vectors[members].T
            row, column = np.nonzero(scores >= alike)
            starts.append(some[row])
            ends.append(members[column])
            weights.append(scores[row, column])
    return _nearest(np.concatenate(starts), np.concatenate(ends), np.concatenate(weights))


def _lists(vectors: Vectors, seed: int) -> tuple[list[Labels], Labels]:
    """Return each pivot's faces, and the pivots that each face asks (N, probes)."""
    count = max(1, len(vectors) // _PIVOT_FACES)
    rng = np.random.default_rng(seed)
    pivots = vectors[rng.choice(len(vectors), count, replace=False)]
    sample = vectors[rng.choice(len(vectors), min(len(vectors), count * 64), replace=False)]
    for _ in range(4):
        means, used = _means(sample, (sample @ pivots.T).argmax(1))
        pivots[used] = means
    probes = np.zeros((len(vectors), min(_PROBES, count)), np.int64)
    for start in range(0, len(vectors), _BLOCK):
        scores = vectors[start : start + _BLOCK] @ pivots.T
        best = np.argpartition(-scores, probes.shape[1] - 1, axis=1)[:, : probes.shape[1]]
        order = np.argsort(-np.take_along_axis(scores, best, 1), axis=1, kind="stable")
        probes[start : start + _BLOCK] = np.take_along_axis(best, order, 1)
    return [np.flatnonzero(probes[:, 0] == pivot) for pivot in range(count)], probes


def _nearest(start: Labels, end: Labels, weight: NDArray[np.float32]) -> Edges:
    """Keep each face's strongest pairs, without itself, in both directions, each once."""
    other = start != end
    start, end, weight = start[other], end[other], weight[other]
    order = np.lexsort((-weight, start))
    start, end, weight = start[order], end[order], weight[order]
    first = np.searchsorted(start, start, side="left")
    near = np.arange(len(start)) - first < _NEIGHBOURS
    start, end, weight = start[near], end[near], weight[near]
    both = np.concatenate([start, end]), np.concatenate([end, start])
    _, once = np.unique(
        both[0] * (end.max(initial=0) + start.max(initial=0) + 1) + both[1], return_index=True
    )
    return Edges(both[0][once], both[1][once], np.concatenate([weight, weight])[once])


def _propagate(size: int, edges: Edges, seed: int) -> Labels:
    """Let each face take the label that weighs most among its neighbours, by halves."""
    labels, rng = np.arange(size), np.random.default_rng(seed)
    weight = (edges.weight - edges.weight.min(initial=1) + 0.05) ** 2
    for _ in range(_ROUNDS):
        before = labels.copy()
        first = rng.random(size) < 0.5
        for moving in (first, ~first):
            chosen = moving[edges.start]
            face, label, sums = _summed(
                edges.start[chosen], labels[edges.end[chosen]], weight[chosen]
            )
            order = np.lexsort((label, sums, face))
            last = np.flatnonzero(np.diff(face[order], append=-1))
            labels[face[order][last]] = label[order][last]
        if (labels == before).all():
            break
    return labels


def _summed(
    face: Labels, label: Labels, weight: NDArray[np.float32]
) -> tuple[Labels, Labels, NDArray[np.float32]]:
    """Add up the weights of each pair of face and label."""
    if not len(face):
        return face, label, weight
    order = np.lexsort((label, face))
    face, label, weight = face[order], label[order], weight[order]
    begins = np.append(True, (np.diff(face) != 0) | (np.diff(label) != 0))
    sums = np.add.reduceat(weight, np.flatnonzero(begins))
    return face[begins], label[begins], sums


def _means(vectors: Vectors, labels: Labels) -> tuple[Vectors, Labels]:
    """Return the direction of each stack (S, D) and its label (S,)."""
    order = np.argsort(labels, kind="stable")
    ids, begins = np.unique(labels[order], return_index=True)
    return unit(np.add.reduceat(vectors[order], begins, axis=0)), ids


def _join(vectors: Vectors, labels: Labels) -> Labels:
    """Join stacks of several faces whose means are alike, as often as that changes anything."""
    for _ in range(4):
        several = np.bincount(labels, minlength=labels.max() + 1)[labels] > 1
        if not several.any():
            break
        means, ids = _means(vectors[several], labels[several])
        edges = neighbours(means, _JOIN)
        if not len(edges.start):
            break
        joined = ids[_propagate(len(ids), edges, 0)]
        labels = labels.copy()
        labels[several] = joined[np.searchsorted(ids, labels[several])]
    return labels
