"""ultralytics' own run of a YOLO network, started in the environment that has it.

python -m ml.evaluate.reference_yolo WEIGHTS MIN_CONFIDENCE < lines of paths > JSON list of
[[name, confidence, [x, y, width, height]], ...] per photo.
"""

import json
import os
import sys


def main() -> None:
    """Predict every photo that stdin names."""
    answer = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # ultralytics talks on stdout, which is for the answer
    from ultralytics import YOLO

    weights, min_confidence = sys.argv[1], float(sys.argv[2])
    network = YOLO(weights, task="detect")
    found = []
    for path in sys.stdin.read().splitlines():
        result = network.predict(
            path, conf=min_confidence, imgsz=640, max_det=300, device="cpu", verbose=False
        )[0]
        boxes = result.boxes
        found.append(
            [
                [result.names[int(kind)], score, [x1, y1, x2 - x1, y2 - y1]]
                for (x1, y1, x2, y2), score, kind in zip(
                    boxes.xyxy.tolist(), boxes.conf.tolist(), boxes.cls.tolist(), strict=True
                )
            ]
        )
    with answer:
        json.dump(found, answer)


if __name__ == "__main__":
    main()
