"""Analysis of photos: decoding, networks, stages and the command line, usable without the web
application.
"""

import os

# ONNX Runtime tells its maker about its use unless it is told not to before it is loaded.
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
