"""Counts single test cases of several test runners, and sums them up. Called by tests/run."""

import argparse
import importlib.util
import json
import pathlib
import sys
import unittest
import urllib.parse
import xml.etree.ElementTree as xml


class Count:
    def __init__(self):
        self.passed = self.failed = self.skipped = 0


def count_test_xml(path, count):
    """Adds the cases of one test.xml: GoogleTest's, or the one that Bazel writes for a test that wrote none."""
    for case in xml.parse(path).getroot().iter("testcase"):
        if case.find("failure") is not None or case.find("error") is not None:
            count.failed += 1
        elif case.find("skipped") is not None or case.get("result") == "skipped":
            count.skipped += 1
        elif case.get("status", "run") == "run":
            count.passed += 1


def count_bazel(events_path, exit_code):
    """Counts the cases of the tests that a Bazel run, known by its build events, has run or found cached."""
    count = Count()
    with open(events_path, encoding="utf-8") as events:
        results = [event for event in map(json.loads, events) if "testResult" in event]
    for event in results:
        result, label = event["testResult"], event["id"]["testResult"]["label"]
        files = {output["name"]: output.get("uri", "") for output in result.get("testActionOutput", [])}
        failed_before = count.failed
        if "test.xml" in files:
            count_test_xml(urllib.parse.unquote(urllib.parse.urlparse(files["test.xml"]).path), count)
        if result["status"] != "PASSED" and count.failed == failed_before:
            count.failed += 1  # it crashed, or ran out of time, outside of its cases
            print(f"{label}: {result['status']}")
    no_tests_found = exit_code == 4
    if exit_code != 0 and not no_tests_found and count.failed == 0:
        count.failed += 1  # the build failed
    return count


def count_go(events_path, exit_code):
    """Counts the cases of `go test -json`, and prints the output of those that failed."""
    outcomes, outputs, loose_lines = {}, {}, []
    with open(events_path, encoding="utf-8") as lines:
        for line in lines:
            try:
                event = json.loads(line)
            except json.JSONDecodeError:
                loose_lines.append(line)
                continue
            case = (event.get("Package") or event.get("ImportPath", ""), event.get("Test", ""))
            if "Output" in event:
                outputs.setdefault(case, []).append(event["Output"])
            if event["Action"] in ("pass", "fail", "skip", "build-fail"):
                outcomes[case] = event["Action"]
    # A test with subtests is their sum, a package the sum of its tests; only what has no parts is counted.
    whole = {(package, test.rpartition("/")[0]) for package, test in outcomes if test}
    count = Count()
    for case, outcome in outcomes.items():
        is_sum = case in whole
        if outcome in ("fail", "build-fail"):
            print("".join(outputs.get(case, [])), end="")
        if outcome == "fail" and not is_sum:
            count.failed += 1
        elif outcome == "pass" and case[1] and not is_sum:
            count.passed += 1
        elif outcome == "skip" and case[1] and not is_sum:
            count.skipped += 1
    if exit_code != 0 and count.failed == 0:
        count.failed += 1
        print("".join(loose_lines), end="")
    return count


def count_outcomes(path):
    """Counts lines "passed NAME" and "failed NAME"; none at all is a failure."""
    count = Count()
    file = pathlib.Path(path)
    outcomes = [line.split()[0] for line in file.read_text(encoding="utf-8").splitlines()] if file.exists() else []
    count.passed = outcomes.count("passed")
    count.failed = outcomes.count("failed") if outcomes else 1
    return count


class CountingResult(unittest.TextTestResult):
    def __init__(self, *arguments, **named):
        super().__init__(*arguments, **named)
        self.passed = 0

    def addSuccess(self, test):
        super().addSuccess(test)
        self.passed += 1


def count_python(path):
    """Runs the unittest cases of one file."""
    path = pathlib.Path(path).resolve()
    sys.path.insert(0, str(path.parent))
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    suite = unittest.defaultTestLoader.loadTestsFromModule(module)
    result = unittest.TextTestRunner(stream=sys.stdout, verbosity=2, resultclass=CountingResult).run(suite)
    count = Count()
    count.passed = result.passed
    count.failed = len(result.failures) + len(result.errors) + len(result.unexpectedSuccesses)
    count.skipped = len(result.skipped)
    return count


def print_sum(results_path):
    total = Count()
    print(f"{'':20}{'passed':>10}{'failed':>10}{'skipped':>10}")
    for line in pathlib.Path(results_path).read_text(encoding="utf-8").splitlines():
        name, *numbers = json.loads(line)
        passed, failed, skipped = numbers
        print(f"{name:20}{passed:10}{failed:10}{skipped:10}")
        total.passed += passed
        total.failed += failed
        total.skipped += skipped
    print(f"{'together':20}{total.passed:10}{total.failed:10}{total.skipped:10}\n")
    print(f"{total.passed} passed, {total.failed} failed")
    return 0 if total.failed == 0 and total.passed > 0 else 1


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--results", required=True)
    commands = parser.add_subparsers(dest="command", required=True)
    for runner in ("bazel", "go"):
        command = commands.add_parser(runner)
        command.add_argument("name")
        command.add_argument("events")
        command.add_argument("exit_code", type=int)
    for runner in ("python", "outcomes"):
        command = commands.add_parser(runner)
        command.add_argument("name")
        command.add_argument("file")
    commands.add_parser("failure").add_argument("name")
    commands.add_parser("sum")
    arguments = parser.parse_args()

    if arguments.command == "sum":
        return print_sum(arguments.results)
    if arguments.command == "bazel":
        count = count_bazel(arguments.events, arguments.exit_code)
    elif arguments.command == "go":
        count = count_go(arguments.events, arguments.exit_code)
    elif arguments.command == "python":
        count = count_python(arguments.file)
    elif arguments.command == "outcomes":
        count = count_outcomes(arguments.file)
    else:
        count = Count()
        count.failed = 1
    with open(arguments.results, "a", encoding="utf-8") as results:
        results.write(json.dumps([arguments.name, count.passed, count.failed, count.skipped]) + "\n")
    return 0


sys.exit(main())
