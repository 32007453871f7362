"""numpy and onnx for a test: by the distribution's own Python, to which the packages belong, where this one has none."""
import os
import sys

DISTRIBUTION = "/usr/bin/python3"
SKIPPED = 77

try:
    import numpy  # noqa: F401
    import onnx  # noqa: F401
except ImportError:
    if os.path.exists(DISTRIBUTION) and os.path.realpath(sys.executable) != os.path.realpath(DISTRIBUTION):
        os.execv(DISTRIBUTION, [DISTRIBUTION, "-B", *sys.argv])
    print("SKIPPED: no python3-numpy or python3-onnx")
    sys.exit(SKIPPED)
