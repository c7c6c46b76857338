"""`python -m dashboard`: the commands of `dashboard.cli`."""

from __future__ import annotations

import os
import sys

from dashboard.cli import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], os.environ))
