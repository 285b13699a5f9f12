#!/usr/bin/env python3
"""Fails when a source file includes a project header that its layer may not see.

Usage: check_layers.py [SOURCE TREE]
"""
import pathlib
import re
import sys

RUNTIME = ["base", "image", "sandbox", "rootfs", "store", "container", "build", "cli"]
FIXTURES = ["fixtures/engine", "fixtures/probe", "fixtures/image", "fixtures/registry"]

# Layer -> layers it may include; itself always. The longest prefix of a file's path is its layer.
ALLOWED = {
    "runtime/base": [],
    "runtime/image": ["runtime/base"],
    "runtime/sandbox": ["runtime/base"],
    "fixtures/probe": ["runtime/base"],
    "fixtures/image": ["runtime/base"],
    "fixtures/registry": ["fixtures/image", "runtime/base"],
    "fixtures/engine": ["fixtures/probe", "fixtures/image", "fixtures/registry", "runtime/base"],
    "reports/record": ["runtime/base"],
    "reports": ["reports/record", "runtime/base"],
    "bench": FIXTURES + ["reports/record", "runtime/base"],
    "bench/micro": ["runtime/" + name for name in RUNTIME],
    "conformance/clauses": [],
    "conformance/harness": ["conformance/clauses", "reports/record", "runtime/base"] + FIXTURES,
    "conformance/suites": ["conformance/harness", "conformance/clauses", "runtime/base"] + FIXTURES,
    "conformance/expectations": ["conformance/harness", "conformance/clauses", "reports/record", "runtime/base"],
    "conformance/mutants": ["conformance/harness", "conformance/clauses", "reports/record", "runtime/base"] + FIXTURES,
    "conformance/cli": ["conformance/clauses", "conformance/harness", "conformance/suites",
                        "conformance/expectations", "conformance/mutants", "reports", "reports/record",
                        "bench", "runtime/base"] + FIXTURES,
}
for index, name in enumerate(RUNTIME[3:], start=3):  # rootfs and what stands on it
    ALLOWED["runtime/" + name] = ["runtime/" + lower for lower in RUNTIME[:index]]

INCLUDE = re.compile(r'^\s*#\s*include\s+"([^"]+)"', re.MULTILINE)


def layer_of(path):
    parents = [str(p) for p in pathlib.PurePosixPath(path).parents]
    return next((p for p in parents if p in ALLOWED), None)


def main():
    root = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else ".")
    bad = seen = 0
    for top in ("runtime", "fixtures", "conformance", "bench", "reports"):
        for file in sorted((root / top).rglob("*")):
            if file.suffix not in (".h", ".cc"):
                continue
            seen += 1
            name = file.relative_to(root).as_posix()
            source = layer_of(name)
            if source is None:
                print(f"{name}: lies in no layer; give its folder a row in ci/check_layers.py")
                bad += 1
                continue
            for header in INCLUDE.findall(file.read_text(encoding="utf-8")):
                target = layer_of(header)
                if target is None and not (root / header).exists():
                    continue  # a library's header in quotes
                if target != source and target not in ALLOWED[source]:
                    print(f"{name}: layer '{source}' may not include '{header}' (layer '{target}')")
                    bad += 1
    if seen == 0:
        print(f"no sources below '{root}'")
        return 1
    return 1 if bad else 0


sys.exit(main())
