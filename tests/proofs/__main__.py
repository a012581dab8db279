"""`python -m tests.proofs [NAME…]`: each module here with a `prove() -> bool` is a proof."""

import sys

from tests.runner import Collection

if __name__ == "__main__":
    sys.exit(Collection("tests.proofs", "prove").main(sys.argv[1:]))
