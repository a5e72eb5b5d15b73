"""Weighs the worker's processes while many photos pass through them: memory has to stay flat.

    python -m tests.memory --photos 2000

Sends photos of 1 to 12 megapixels, some with a face, to a running server and prints one JSON
object: the pool's resident memory after 100, 250, ... photos and its growth from there to the end.
Exit status 1 where it grows by more than GROWTH_MB.
"""

import argparse
import io
import json
import re
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from PIL import Image, ImageOps
from skimage import data as pictures

from tests.api_client import ApiClient, Refused
from tests.installation import Installation
from tests.kills import settle
from tests.tus_client import TusClient

MARKS = (50, 100, 250, 500, 750, 1000, 1500, 2000, 3000, 5000)
WARM = 100  # by then every network is loaded and every buffer has had its largest size
GROWTH_MB = 60
ANALYSED = re.compile(r'proofsheet_jobs{kind="analyse",state="done"} (\S+)')
SIDES = ((1280, 853), (1600, 1200), (2400, 1600), (3000, 2000), (4000, 3000), (3000, 4000))


def bases() -> list[bytes]:
    """JPEG files of every size and subject, upright and mirrored."""
    subjects = [pictures.astronaut(), pictures.coffee(), pictures.chelsea(), pictures.rocket()]
    found = []
    for n, size in enumerate(SIDES):
        for pixels in subjects:
            image = ImageOps.fit(Image.fromarray(pixels), size, Image.Resampling.BICUBIC)
            out = io.BytesIO()
            (ImageOps.mirror(image) if n % 2 else image).save(out, "JPEG", quality=85)
            found.append(out.getvalue())
    return found


class Weighing(threading.Thread):
    """Notes once a second how many photos are analysed and how heavy each pool process is.

    All thumbnails come before the first tags, so that only analysis tells a photo from the next.
    """

    def __init__(self, installation: Installation) -> None:
        super().__init__(daemon=True)
        self._installation = installation
        self._client = ApiClient(installation.base, timeout_s=20)
        self._stopped = threading.Event()
        self.rows: list[tuple[int, dict[int, float]]] = []

    def run(self) -> None:
        """Weigh until stopped."""
        while not self._stopped.wait(1.0):
            try:
                told = self._client.raw("GET", "/metrics")[1].decode()
            except (OSError, Refused):
                continue
            done = sum(int(float(n)) for n in ANALYSED.findall(told))
            pool = self._installation.parts().get("pool", [])
            self.rows.append((done, {p.pid: p.rss_kb / 1024 for p in pool}))

    def stop(self) -> None:
        """End."""
        self._stopped.set()
        self.join()


def measure(photos: int, folder: Path, workers: int) -> dict[str, Any]:
    """Send the photos and weigh; gives the summary."""
    files, start = bases(), time.monotonic()
    with Installation(folder, {"PROOFSHEET_WORKERS": str(workers)}) as installation:
        weighing = Weighing(installation)
        weighing.start()

        def one(n: int) -> None:
            client = TusClient(installation.base, seed=n)
            unique = files[n % len(files)] + b"photo number %d" % n
            client.send(unique, f"memory/{n:05d}.jpg", drop="memory")

        with ThreadPoolExecutor(2) as pool:
            list(pool.map(one, range(photos)))
        progress = settle(installation)
        weighing.stop()
    return {"photos": photos, "failed": progress["failed"], **_summary(weighing.rows, start)}


def _summary(rows: list[tuple[int, dict[int, float]]], start: float) -> dict[str, Any]:
    marks = {
        str(mark): round(max(max(pool.values(), default=0) for done, pool in near))
        for mark in MARKS
        if (near := [row for row in rows if 0.9 * mark <= row[0] <= 1.1 * mark])
    }
    late = [(done, statistics.fmean(pool.values())) for done, pool in rows if pool and done >= WARM]
    slope = statistics.linear_regression(*zip(*late, strict=True)).slope if len(late) > 9 else 0.0
    last = max((done for done, _ in rows), default=0)
    return {
        "analysed": last,
        "seconds": round(time.monotonic() - start),
        "heaviest_pool_process_mb_near": marks,
        "peak_mb": round(max(max(pool.values(), default=0) for _, pool in rows)),
        "growth_mb_per_1000_photos": round(slope * 1000, 1),
        "growth_mb": round(slope * max(0, last - WARM), 1),
        "processes": len({pid for _, pool in rows for pid in pool}),
    }


def main(argv: Sequence[str] | None = None) -> int:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--photos", type=int, default=2000)
    parser.add_argument("--workers", type=int, default=2)
    options = parser.parse_args(argv)
    with tempfile.TemporaryDirectory(prefix="proofsheet-memory-") as temporary:
        summary = measure(options.photos, Path(temporary), options.workers)
    print(json.dumps(summary, indent=2))  # noqa: T201 - a command line
    return 1 if summary["growth_mb"] > GROWTH_MB else 0


if __name__ == "__main__":
    sys.exit(main())
