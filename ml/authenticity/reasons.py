"""Evidence in plain words, each with its weight in log odds of a photograph."""

from dataclasses import dataclass

from ml.authenticity.copies import Copy
from ml.authenticity.resaved import Earlier
from ml.authenticity.sensor import Compared
from ml.results import Evidence

_STRONG, _WEAK = 2.0, 0.7
# Log odds of an edit: a piece repeats its own grain (.43 of copies, .04 of photographs); an
# earlier saving is missing in a part (.18 of edits of 303 photographs of COCO and BSDS, in none of
# 910 looks at these); a sensor's pattern is, which weighs little: it was met with simulated sensors
# alone, and cameras that straighten their lenses' distortion move a pattern in places.
COPIED, UNSAVED, ABSENT = 2.3, 4.0, 0.5
WHOLE = 0.5  # log odds against an edit: the pattern is all over the picture
SENSOR = 4.0  # log odds against generated: the photo has the pattern of its own camera's sensor

_TEXTS = {
    "whole": (
        "As a whole, composition and light look {} like those of generated pictures.",
        "As a whole, composition and light look {} like those of photographs.",
    ),
    "objects": (
        "Things and their surfaces look {} like those of image generators.",
        "Things and their surfaces look {} like those of photographs.",
    ),
    "statistics": (
        "Noise, colour and frequencies go together {} as in generated pictures.",
        "Noise, colour and frequencies go together {} as in photographs.",
    ),
}


@dataclass(frozen=True)
class Trace:
    """One piece of evidence, and what it adds to the log odds of generated and of edited."""

    evidence: Evidence
    generated: float = 0.0
    edited: float = 0.0


def seen(parts: dict[str, float], base: float) -> list[Evidence]:
    """What each part says of a generator, the base shared out among those of networks."""
    shift = base / len(_TEXTS)
    found = [_of_lens(-parts["optics"])]
    for kind, (against, speaking) in _TEXTS.items():
        value = -(parts[kind] + shift)
        text = (speaking if value > 0 else against).format(how(abs(value)))
        found.append(Evidence(kind, text, round(value, 2)))
    return found


def _of_lens(value: float) -> Evidence:
    text = (
        f"Towards the edges colours part {how(value)}, as they do behind a lens."
        if value > 0
        else "Colours do not part towards the edges; behind many lenses they would not, either."
    )
    return Evidence("optics", text, round(value, 2))


def splice(edited: float) -> Evidence:
    """What the patch network says of an edit."""
    text = (
        "One part differs {} from the rest in grain, sharpness or compression."
        if edited > 0
        else "No part differs from the rest in grain, sharpness or compression."
    ).format(how(abs(edited)))
    return Evidence("splice", text, round(-edited, 2))


def of_traces(copied: Copy | None, earlier: Earlier | None, sensor: Compared | None) -> list[Trace]:
    """What was found beside the networks."""
    found = []
    if copied:
        text = "One piece stands in the picture twice, down to its grain."
        found.append(Trace(Evidence("copy", text, -COPIED), edited=COPIED))
    if earlier:
        found.append(_of_saving(earlier))
    if sensor:
        found += _of_sensor(sensor)
    return found


def _of_saving(earlier: Earlier) -> Trace:
    if earlier.missing is None:
        text = (
            "The whole picture was saved as a JPEG before. What was changed before that does not "
            "show by it."
        )
        return Trace(Evidence("saving", text, 0.0))
    text = (
        "Most of the picture was saved as a JPEG before, a part of it was not: that may have been "
        "put in between."
    )
    return Trace(Evidence("saving", text, -UNSAVED), edited=UNSAVED)


def _of_sensor(sensor: Compared) -> list[Trace]:
    if not sensor.same:
        text = (
            "The pattern of this camera's sensor, known from other photos here, is not seen. "
            "Crops, zoom and stabilising by software move it, so that this counts nothing."
        )
        return [Trace(Evidence("sensor", text, 0.0))]
    text = "The picture has the pattern of its camera's sensor, known from other photos here."
    found = [Trace(Evidence("sensor", text, SENSOR), generated=-SENSOR)]
    if sensor.absent is None:
        return found
    if sensor.absent.any():
        text = "In one part the pattern of the sensor is missing, though it should be seen there."
        return [*found, Trace(Evidence("sensor", text, -ABSENT), edited=ABSENT)]
    text = "The pattern of the sensor is not missing in any part."
    return [*found, Trace(Evidence("sensor", text, WHOLE), edited=-WHOLE)]


def how(value: float) -> str:
    """How clearly something speaks, by its log odds."""
    return "clearly" if value >= _STRONG else "somewhat" if value >= _WEAK else "slightly"
