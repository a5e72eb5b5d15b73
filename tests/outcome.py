"""What came of sending files somewhere, each held against what a person may expect."""

import re
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from tests.mutate import Mutant

MEMORY_MB = 2500  # of one process: a photo at the pixel limit of 160 million takes 500 MB a copy
# What a person must never read: classes, tracebacks, addresses, numbers of errors, our own paths.
RAW = re.compile(
    r"Traceback|[a-z]Error\b|Exception|\bErrno\b|0x[0-9a-f]{4}|<class|object at|\bNone\b|\.py\b|"
    r"/tmp/|proofsheet-fuzz|\bNoneType\b|codec can|unpack requires|out of range"
)


@dataclass
class Outcome:
    """What came of a run: complaints, none of which may be; figures for people."""

    complaints: list[str] = field(default_factory=list)
    reasons: Counter[str] = field(default_factory=Counter)
    accepted: int = 0
    refused: int = 0
    slowest_s: float = 0.0
    slowest: str = ""
    peak_mb: dict[str, int] = field(default_factory=dict)
    seconds: float = 0.0

    def judge(self, mutant: Mutant, name: str, reason: str | None) -> None:
        """Note one file's end: accepted, or refused with a reason that names it."""
        if reason is None:
            self.accepted += 1
            return
        self.refused += 1
        if mutant.good:
            self.complaints.append(f"{mutant.how}: a good file was refused: {reason}")
        if name not in reason:
            self.complaints.append(f"{mutant.how}: the reason does not name {name!r}: {reason!r}")
        words = reason.replace(name, "NAME")
        if RAW.search(words) or len(words) < 15:
            self.complaints.append(f"{mutant.how}: not in plain words: {words!r}")
        self.reasons[re.sub(r"[\d,.]+", "N", words)] += 1

    def took(self, mutant: Mutant, seconds: float) -> None:
        """Note how long a file took."""
        if seconds > self.slowest_s:
            self.slowest_s, self.slowest = round(seconds, 1), mutant.how

    def weigh(self, name: str, rss_kb: int) -> None:
        """Note the memory of a process."""
        self.peak_mb[name] = max(self.peak_mb.get(name, 0), rss_kb // 1024)

    def summary(self) -> dict[str, Any]:
        """Everything as JSON can say it."""
        for name, peak in self.peak_mb.items():
            if peak > MEMORY_MB:
                self.complaints.append(f"{name} took {peak} MB")
        return {
            "accepted": self.accepted,
            "refused": self.refused,
            "slowest": [self.slowest_s, self.slowest],
            "peak_mb": self.peak_mb,
            "seconds": round(self.seconds),
            "reasons": dict(self.reasons.most_common(25)),
            "complaints": self.complaints,
        }
