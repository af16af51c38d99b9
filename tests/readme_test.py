"""Runs the commands of README.md as a new user would: in a clean clone, one after the other.

Every block marked `sh` is run. A block marked `json` or `text` right after it is what it prints; numbers, times and
hashes may differ. A block that only sets variables sets them for all that follow. Of the other documents, what they refer
to must exist.
"""

import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import time
import unittest

from local_stack import REPOSITORY, free_port_base

BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
ASSIGNMENTS = re.compile(r"(\w+=\S+\s+)+")
DOCUMENTS = ["README.md", "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md", *sorted(
    str(path.relative_to(REPOSITORY)) for path in REPOSITORY.glob("docs/*.md"))]


def comparable(text):
    text = re.sub(r"[0-9a-f]{32,}", "<hash>", text)
    text = re.sub(r"\d{4}-\d\d-\d\dT[\d:.]+Z", "<time>", text)
    text = re.sub(r"\d+(\.\d+)?", "<number>", text)
    return [line.rstrip() for line in text.strip().splitlines()]


def steps():
    """Yields (commands, output that the README shows or None)."""
    blocks = BLOCK.findall((REPOSITORY / "README.md").read_text(encoding="utf-8"))
    for position, (kind, text) in enumerate(blocks):
        if kind == "sh":
            following = blocks[position + 1:position + 2]
            yield text, next((shown for after, shown in following if after in ("json", "text")), None)


class ReadmeTest(unittest.TestCase):

    @classmethod
    def setUpClass(cls):
        cls.folder = pathlib.Path(tempfile.mkdtemp(prefix="toolcatalog-readme-"))
        cls.folder.chmod(0o755)
        cls.addClassCleanup(shutil.rmtree, cls.folder, ignore_errors=True)
        cls.clone = cls.folder / "toolcatalog"
        subprocess.run(["git", "clone", "--quiet", REPOSITORY, cls.clone], check=True)
        cache = os.environ.get("TOOLCATALOG_BUILD_CACHE")
        if cache:
            with open(cls.clone / ".bazelrc", "a", encoding="utf-8") as settings:
                settings.write(f"\nbuild --disk_cache={cache}\n")
        cls.addClassCleanup(cls.end)
        cls.port_base = free_port_base()

    @classmethod
    def end(cls):
        subprocess.run([cls.clone / "deploy/local/down", "--wipe"], check=False, stdout=subprocess.DEVNULL)
        output_base = cls.bazel("info", "output_base")
        cls.bazel("shutdown")
        # Bazel keeps its outputs outside of the clone, and write-protected.
        subprocess.run(["chmod", "-R", "u+w", output_base], check=False)
        shutil.rmtree(output_base, ignore_errors=True)

    @classmethod
    def bazel(cls, *arguments):
        outcome = subprocess.run(
            ["bazel", *arguments], cwd=cls.clone, check=False, text=True, stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL)
        return outcome.stdout.strip()

    def on_own_ports(self, commands):
        commands = re.sub(r"\b808([0-5])\b", lambda match: str(self.port_base + int(match[1])), commands)
        return commands.replace("deploy/local/up", f"deploy/local/up --port-base {self.port_base}")

    def run_as_shown(self, commands, shown):
        """Runs commands until they print what is shown; a read may be a moment behind the write before it."""
        deadline = time.monotonic() + (10 if "-X" not in commands and "curl" in commands else 0)
        while True:
            outcome = subprocess.run(
                ["bash", "-e", "-c", self.on_own_ports(commands)], cwd=self.clone, text=True, timeout=1800, check=False,
                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
            printed = comparable(outcome.stdout.replace(str(self.clone), "/home/you/toolcatalog"))
            as_shown = outcome.returncode == 0 and (shown is None or printed == comparable(shown))
            if as_shown or time.monotonic() > deadline:
                return outcome, printed

    def test_every_command_prints_what_is_shown(self):
        variables = ""
        for commands, shown in steps():
            if ASSIGNMENTS.fullmatch(commands):
                variables += commands
                continue
            with self.subTest(commands=commands):
                outcome, printed = self.run_as_shown(variables + commands, shown)
                print(f"$ {commands.strip()}\n{outcome.stdout}{outcome.stderr}", flush=True)
                self.assertEqual(outcome.returncode, 0)
                if shown is not None:
                    self.assertEqual(printed, comparable(shown))


class SettingsTest(unittest.TestCase):
    """README.md's settings are those of the programs: no flag and no key is missing there, or is there alone."""

    SERVICES = {"catalog_service": ["", "migrate", "compact"], "reload_service": [""]}

    @classmethod
    def setUpClass(cls):
        subprocess.run(["bazel", "build", *(f"//{name}" for name in cls.SERVICES)], cwd=REPOSITORY, check=True)
        subprocess.run([REPOSITORY / "deploy/gateway/build"], check=True)

    @staticmethod
    def section(name):
        text = (REPOSITORY / "README.md").read_text(encoding="utf-8")
        return re.search(rf"^### {re.escape(name)}\n(.*?)(?=^### |\Z)", text, re.MULTILINE | re.DOTALL)[1]

    @staticmethod
    def outcome(*command):
        return subprocess.run(command, check=False, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT).stdout

    def assert_flags(self, section, *commands):
        helps = [self.outcome(*command, "--help") for command in commands]
        flags = {flag for text in helps for flag in re.findall(r"^  (--[a-z-]+)", text, re.MULTILINE)}
        self.assertEqual(set(re.findall(r"`(--[a-z-]+)`", self.section(section))), flags - {"--help", "--version"})

    def test_flags(self):
        for name, commands in self.SERVICES.items():
            program = REPOSITORY / "bazel-bin" / name / name
            self.assert_flags(name, *([program, *command.split()] for command in commands))
        self.assert_flags("gateway", [REPOSITORY / ".build/gateway/gateway"])
        self.assert_flags("deploy/local/up", [REPOSITORY / "deploy/local/up"])

    def test_keys(self):
        for name in self.SERVICES:
            with self.subTest(service=name), tempfile.NamedTemporaryFile("w", suffix=".yaml") as config:
                config.write("no_such_key: 1\n")
                config.flush()
                program = REPOSITORY / "bazel-bin" / name / name
                known = re.search(r"unknown key; known: (.*)", self.outcome(program, "--config", config.name))[1]
                rows = re.findall(r"^\|[^|]*\|([^|]*)\|[^|]*\|$", self.section(name), re.MULTILINE)
                keys = {key for row in rows for key in re.findall(r"`([a-z_]+)`", row)}
                self.assertEqual(keys, set(known.split(", ")))
                listed = re.search(r"with the keys (.*?);", re.sub(r"\s+", " ", self.outcome(program, "--help")))[1]
                self.assertEqual(set(listed.split(", ")), keys)


class DocumentsTest(unittest.TestCase):

    def texts(self):
        for name in DOCUMENTS:
            with self.subTest(document=name):
                yield REPOSITORY / name, (REPOSITORY / name).read_text(encoding="utf-8")

    def test_links_lead_somewhere(self):
        for path, text in self.texts():
            for target, anchor in re.findall(r"\]\(([^)#]*)(#[^)]*)?\)", text):
                with self.subTest(target=target + anchor):
                    if "://" in target:
                        continue
                    other = (path.parent / target) if target else path
                    self.assertTrue(other.exists())
                    if anchor:
                        self.assertIn(anchor, anchors(other))

    def test_named_files_exist(self):
        files = tracked_files()
        for _, text in self.texts():
            for name in set(re.findall(r"`((?!google/)(?:[a-z0-9_]+/)+[a-z0-9_]+(?:\.[a-z]+)?)`", text)):
                with self.subTest(name=name):
                    # The way from a folder's parent is enough, and so is the stem of a pair of files.
                    named = re.compile(rf"(^|/){re.escape(name)}(\.[a-z]+)?(/|$)")
                    self.assertTrue(any(named.search(file) for file in files) or (REPOSITORY / name).exists())

    def test_named_bazel_targets_exist(self):
        for _, text in self.texts():
            for package, target in set(re.findall(r"(?<![:\w])//([a-z0-9_/]+):([a-z0-9_]+)", text)):
                with self.subTest(target=f"//{package}:{target}"):
                    build = (REPOSITORY / package / "BUILD.bazel").read_text(encoding="utf-8")
                    self.assertIn(f'name = "{target}"', build)


def tracked_files():
    listed = subprocess.run(["git", "ls-files"], cwd=REPOSITORY, check=True, text=True, stdout=subprocess.PIPE)
    return listed.stdout.splitlines()


def anchors(document):
    """The anchors of a document's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.*)$", document.read_text(encoding="utf-8"), re.MULTILINE)
    return ["#" + re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings]
