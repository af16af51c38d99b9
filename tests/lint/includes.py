#!/usr/bin/env python3
"""Checks that each target names what it includes: Bazel lets gcc see the headers of indirect dependencies too.

Reported are an include whose owner is neither the target itself nor one of its direct deps, a dep that no include of
the target needs, and a source file that no target compiles. Exit code 1 if there is a finding.
"""

import collections
import re
import sys

from targets import REPOSITORY, listed_files, query

INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*(["<])([^">]+)[">]')

# Headers of Debian's libraries by the beginning of their names, and the targets that stand for the library.
SYSTEM_HEADERS = {
    "absl/": ("absl",),
    "google/protobuf/": ("protobuf",),
    "grpc/": ("grpc",),
    "grpcpp/": ("grpc",),
    "gtest/": ("gtest", "gtest_main"),
    "gmock/": ("gtest", "gtest_main"),
    "libpq-fe.h": ("libpq",),
    "postgresql/": ("libpq",),
    "yaml-cpp/": ("yaml_cpp",),
    "re2/": ("re2",),
    "openssl/": ("crypto",),
    "curl/": ("curl",),
    "spdlog/": ("spdlog",),
    "CLI/": ("cli11",),
    "nlohmann/": ("nlohmann_json",),
    "rapidjson/": ("rapidjson",),
}


def includes(text):
    """Yields (line number, is in quotes, name) of each include."""
    for number, line in enumerate(text.splitlines(), 1):
        match = INCLUDE.match(line)
        if match:
            yield number, match[1] == '"', match[2]


def owners_of_headers(targets):
    """The names of the targets that own each header, by the names under which it can be included."""
    owners = collections.defaultdict(list)
    for target in targets:
        for names in target.headers.values():
            for name in names:
                owners[name].append(target.name)
    return owners


def system_owners(name):
    for beginning, libraries in SYSTEM_HEADERS.items():
        if name.startswith(beginning):
            return [f"@system//:{library}" for library in libraries]
    return []


class Check:
    """The findings of one repository; `read` gives the text of a path."""

    def __init__(self, targets, read):
        self.targets, self.read = targets, read
        self.owners = owners_of_headers(targets)
        self.by_name = {target.name: target for target in targets}
        self.private = {path: target.name for target in targets for path in target.code if path.endswith(".h")}

    def findings(self):
        return [finding for target in self.targets for finding in self._of_target(target)]

    def _of_target(self, target):
        used = set()
        for path in target.code:
            for number, in_quotes, name in includes(self.read(path)):
                owners = self.owners.get(name, []) or system_owners(name)
                used.update(owners)
                problem = self._problem(target, name, owners, in_quotes)
                if problem:
                    yield f'{path}:{number}: "{name}" {problem}'
        yield from self._unused(target, used)

    def _problem(self, target, name, owners, in_quotes):
        if target.name in owners or name in target.code or any(dep in owners for dep in target.deps):
            return None
        if owners:
            return f"belongs to {' or '.join(owners)}, which {target.name} does not name in its deps"
        if name in self.private:
            return f"is private to {self.private[name]}, and {target.name} includes it"
        return f"belongs to no target; {target.name} includes it" if in_quotes else None

    def _unused(self, target, used):
        if not target.code:
            return  # all of it is generated: what it includes is not known here
        compiled = set(target.code)
        for dep in map(self.by_name.get, target.deps):
            if dep is None or dep.alwayslink or not dep.headers or dep.name in used:
                continue
            if compiled.isdisjoint(dep.textual):
                yield f"{target.name}: no include needs its dep {dep.name}"


def loose_files(targets, paths):
    """Findings on the source files that no target compiles."""
    compiled = {path for target in targets for path in target.code}
    return [f"{path}: no target compiles it" for path in paths if path not in compiled]


def main():
    targets = query()
    check = Check(targets, lambda path: (REPOSITORY / path).read_text(encoding="utf-8"))
    findings = check.findings() + loose_files(targets, listed_files("*.h", "*.cc"))
    for finding in findings:
        print(finding)
    print(f"{len(findings)} findings")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
