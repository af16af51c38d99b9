"""What a person relies on of deploy/local/up and down."""

import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import unittest

from local_stack import LocalStack, REPOSITORY, run


def new_folder(test, mode=0o755):
    folder = pathlib.Path(tempfile.mkdtemp(prefix="toolcatalog-test-"))
    folder.chmod(mode)
    test.addCleanup(shutil.rmtree, folder, ignore_errors=True)
    return folder


def new_stack(test, state_dir=None):
    stack = LocalStack(state_dir or new_folder(test) / "state")
    test.addCleanup(stack.wipe)
    return stack


class StackTestCase(unittest.TestCase):

    def assert_ok(self, outcome):
        self.assertEqual(outcome.returncode, 0, outcome.stdout + outcome.stderr)

    def assert_refused(self, outcome, *parts):
        """One line that says why, and exit code 1."""
        self.assertEqual(outcome.returncode, 1, outcome.stdout + outcome.stderr)
        self.assertEqual(len(outcome.stderr.splitlines()), 1, outcome.stderr)
        for part in parts:
            self.assertIn(part, outcome.stderr)


class DataTest(StackTestCase):

    def test_data_survives_down_and_is_gone_after_wipe(self):
        stack = new_stack(self)
        first = stack.up()
        self.assert_ok(first)
        samples = len(list((REPOSITORY / "deploy/local/sample_tools").glob("*.yaml")))
        self.assertIn(f"{samples} tools loaded", first.stdout)
        self.assertEqual(stack.call("GET", "/api/v1/tools")["total"], samples)
        stack.call("PUT", "/api/v1/tools/disk_usage", {"description": "Changed by a test"})

        secret_file = stack.state_dir / "webhook.secret"
        secret = secret_file.read_text()
        self.assertEqual(secret_file.stat().st_mode & 0o777, 0o600)
        self.assertEqual(len(secret), 64)
        self.assertNotIn(secret, first.stdout + first.stderr)

        stopped = stack.down()
        self.assert_ok(stopped)
        self.assertIn("gateway reload catalog postgres", stopped.stdout)
        self.assertEqual(stack.listens(), [])
        self.assert_ok(stack.down())

        second = stack.up()
        self.assert_ok(second)
        self.assertIn(f"the catalog has {samples} tools already", second.stdout)
        self.assertEqual(secret_file.read_text(), secret)
        self.assertEqual(stack.call("GET", "/api/v1/tools/disk_usage")["description"], "Changed by a test")
        self.assertEqual(
            stack.call("GET", "/api/v1/profiles/disk_usage")["tool"]["description"], "Changed by a test")

        self.assert_ok(stack.down("--wipe"))
        self.assertEqual(list(stack.state_dir.iterdir()), [])
        self.assert_ok(stack.down("--wipe"))
        self.assert_ok(stack.up("--no-samples"))
        self.assertEqual(stack.call("GET", "/api/v1/tools")["total"], 0)

    def test_a_killed_database_recovers_at_the_next_up(self):
        stack = new_stack(self)
        self.assert_ok(stack.up())
        stack.call("PUT", "/api/v1/tools/disk_usage", {"description": "Written before the crash"})
        os.kill(stack.pid("postgres"), signal.SIGKILL)
        self.assert_ok(stack.down())
        self.assert_ok(stack.up())
        self.assertEqual(
            stack.call("GET", "/api/v1/tools/disk_usage")["description"], "Written before the crash")

    def test_long_and_odd_state_directory_below_a_private_folder(self):
        stack = new_stack(self, new_folder(self, mode=0o700) / ("with space " + "x" * 100))
        self.assert_ok(stack.up("--no-samples"))
        self.assertEqual(stack.call("GET", "/api/v1/tools/health")["status"], "healthy")
        home = pathlib.Path((stack.state_dir / "cluster_home").read_text().strip())
        self.assert_ok(stack.down("--wipe"))
        self.assertFalse(home.exists())


class VersionTest(StackTestCase):

    def test_every_program_answers_the_version_of_the_repository(self):
        self.assert_ok(new_stack(self).up("--no-samples"))
        version = (REPOSITORY / "VERSION").read_text().strip()
        programs = {
            "catalog_service": "bazel-bin/catalog_service/catalog_service",
            "reload_service": "bazel-bin/reload_service/reload_service",
            "toolcatalog-gateway": ".build/gateway/gateway",
        }
        for name, program in programs.items():
            outcome = run([REPOSITORY / program, "--version"])
            self.assert_ok(outcome)
            self.assertRegex(outcome.stdout, rf"^{name} {re.escape(version)} \([0-9a-z]+\)\n$")


class ForegroundTest(StackTestCase):

    @classmethod
    def setUpClass(cls):
        cls.folder = pathlib.Path(tempfile.mkdtemp(prefix="toolcatalog-test-"))
        cls.folder.chmod(0o755)
        cls.stack = LocalStack(cls.folder / "state")

    @classmethod
    def tearDownClass(cls):
        cls.stack.wipe()
        shutil.rmtree(cls.folder)

    def start(self):
        stack = self.stack
        # A shell cannot trap a signal that its parent ignored, as a job in the background does with SIGINT.
        process = subprocess.Popen(
            stack.command("--no-samples"), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            text=True, preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL))
        self.addCleanup(process.communicate)
        self.addCleanup(process.terminate)
        for line in process.stdout:
            if "Ctrl-C stops it" in line:
                return process
        self.fail(process.stderr.read())

    def test_ctrl_c_stops_everything(self):
        stack, process = self.stack, self.start()
        self.assertEqual(stack.listens(), [0, 1, 2, 5])
        again = stack.up()
        self.assert_ok(again)
        self.assertIn("is running already", again.stdout)
        process.send_signal(signal.SIGINT)
        self.assertEqual(process.wait(timeout=60), 0)
        self.assertEqual(stack.listens(), [])

    def test_down_stops_it(self):
        stack, process = self.stack, self.start()
        self.assert_ok(stack.down())
        self.assertEqual(process.wait(timeout=60), 0)
        self.assertEqual(stack.listens(), [])

    def test_a_service_that_dies_is_named_and_ends_the_rest(self):
        stack, process = self.stack, self.start()
        os.kill(stack.pid("reload"), signal.SIGKILL)
        self.assertEqual(process.wait(timeout=60), 1)
        errors = process.stderr.read()
        self.assertIn("last lines of", errors)
        self.assertTrue(errors.splitlines()[-1].startswith("up: reload has ended"), errors)
        self.assertEqual(stack.listens(), [])


class UpAgainTest(StackTestCase):

    def assert_reported(self, stack, outcome):
        self.assert_ok(outcome)
        self.assertEqual(outcome.stderr, "")
        self.assertIn("The Tool Catalog is running already.", outcome.stdout)
        for offset in (0, 1, 2, 5):
            self.assertIn(f"127.0.0.1:{stack.port_base + offset}", outcome.stdout)
        self.assertIn(f"deploy/local/down --state-dir {stack.state_dir}", outcome.stdout)

    def test_a_running_stack_is_reported_and_left_alone(self):
        stack = new_stack(self)
        self.assert_ok(stack.up("--no-samples"))
        pids = [stack.pid(name) for name in ("gateway", "reload", "catalog", "postgres")]
        self.assert_reported(stack, stack.up())
        self.assert_reported(stack, run([REPOSITORY / "deploy/local/up", "--state-dir", stack.state_dir]))
        self.assertEqual(stack.call("GET", "/api/v1/tools")["total"], 0)
        self.assertEqual(pids, [stack.pid(name) for name in ("gateway", "reload", "catalog", "postgres")])

        other = run([REPOSITORY / "deploy/local/up", "--state-dir", stack.state_dir, "--port-base", "19000"])
        self.assert_refused(other, f"--port-base {stack.port_base}, not 19000", "deploy/local/down")
        os.kill(stack.pid("reload"), signal.SIGSTOP)
        self.addCleanup(os.kill, stack.pid("reload"), signal.SIGCONT)
        self.assert_refused(stack.up(), "is not healthy", "deploy/local/down")

    def test_the_printed_commands_can_be_pasted(self):
        stack = new_stack(self)
        printed = stack.up().stdout
        commands = [line.strip() for line in printed.splitlines() if line.startswith("  curl ")]
        self.assertEqual(len(commands), 3, printed)
        folder = new_folder(self)
        for command in commands:
            # A shell that takes an unquoted "?" for a pattern without a match ends here.
            outcome = run(["bash", "-O", "failglob", "-e", "-o", "pipefail", "-c", command], cwd=folder)
            self.assert_ok(outcome)
            self.assertTrue(outcome.stdout.strip(), command)


class RefusalTest(StackTestCase):

    def test_state_directory_in_use_by_part_of_a_stack(self):
        stack = new_stack(self)
        self.assert_ok(stack.up("--no-samples"))
        os.kill(stack.pid("reload"), signal.SIGKILL)
        self.assert_refused(stack.up(), "is in use", f"deploy/local/down --state-dir {stack.state_dir}")
        self.assertEqual(stack.listens(), [0, 1, 5])

    def test_port_in_use(self):
        stack = new_stack(self)
        for offset in range(6):
            with socket.create_server(("127.0.0.1", stack.port_base + offset)):
                self.assert_refused(stack.up(), f"port {stack.port_base + offset} is in use", "--port-base")
                self.assertFalse(stack.state_dir.exists())
        stack.state_dir.mkdir()
        with socket.create_server(("127.0.0.1", stack.port_base)):
            self.assert_refused(stack.up(), "is in use")
        self.assertEqual(list(stack.state_dir.iterdir()), [])

    def test_down_where_there_is_nothing(self):
        stack = LocalStack(new_folder(self) / "state")
        for _ in range(2):
            for flags in ([], ["--wipe"]):
                outcome = stack.down(*flags)
                self.assert_ok(outcome)
                self.assertIn("There is no local stack", outcome.stdout)
            stack.state_dir.mkdir(exist_ok=True)  # as a wipe leaves it

    def test_the_build_does_not_inherit_the_lock(self):
        # Bazel's server outlives the build, so that it would hold the lock for ever.
        tools = new_folder(self)
        (tools / "bazel").write_text("#!/bin/sh\nls -l /proc/$$/fd\nexit 1\n")
        (tools / "bazel").chmod(0o755)
        stack = new_stack(self)
        outcome = stack.up(env={**os.environ, "PATH": f"{tools}:{os.environ['PATH']}"})
        self.assertEqual(outcome.returncode, 1)
        log = (stack.state_dir / "build.log").read_text()
        self.assertIn("build.log", log)
        self.assertNotIn("state/lock", log)

    def test_foreign_folder_is_neither_used_nor_wiped(self):
        folder = new_folder(self)
        (folder / "thesis.txt").write_text("years of work")
        stack = LocalStack(folder)
        self.assert_refused(stack.up(), "neither empty nor the state directory")
        self.assert_refused(stack.down("--wipe"), "not the state directory")
        self.assertEqual((folder / "thesis.txt").read_text(), "years of work")

    def test_unknown_and_incomplete_arguments(self):
        up, down = REPOSITORY / "deploy/local/up", REPOSITORY / "deploy/local/down"
        self.assert_refused(run([up, "--frobnicate"]), "unknown argument --frobnicate")
        self.assert_refused(run([down, "--frobnicate"]), "unknown argument --frobnicate")
        self.assert_refused(run([up, "--state-dir"]), "--state-dir needs a directory")
        for port in ("", "0", "-1", "65532", "http", "99999999999999999999"):
            self.assert_refused(run([up, "--port-base", port]), "--port-base needs a number")

    def test_no_package_manager(self):
        # A PATH with everything but apt-get.
        tools = new_folder(self)
        for folder in ("/usr/bin", "/usr/sbin"):
            for tool in pathlib.Path(folder).iterdir():
                link = tools / tool.name
                if tool.name != "apt-get" and not link.is_symlink():
                    link.symlink_to(tool)
        outcome = new_stack(self).up(env={**os.environ, "PATH": str(tools)})
        self.assertEqual(outcome.returncode, 1)
        self.assertIn("no apt-get on this machine", outcome.stderr)

    def test_full_disk(self):
        folder = new_folder(self)
        if run(["mount", "-t", "tmpfs", "-o", "size=16m", "tmpfs", folder]).returncode != 0:
            self.skipTest("mounting a small file system is not allowed here")
        self.addCleanup(run, ["umount", folder])
        self.assert_refused(LocalStack(folder / "state").up(), "the disk of", "is full")
