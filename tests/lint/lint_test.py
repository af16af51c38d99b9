"""The parts of guards.py, readmes.py, clang_tidy.py and run that need neither Bazel nor a clean tree."""

import pathlib
import shutil
import subprocess
import tempfile
import unittest

import clang_tidy
import guards
import readmes
from targets import REPOSITORY


class ReadmesTest(unittest.TestCase):

    def test_a_short_readme_passes(self):
        self.assertEqual(list(readmes.findings(["a"], {"a/README.md": "line\n" * 10}.get)), [])

    def test_missing_and_long_readmes(self):
        found = list(readmes.findings(["a", "b/c"], {"b/c/README.md": "line\n" * 11}.get))
        self.assertEqual(len(found), 2)
        self.assertTrue(found[0].startswith("a: no README.md"), found)
        self.assertTrue(found[1].startswith("b/c/README.md: 11 lines"), found)


class GuardsTest(unittest.TestCase):

    def test_guard_is_the_path(self):
        text = "// Why.\n#ifndef A_B_C_H_\n#define A_B_C_H_\n\nint x;\n\n#endif  // A_B_C_H_\n"
        self.assertTrue(guards.has_guard("a/b_c.h", text))
        self.assertFalse(guards.has_guard("a/moved.h", text))
        self.assertFalse(guards.has_guard("a/b_c.h", text.replace("#define A", "#define B")))


class ChangedFilesTest(unittest.TestCase):

    def test_order_of_the_log_without_moves_and_deletions(self):
        log = "M\tnew.cc\nA\tadded.h\n\nR100\told.cc\tmoved.cc\nR090\tx.cc\ty.cc\nD\tgone.cc\nM\tnew.cc\n"
        self.assertEqual(clang_tidy.changed_in(log), ["new.cc", "added.h", "y.cc"])

    def test_headers_are_checked_through_their_sources(self):
        known = ["a.h", "a.cc", "b.h", "c.cc"]
        self.assertEqual(clang_tidy.units(["a.h", "b.h", "c.cc", "a.cc", "gone.cc", "x.md"], known),
                         ["a.cc", "b.h", "c.cc"])


class FindsBad:
    """Finds something in one file."""

    def check(self, path):
        return "a finding" if path == "bad.cc" else ""


class TimeBoundTest(unittest.TestCase):

    def test_all_are_checked_in_time(self):
        failed, left_out = clang_tidy.check_all(FindsBad(), ["bad.cc", "a.cc", "b.cc"], 60)
        self.assertEqual((failed, left_out), (["bad.cc"], []))

    def test_none_is_begun_after_the_time(self):
        failed, left_out = clang_tidy.check_all(FindsBad(), ["bad.cc", "a.cc"], 0)
        self.assertEqual((failed, left_out), ([], ["bad.cc", "a.cc"]))


class RunTest(unittest.TestCase):
    """The command on a repository that holds nothing but what a test puts there."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = pathlib.Path(folder.name)
        for path in ("tests/lint/run", "deploy/local/lib.sh", ".clang-format"):
            (self.root / path).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(REPOSITORY / path, self.root / path)
        subprocess.run(["git", "init", "--quiet"], cwd=self.root, check=True)

    def lint(self, *checks):
        """Exit code, outcomes and output."""
        outcomes = self.root / "outcomes"
        run = subprocess.run([self.root / "tests/lint/run", "--outcomes", outcomes, *checks],
                             stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
        return run.returncode, outcomes.read_text() if outcomes.exists() else "", run.stdout

    def test_unknown_check(self):
        code, outcomes, output = self.lint("misspelled")
        self.assertEqual((code, outcomes), (1, ""))
        self.assertIn("unknown check misspelled", output)

    def test_code_without_findings(self):
        (self.root / "good.cc").write_text("int main() { return 0; }\n")
        code, outcomes, output = self.lint("clang_format", "shellcheck")
        self.assertEqual((code, outcomes), (0, "passed clang_format\npassed shellcheck\n"), output)

    def test_a_check_that_fails_does_not_stop_the_next(self):
        (self.root / "bad.cc").write_text("int main( ) { return 0; }\n")
        (self.root / "script").write_text("#!/usr/bin/env bash\nrm $1\n")
        code, outcomes, output = self.lint("clang_format", "shellcheck")
        self.assertEqual((code, outcomes), (1, "failed clang_format\nfailed shellcheck\n"), output)
        self.assertIn("bad.cc:1:", output)
        self.assertIn("SC2086", output)


if __name__ == "__main__":
    unittest.main()
