#!/usr/bin/env python3
"""Runs clang-tidy, by the checks of .clang-tidy, on C++ files that have changed.

Without arguments: files that differ from the merge base with origin/main, or, where that is HEAD, files that the last
commits changed; the newest changes first. A header is checked through its source file, where it has one. A file that
passed is not checked again until it, or a header that it includes, changes.
"""

import argparse
import concurrent.futures
import functools
import hashlib
import os
import pathlib
import subprocess
import sys
import time

from includes import includes
from targets import REPOSITORY, listed_files, query

LAST_COMMITS = 20
PASSED = REPOSITORY / ".build/lint/tidy"  # an empty file for each digest of what passed


def output_of(*command):
    return subprocess.run(command, cwd=REPOSITORY, stdout=subprocess.PIPE, text=True, check=True).stdout


def default_base():
    """The revision since which changes count."""
    head = output_of("git", "rev-parse", "HEAD").strip()
    fork = subprocess.run(["git", "merge-base", "HEAD", "origin/main"], cwd=REPOSITORY, stdout=subprocess.PIPE,
                          stderr=subprocess.DEVNULL, text=True, check=False).stdout.strip()
    if fork not in ("", head):
        return fork
    return output_of("git", "rev-list", f"--max-count={LAST_COMMITS + 1}", "HEAD").split()[-1]


def changed_in(log):
    """Paths in the answer of `git log --name-status`, in its order, without those that were only moved."""
    paths = {}
    for line in log.splitlines():
        status, *names = line.split("\t")
        if names and status not in ("D", "R100"):
            paths.setdefault(names[-1])
    return list(paths)


def changed_since(base):
    """Files changed since a revision, the newest changes first."""
    uncommitted = output_of("git", "diff", "--name-status", "HEAD")
    added = output_of("git", "ls-files", "--others", "--exclude-standard")
    committed = output_of("git", "log", "--format=", "--name-status", "-M", f"{base}..HEAD")
    return list(dict.fromkeys([*changed_in(uncommitted), *added.splitlines(), *changed_in(committed)]))


def units(paths, known):
    """What to give to clang-tidy for changed paths, where `known` are the C++ files that there are."""
    chosen = {}
    for path in paths:
        source = path.removesuffix(".h") + ".cc"
        if path.endswith(".h") and source in known:
            chosen.setdefault(source)
        elif path in known:
            chosen.setdefault(path)
    return list(chosen)


class Tidy:
    """clang-tidy with the flags that this repository's code is compiled with."""

    def __init__(self):
        targets = query()
        headers = [label for target in targets for label in target.written]
        subprocess.run(["bazel", "build", *headers], cwd=REPOSITORY, stdin=subprocess.DEVNULL, check=True)
        built = output_of("bazel", "info", "bazel-bin").strip()
        self.generated = [pathlib.Path(built, folder) for target in targets if target.written
                          for folder in target.folders]
        self.flags = ["-std=c++17", "-Wthread-safety", "-I.", "-isystem/usr/include/postgresql"]
        self.flags += [f"-isystem{folder}" for folder in dict.fromkeys(self.generated)]
        self.flags += [f"-D{define}" for target in targets for define in target.defines]
        version = output_of("clang-tidy", "--version")
        self.setting = f"{version}{self.flags}{(REPOSITORY / '.clang-tidy').read_text()}"

    @functools.lru_cache(maxsize=None)
    def _file(self, name):
        """Text of a header or source and what it includes of this repository's and generated files."""
        for folder in (REPOSITORY, *self.generated):
            if (folder / name).is_file():
                text = (folder / name).read_text(encoding="utf-8")
                return text, [included for _, _, included in includes(text)]
        return "", []

    def _stamp(self, path):
        """The file that tells that all of this has passed."""
        digest, waiting, seen = hashlib.sha256(self.setting.encode()), [path], set()
        while waiting:
            name = waiting.pop()
            if name not in seen:
                seen.add(name)
                text, included = self._file(name)
                digest.update(f"{name}\0{text}\0".encode())
                waiting += included
        return PASSED / digest.hexdigest()

    def has_passed(self, path):
        return self._stamp(path).exists()

    def check(self, path):
        """What clang-tidy says of a file; empty if it passed."""
        flags = self.flags + (["-xc++"] if path.endswith(".h") else [])
        run = subprocess.run(["clang-tidy", "--quiet", path, "--", *flags], cwd=REPOSITORY, stdout=subprocess.PIPE,
                             stderr=subprocess.PIPE, text=True, check=False)
        if run.returncode == 0:
            self._stamp(path).touch()
            return ""
        return run.stdout or run.stderr


def check_all(tidy, paths, seconds):
    """Checks files two at a time, none after so many seconds; returns those that failed, and those left out."""
    deadline = time.monotonic() + seconds
    failed, left_out = [], []

    def check(path):
        if time.monotonic() >= deadline:
            left_out.append(path)
            return
        found = tidy.check(path)
        if found:
            failed.append(path)
            print(found, flush=True)

    with concurrent.futures.ThreadPoolExecutor(min(2, os.cpu_count() or 1)) as executor:
        list(executor.map(check, paths))
    return failed, left_out


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="*", help="check these, not what has changed; paths from the repository's root")
    parser.add_argument("--all", action="store_true", help="check the whole tree, which takes most of an hour")
    parser.add_argument("--since", metavar="REVISION", help="check what has changed since a revision")
    parser.add_argument("--seconds", type=float, default=float("inf"), help="begin no file after that time")
    arguments = parser.parse_args()

    known = listed_files("*.h", "*.cc")
    if arguments.files or arguments.all:
        paths = units(arguments.files or known, known)
    else:
        base = arguments.since or default_base()
        paths = units(changed_since(base), known)
        print(f"{len(paths)} C++ files to check for the changes since {base[:12]}")
    if not paths:
        return 0
    PASSED.mkdir(parents=True, exist_ok=True)
    tidy = Tidy()
    new = [path for path in paths if not tidy.has_passed(path)]
    failed, left_out = check_all(tidy, new, arguments.seconds)
    print(f"{len(paths) - len(new)} unchanged since they passed, {len(new) - len(left_out)} checked, "
          f"{len(failed)} with findings")
    if left_out:
        print(f"{len(left_out)} left out for want of time:", *left_out)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
