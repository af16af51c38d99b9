#!/usr/bin/env python3
"""Checks that each folder of code has a README.md of at most ten lines. Exit code 1 if there is a finding."""

import pathlib
import sys

from targets import REPOSITORY, listed_files

TOP_FOLDERS = ("common", "catalog_service", "reload_service", "clients", "tests", "protos")
MAX_LINES = 10


def findings(folders, read):
    """The findings on folders; `read` gives the text of a path, or None if there is no such file."""
    for folder in folders:
        text = read(f"{folder}/README.md")
        if text is None:
            yield f"{folder}: no README.md says what belongs here"
        elif len(text.splitlines()) > MAX_LINES:
            yield f"{folder}/README.md: {len(text.splitlines())} lines, at most {MAX_LINES} are allowed"


def read_file(path):
    file = REPOSITORY / path
    return file.read_text(encoding="utf-8") if file.is_file() else None


def main():
    builds = listed_files(*[f"{folder}/**BUILD.bazel" for folder in TOP_FOLDERS])
    found = list(findings([str(pathlib.PurePath(build).parent) for build in builds], read_file))
    for finding in found:
        print(finding)
    print(f"{len(found)} findings")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
