"""One test binary for all test files of a folder, compiled in groups."""

def cc_folder_test(name, srcs, deps, group_size = 5, **kwargs):
    """A cc_test of several test files that are compiled together, `group_size` files a unit.

    Reading the headers of gRPC and protobuf is most of what a test costs to compile, and a group reads them once. In a
    group each file's unnamed namespace gets the file's name, so that two files may have helpers of one name. Compiler
    and test messages name the original file and line.

    Args:
      name: name of the test.
      srcs: the test files. The names of their test suites differ from each other.
      deps: what they include; holds @system//:gtest_main.
      group_size: how many files are compiled as one.
      **kwargs: passed to cc_test.
    """
    units = []
    for start in range(0, len(srcs), group_size):
        unit = "%s_%d.cc" % (name, start // group_size + 1)
        native.genrule(
            name = unit.replace(".cc", "_source"),
            testonly = True,
            srcs = srcs[start:start + group_size],
            outs = [unit],
            cmd = """
                for file in $(SRCS); do
                  echo "#line 1 \\"$$file\\""
                  sed "s/^namespace {$$/namespace $$(basename $$file .cc) {/" $$file
                done > $@
            """,
        )
        units.append(unit)
    native.cc_test(
        name = name,
        srcs = units,
        # Optimising tests costs more than they gain.
        copts = ["-O1"],
        deps = deps,
        **kwargs
    )
