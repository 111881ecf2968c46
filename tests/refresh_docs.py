"""Put what every command of README and docs prints now under it: `python tests/refresh_docs.py`."""

from __future__ import annotations

import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from docpages import PAGES, ROOT, mended, play


def main() -> None:
    """Refresh every page, or those named, and say which have changed."""
    for page in [Path(name).resolve() for name in sys.argv[1:]] or PAGES:
        text = page.read_text(encoding="utf-8")
        with TemporaryDirectory() as folder:
            (page_folder := Path(folder) / "page").mkdir()
            new = mended(text, play(text, page_folder))
        if new != text:
            page.write_text(new, encoding="utf-8")
            sys.stdout.write(f"refreshed {page.relative_to(ROOT)}\n")


if __name__ == "__main__":
    main()
