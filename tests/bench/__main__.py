"""`python -m tests.bench`, from the root of the repository."""

import sys

from tests.bench.command import main

sys.exit(main())
