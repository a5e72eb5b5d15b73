"""What the tests of the analysis share."""

import pytest

from tests.unit.ml.samples import SAMPLES


@pytest.fixture(scope="session")
def samples() -> dict[str, bytes]:
    """Every sample's bytes by name."""
    return {name: make() for name, make in SAMPLES.items()}
