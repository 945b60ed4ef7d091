"""``python -m ebond``."""

from __future__ import annotations

from ebond.cli.main import main

if __name__ == "__main__":
    main()
