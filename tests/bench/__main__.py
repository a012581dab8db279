"""`python -m tests.bench [NAME…]`: each module here with a `bench() -> None` is a benchmark."""

import sys

from tests.runner import Collection

if __name__ == "__main__":
    sys.exit(Collection("tests.bench", "bench").main(sys.argv[1:]))
