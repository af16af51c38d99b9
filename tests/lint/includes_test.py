"""The check of includes, on small repositories that are made up here."""

import unittest
from xml.sax.saxutils import quoteattr

import includes
import targets

HEADER = '<?xml version="1.1" encoding="UTF-8" standalone="no"?>'


def rule(kind, name, outputs=(), command=None, alwayslink=False, **lists):
    """One rule as `bazel query --output=xml` writes it."""
    parts = []
    for attribute, values in lists.items():
        labels = "".join(f"<label value={quoteattr(value)}/>" for value in values)
        parts.append(f'<list name="{attribute}">{labels}</list>')
    if command is not None:
        parts.append(f'<string name="cmd" value={quoteattr(command)}/>')
    if alwayslink:
        parts.append('<boolean name="alwayslink" value="true"/>')
    parts += [f"<rule-output name={quoteattr(output)}/>" for output in outputs]
    return f'<rule class="{kind}" name={quoteattr(name)}>{"".join(parts)}</rule>'


def library(name, **more):
    """The library //NAME:NAME of one header and one source."""
    label = f"//{name}:{name}"
    return rule("cc_library", label, hdrs=[f"{label}.h"], srcs=[f"{label}.cc"], **more)


def findings(rules, files):
    """The findings on rules, where each file includes what is listed for it, and others nothing."""
    texts = {path: "".join(f"#include {name}\n" for name in names) for path, names in files.items()}
    known = targets.parse(f'{HEADER}<query version="2">{"".join(rules)}</query>')
    return includes.Check(known, lambda path: texts.get(path, "")).findings()


class IncludesTest(unittest.TestCase):

    def assert_one(self, found, *parts):
        self.assertEqual(len(found), 1, found)
        for part in parts:
            self.assertIn(part, found[0])

    def test_its_own_and_direct_headers_may_be_included(self):
        self.assertEqual([], findings(
            [library("base"), library("top", deps=["//base:base"])],
            {"top/top.h": ['"base/base.h"'], "top/top.cc": ['"top/top.h"', "<vector>", "<unistd.h>"]}))

    def test_header_of_an_indirect_dependency(self):
        rules = [library("base"), library("middle", deps=["//base:base"]), library("top", deps=["//middle:middle"])]
        found = findings(rules, {"middle/middle.h": ['"base/base.h"'],
                                 "top/top.cc": ['"middle/middle.h"', '"base/base.h"']})
        self.assert_one(found, "top/top.cc:2:", '"base/base.h"', "//base:base", "//top:top")

    def test_spaces_in_the_directive(self):
        found = findings([library("base"), library("top")], {"top/top.cc": []})
        self.assertEqual(found, [])
        text = '  #  include  "base/base.h"  // why\n// #include "other.h"\n'
        self.assertEqual(list(includes.includes(text)), [(1, True, "base/base.h")])

    def test_header_of_nobody(self):
        self.assert_one(findings([library("top")], {"top/top.cc": ['"top.h"']}),
                        "top/top.cc:1:", "belongs to no target")

    def test_header_among_the_sources_is_private(self):
        owner = rule("cc_library", "//base:base", srcs=["//base:base.cc", "//base:inner.h"])
        self.assert_one(findings([owner, library("top", deps=["//base:base"])], {"top/top.cc": ['"base/inner.h"']}),
                        "private to //base:base")
        self.assertEqual(findings([owner], {"base/base.cc": ['"base/inner.h"']}), [])

    def test_dependency_that_nothing_needs(self):
        self.assert_one(findings([library("base"), library("top", deps=["//base:base"])], {}),
                        "//top:top", "no include needs its dep //base:base")

    def test_dependencies_that_need_no_include(self):
        rules = [
            library("registered", alwayslink=True),
            rule("cc_library", "//flags:flags"),
            library("top", deps=["//registered:registered", "//flags:flags", "@system//:absl"]),
        ]
        self.assertEqual(findings(rules, {}), [])

    def test_alias_stands_for_its_target(self):
        alias = '<rule class="alias" name="//a:a"><label name="actual" value="//base:base"/></rule>'
        rules = [alias, library("base"), library("top", deps=["//a:a"])]
        self.assertEqual(findings(rules, {"top/top.cc": ['"base/base.h"']}), [])

    def test_headers_of_the_system(self):
        files = {"top/top.cc": ['"absl/strings/str_cat.h"', "<gtest/gtest.h>"]}
        self.assertEqual(findings([library("top", deps=["@system//:absl", "@system//:gtest_main"])], files), [])
        self.assert_one(findings([library("top", deps=["@system//:gtest"])], files), "@system//:absl")


class GeneratedTest(unittest.TestCase):

    def proto_rules(self):
        outputs = [f"//protos:v1/tool.pb{suffix}" for suffix in (".h", ".cc")]
        return [
            rule("genrule", "//protos:v1_sources", outputs, srcs=["//protos:v1/tool.proto"]),
            rule("cc_library", "//protos:v1", hdrs=[outputs[0]], srcs=[outputs[1]], includes=["."],
                 deps=["@system//:grpc", "//base:base"]),
            library("base"),
        ]

    def test_header_of_a_proto_by_its_import_path(self):
        files = {"top/top.cc": ['"v1/tool.pb.h"']}
        self.assertEqual(findings(self.proto_rules() + [library("top", deps=["//protos:v1"])], files), [])
        found = findings(self.proto_rules() + [library("top")], files)
        self.assertEqual(len(found), 1)
        self.assertIn("//protos:v1", found[0])

    def unity_rules(self, deps, **more):
        """Two test files that are compiled as one generated source."""
        tests = ["//t:a_test.cc", "//t:b_test.cc"]
        return [
            library("base"),
            rule("genrule", "//t:all_source", ["//t:all.cc"], **more),
            rule("cc_library", "//t:all_texts", textual_hdrs=tests),
            rule("cc_test", "//t:all", srcs=["//t:all.cc"], deps=["//t:all_texts", *deps]),
        ]

    def test_sources_of_a_generated_file_belong_to_the_test(self):
        files = {"t/a_test.cc": [], "t/b_test.cc": ['"base/base.h"']}
        by_source = {"srcs": ["//t:a_test.cc", "//t:b_test.cc"]}
        by_command = {"command": 'printf "#include \\"t/a_test.cc\\"\\n#include \\"t/b_test.cc\\"\\n" > $@'}
        for more in (by_source, by_command):
            self.assertEqual(findings(self.unity_rules(["//base:base"], **more), files), [])
            found = findings(self.unity_rules([], **more), files)
            self.assertEqual(len(found), 1, found)
            self.assertIn("t/b_test.cc:1:", found[0])
            self.assertIn("//t:all does not name", found[0])

    def test_dependency_of_a_group_that_nothing_needs(self):
        found = findings(self.unity_rules(["//base:base"], srcs=["//t:a_test.cc", "//t:b_test.cc"]), {})
        self.assertEqual(found, ["//t:all: no include needs its dep //base:base"])

    def test_filegroups_stand_for_their_files(self):
        rules = [
            rule("filegroup", "//t:files", srcs=["//t:a_test.cc"]),
            library("base"),
            rule("cc_test", "//t:a", srcs=["//t:files"]),
        ]
        self.assertEqual(len(findings(rules, {"t/a_test.cc": ['"base/base.h"']})), 1)


class LooseFilesTest(unittest.TestCase):

    def test_file_that_no_target_compiles(self):
        known = targets.parse(f"{HEADER}<query>{library('top')}</query>")
        self.assertEqual(includes.loose_files(known, ["top/top.cc", "top/top.h", "top/lost.cc"]),
                         ["top/lost.cc: no target compiles it"])


if __name__ == "__main__":
    unittest.main()
