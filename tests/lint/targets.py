"""The C++ targets of this repository, as Bazel knows them. Used by the checks beside this file."""

import pathlib
import re
import subprocess
import xml.etree.ElementTree as xml

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
CODE_SUFFIXES = (".h", ".cc")
# A generated source may include other sources by lines that its command writes.
WRITTEN_INCLUDE = re.compile(r'#include\s+\\*"([^"\\]+\.cc)\\*"')


class Target:
    """A cc_library, cc_binary or cc_test; files are paths from the repository's root.

    code     what is compiled for it: its sources, and those that its generated sources include
    headers  what others may include: path -> the names by which it can be included
    textual  those of its headers that need not compile alone
    written  labels of the headers that a rule generates
    folders  where its consumers find headers besides the root
    """

    def __init__(self, name, deps, alwayslink):
        self.name, self.deps, self.alwayslink = name, deps, alwayslink
        self.code, self.headers, self.textual, self.written, self.folders, self.defines = [], {}, [], [], [], []


def path_of(label):
    """`//a/b:c.h` -> `a/b/c.h`; `@x//a:c.h` -> `external/x/a/c.h`."""
    repository, _, rest = label.partition("//")
    package, _, name = rest.partition(":")
    root = f"external/{repository[1:]}" if repository.startswith("@") else ""
    return "/".join(part for part in (root, package, name) if part)


class _Graph:
    """The rules of a query's answer by name, and the rule that writes each generated file."""

    def __init__(self, text):
        # Bazel calls its answer XML 1.1, which Python's parser does not know; it is valid as 1.0.
        rules = xml.fromstring(re.sub(r"^<\?xml[^>]*\?>", "", text)).iter("rule")
        self.rules = {rule.get("name"): rule for rule in rules}
        self.writers = {
            output.get("name"): rule
            for rule in self.rules.values() if not rule.get("class").startswith("cc_")
            for output in rule.findall("rule-output")
        }

    def values(self, rule, attribute):
        return [value.get("value") for value in rule.findall(f"list[@name='{attribute}']/*")]

    def files(self, rule, attribute):
        """Labels of files; a label of a rule stands for the files that this rule collects or writes."""
        labels = []
        for label in self.values(rule, attribute):
            if label not in self.rules:
                labels.append(label)
            elif self.rules[label].get("class") == "filegroup":
                labels += self.files(self.rules[label], "srcs")
            else:
                labels += [output.get("name") for output in self.rules[label].findall("rule-output")]
        return labels

    def dep(self, label):
        """A dependency by its own name, not that of an alias."""
        rule = self.rules.get(label)
        if rule is None or rule.get("class") != "alias":
            return label
        return self.dep(rule.find("label[@name='actual']").get("value"))

    def code(self, label):
        """Paths of the code that is compiled for a source file: itself, or what its generated text includes."""
        if label not in self.writers:
            return [path_of(label)]
        writer = self.writers[label]
        command = writer.find("string[@name='cmd']")
        written = WRITTEN_INCLUDE.findall(command.get("value")) if command is not None else []
        return [path_of(source) for source in self.files(writer, "srcs")] + written


def _target(graph, rule):
    flag = rule.find("boolean[@name='alwayslink']")
    package = path_of(rule.get("name").partition(":")[0])
    target = Target(rule.get("name"), [graph.dep(label) for label in graph.values(rule, "deps")],
                    flag is not None and flag.get("value") == "true")
    target.folders = [f"{package}/{folder}".strip("/").removesuffix("/.") for folder in graph.values(rule, "includes")]
    target.defines = graph.values(rule, "defines")
    target.written = [label for label in graph.files(rule, "hdrs") if label in graph.writers]
    for attribute in ("srcs", "hdrs"):
        for label in graph.files(rule, attribute):
            target.code += [path for path in graph.code(label) if path.endswith(CODE_SUFFIXES)]
    # Compiled at the link of each program.
    stamp = rule.find("label[@name='linkstamp']")
    if stamp is not None:
        target.code.append(path_of(stamp.get("value")))
    target.textual = [path_of(label) for label in graph.files(rule, "textual_hdrs")]
    for path in [path_of(label) for label in graph.files(rule, "hdrs")] + target.textual:
        inside = [path.removeprefix(f"{folder}/") for folder in target.folders if path.startswith(f"{folder}/")]
        target.headers[path] = [path] + inside
    return target


def parse(text):
    """The targets in the answer of `bazel query --output=xml`."""
    graph = _Graph(text)
    targets = [_target(graph, rule) for rule in graph.rules.values() if rule.get("class").startswith("cc_")]
    # A source that another target's generated file includes is compiled there, with the deps of that target.
    compiled = {path for target in targets for path in target.code}
    for target in targets:
        target.code += [path for path in target.textual if path not in compiled and path.endswith(CODE_SUFFIXES)]
    return sorted(targets, key=lambda target: target.name)


def query():
    """The targets of this repository, and those that its BUILD files make of Debian's protos and libraries."""
    scope = "kind(rule, //... + @googleapis//... + @system//...)"
    command = ["bazel", "query", "--noshow_progress", "--output=xml", scope]
    answer = subprocess.run(command, cwd=REPOSITORY, stdout=subprocess.PIPE, text=True, check=True)
    return parse(answer.stdout)


def listed_files(*patterns):
    """Files of the work tree that Git tracks or would track, as paths from the root."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", *patterns]
    names = subprocess.run(command, cwd=REPOSITORY, stdout=subprocess.PIPE, text=True, check=True).stdout.split("\0")
    return sorted(name for name in set(names) if name and (REPOSITORY / name).is_file())
