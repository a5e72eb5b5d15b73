"""Batches without end, drawn by the loader's workers, each from a seed of its own."""

from abc import abstractmethod
from collections.abc import Iterator
from typing import Any, TypeVar

import cv2
import numpy as np
import torch
from torch.utils.data import DataLoader, IterableDataset

Batch_co = TypeVar("Batch_co", covariant=True)


class Endless(IterableDataset[Batch_co]):
    """What `drawn` gives, from a seed of several numbers and the worker's own."""

    def __init__(self, *seed: int) -> None:
        super().__init__()
        self.seed = seed

    def __iter__(self) -> Iterator[Batch_co]:
        cv2.setNumThreads(1)
        worker = torch.utils.data.get_worker_info()
        return self.drawn(np.random.default_rng((*self.seed, worker.id if worker else 0)))

    @abstractmethod
    def drawn(self, rng: np.random.Generator) -> Iterator[Batch_co]:
        """Batches without end."""


def loader(batches: Endless[Any], workers: int) -> DataLoader[Any]:
    """Batches drawn ahead by so many processes, 0 for by this one."""
    return DataLoader(
        batches, batch_size=None, num_workers=workers, prefetch_factor=4 if workers else None
    )
