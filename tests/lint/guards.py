#!/usr/bin/env python3
"""Checks that the include guard of each header is its path: no two are alike. Exit code 1 if there is a finding."""

import re
import sys

from targets import REPOSITORY, listed_files


def has_guard(path, text):
    guard = re.sub(r"[^A-Za-z0-9]", "_", path).upper() + "_"
    return f"#ifndef {guard}\n#define {guard}\n" in text and text.endswith(f"#endif  // {guard}\n")


def main():
    texts = {path: (REPOSITORY / path).read_text(encoding="utf-8") for path in listed_files("*.h")}
    found = [path for path, text in texts.items() if not has_guard(path, text)]
    for path in found:
        print(f"{path}: the include guard is not the path")
    print(f"{len(found)} findings")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
