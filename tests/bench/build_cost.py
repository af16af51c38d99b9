#!/usr/bin/env python3
"""Measures what it costs to compile the C++ code: each unit once, whatever is in a build cache.

Builds the targets, in which a cache may help, and then runs their compilers again, one for each processor, without
keeping what they write. Prints the longest units. With --json, adds to the object in a file, or in a new file:

    "build": {"units": ..., "total_cpu_s": ..., "longest_unit": ..., "longest_s": ...}

Seconds are those of a processor. For all targets this takes minutes.
"""

import argparse
import concurrent.futures
import json
import os
import pathlib
import subprocess
import sys
import tempfile

REPOSITORY = pathlib.Path(__file__).resolve().parent.parent.parent
SHOWN = 10


def bazel(*arguments):
    return subprocess.run(["bazel", *arguments], cwd=REPOSITORY, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          text=True, check=True).stdout


def compile_commands(targets):
    """The compiler's arguments, by the unit's path, for all that the targets need."""
    query = f"mnemonic('CppCompile', deps({' + '.join(targets)}))"
    actions = json.loads(bazel("aquery", query, "--output=jsonproto", "--include_commandline"))["actions"]
    commands = [action["arguments"] for action in actions]
    return {command[command.index("-c") + 1]: command for command in commands}


def cpu_seconds(command, folder):
    """Processor seconds of a compiler and its children; dies if it fails."""
    with tempfile.NamedTemporaryFile(suffix=".o") as output:
        changed = list(command)
        changed[changed.index("-o") + 1] = output.name
        changed[changed.index("-MF") + 1] = os.devnull
        process = subprocess.Popen(changed, cwd=folder, stdin=subprocess.DEVNULL)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        sys.exit(f"build_cost: cannot compile {command[command.index('-c') + 1]}")
    return usage.ru_utime + usage.ru_stime


def measure(commands, folder):
    """Processor seconds by unit, the longest first."""
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as executor:
        seconds = executor.map(lambda command: cpu_seconds(command, folder), commands.values())
        return dict(sorted(zip(commands, seconds), key=lambda unit: -unit[1]))


def figures(seconds):
    longest = next(iter(seconds))
    return {"units": len(seconds), "total_cpu_s": round(sum(seconds.values()), 1),
            "longest_unit": longest, "longest_s": round(seconds[longest], 1)}


def add_to(path, build):
    """Adds the figures to the object in a file."""
    known = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    path.write_text(json.dumps({**known, "build": build}, indent=2) + "\n", encoding="utf-8")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("targets", nargs="*", default=["//..."], help="what to measure (default: //...)")
    parser.add_argument("--json", type=pathlib.Path, metavar="FILE", help="where to add the figures")
    arguments = parser.parse_args()

    bazel("build", *arguments.targets)
    commands = compile_commands(arguments.targets)
    if not commands:
        sys.exit("build_cost: nothing is compiled for these targets")
    seconds = measure(commands, bazel("info", "execution_root").strip())
    for unit, cpu in list(seconds.items())[:SHOWN]:
        print(f"{cpu:7.1f} s  {unit}")
    build = figures(seconds)
    print(f"{build['total_cpu_s']:7.1f} s  {build['units']} units in all")
    if arguments.json:
        add_to(arguments.json, build)


if __name__ == "__main__":
    main()
