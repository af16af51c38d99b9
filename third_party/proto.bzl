"""C++ code from protos, made with the system's protoc and grpc_cpp_plugin."""

_WELL_KNOWN_ROOT = "/usr/include"

# Headers that protos import for options only. No declaration of a message or service needs them, and they bring
# descriptor.pb.h, which makes a file that includes messages a third slower to compile. So the generated headers leave
# them to the generated sources, whose descriptors refer to them.
_OPTION_HEADERS = "^#include .google/api/(annotations|field_behavior).pb.h."

def _generated(stem, with_service):
    kinds = ["pb"] + (["grpc.pb"] if with_service else [])
    return [stem + "." + kind + suffix for kind in kinds for suffix in [".h", ".cc"]]

def _move_option_headers(stems):
    move = "{ grep -E '%s' $$stem.h || true; cat $$stem.cc; } >$$stem.new && mv $$stem.new $$stem.cc" % _OPTION_HEADERS
    remove = "sed -i -E '\\@%s@d' $$stem.h" % _OPTION_HEADERS
    stems = " ".join(["$(RULEDIR)/" + stem + ".pb" for stem in stems])
    return " && for stem in %s; do %s && %s; done" % (stems, move, remove)

def cc_grpc_library(name, roots, srcs, messages = [], services = [], deps = [], alwayslink = False, visibility = None):
    """A cc_library of the messages and services of protos.

    Args:
      name: name of the library.
      roots: the folders that import paths start from, relative to the execution root.
      srcs: labels of all protos, imported ones included.
      messages: import paths without ".proto" of files that hold messages only.
      services: import paths without ".proto" of files that hold services too.
      deps: libraries of the imported protos.
      alwayslink: whether the code is linked though nothing calls it, for its descriptors.
      visibility: as usual.
    """
    outs = []
    for stem in messages:
        outs += _generated(stem, False)
    for stem in services:
        outs += _generated(stem, True)
    command = "/usr/bin/protoc %s --cpp_out=$(RULEDIR)" % " ".join(["-I" + folder for folder in roots + [_WELL_KNOWN_ROOT]])
    if services:
        command += " --plugin=protoc-gen-grpc=/usr/bin/grpc_cpp_plugin --grpc_out=$(RULEDIR)"
    command += "".join([" " + stem + ".proto" for stem in messages + services])
    native.genrule(
        name = name + "_sources",
        srcs = srcs,
        outs = outs,
        cmd = command + _move_option_headers(messages + services),
    )
    native.cc_library(
        name = name,
        srcs = [out for out in outs if out.endswith(".cc")],
        hdrs = [out for out in outs if out.endswith(".h")],
        # Reflection answers from a service's descriptor, which nothing else refers to.
        alwayslink = alwayslink or bool(services),
        copts = ["-w"],
        includes = ["."],
        visibility = visibility,
        deps = deps + ["@system//:grpc" if services else "@system//:protobuf"],
    )
