"""Runs the commands of docs/protos.md, which make client code without Bazel, in a folder that has the protos only."""

import importlib.util
import pathlib
import re
import shutil
import subprocess
import tempfile
import unittest

from local_stack import REPOSITORY

SECTION = re.compile(r"^## (\w+)\n(.*?)(?=^## |\Z)", re.MULTILINE | re.DOTALL)
COMMANDS = re.compile(r"^```sh\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def find_go():
    go = subprocess.run([REPOSITORY / "deploy/gateway/find_go"], check=True, capture_output=True, text=True).stdout.strip()
    return pathlib.Path(go).parent


class ProtosPageTest(unittest.TestCase):

    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="toolcatalog-protos-"))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        for name in ("protos", "third_party"):
            shutil.copytree(REPOSITORY / name, self.folder / name)
        page = (REPOSITORY / "docs/protos.md").read_text(encoding="utf-8")
        self.commands = {title: "".join(COMMANDS.findall(text)) for title, text in SECTION.findall(page)}

    def run_section(self, title, check):
        """Runs a section's commands, and then `check`, a command that uses what they made."""
        script = "\n".join(["set -euo pipefail", self.commands["Imports"], self.commands[title], check])
        done = subprocess.run(["bash", "-c", script], cwd=self.folder, capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        return done.stdout

    @unittest.skipUnless(importlib.util.find_spec("ensurepip"), "needs the Debian package python3-venv")
    def test_python(self):
        self.run_section("Python", "cd .build/python && venv/bin/python -c 'from toolcatalog.v1 import "
                         "catalog_service_pb2_grpc, query_pb2, reload_service_pb2_grpc; "
                         "query_pb2.GetToolRequest(tool_name=\"grep\")'")

    def test_go(self):
        self.commands["Go"] = f'export GOTOOLCHAIN=local PATH="{find_go()}:$PATH"\n' + self.commands["Go"]
        listed = self.run_section("Go", "cd .build/go && go list ./...")
        self.assertIn("example.com/client/toolcatalog/v1", listed)

    @unittest.skipUnless(shutil.which("grpc_java_plugin"), "needs the Debian package protobuf-compiler-grpc-java-plugin")
    def test_java(self):
        self.run_section("Java", "cd .build/java/com/toolcatalog/v1 && ls Tool.java CatalogServiceGrpc.java")

    @unittest.skipUnless(shutil.which("npm"), "needs npm")
    def test_typescript(self):
        self.run_section("TypeScript", "cd .build/typescript && node --input-type=module -e '"
                         'import { CatalogService } from "./toolcatalog/v1/catalog_service_pb.js"; '
                         'if (CatalogService.method.getTool.name !== "GetTool") process.exit(1);\'')

    def test_buf(self):
        self.run_section("buf", "test -s .build/toolcatalog.binpb")
