#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Do the tests notice a fault? Plants faults in the formulas, one at a time, and runs the tests that should fail.

    python3 tests/mutation/mutate.py --sample 60 --seed 1 --jobs 2
    python3 tests/mutation/mutate.py --only transforms/scale_by_adam --list

A mutant is one change of one line: another operator, another constant, a dropped statement, a negated condition. It is
compiled with the few tests that name its structs (`tests_of`), one after the other until one fails. What no quick test
covers is left to tests/properties: the checks of options in transforms (`Limits`). Fails if fewer than --least percent
of the mutants that compile are caught: chance decides much in a small sample. Mutants that change nothing stand in equivalent.txt, with the reason.
"""
import argparse
import concurrent.futures
import functools
import pathlib
import random
import re
import shutil
import subprocess
import sys
import tempfile
import threading

from mutants import HEADERS, mutants_of

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
TESTS = ROOT / "tests"
FOLDERS = ("transforms", "schedules", "io")
TEXT = ["schedules/text", "schedules/hostile_text", "schedules/text_property"]
# The tests of headers that have no struct, or no test of their name.
TESTS_OF_HELPERS = {
    "schedules/common.hpp": ["schedules/common", "schedules/polynomial_decay", "schedules/exponential_decay"],
    "schedules/lists.hpp": ["schedules/listed_values", "schedules/multi_step", "schedules/piecewise_constant"],
    "schedules/cycles.hpp": ["schedules/cosine_restarts", "schedules/polynomial_restarts", "schedules/cyclic"],
    "schedules/one_cycle_momentum.hpp": ["schedules/one_cycle"],
    "schedules/one_cycle_phase.hpp": ["schedules/one_cycle"],
    "transforms/decay/corrected_decay.hpp": ["transforms/corrected_decay", "optimizers/presets"],
    "transforms/decay/decay.hpp": ["transforms/add_decayed_weights", "transforms/add_cautious_decay", "optimizers/laprop"],
    "transforms/decay/decayed_gradient.hpp": ["reference/sgd", "optimizers/sgd"],
    "transforms/matrix/shampoo_side.hpp": ["reference/shampoo", "optimizers/shampoo"],
    "transforms/matrix/soap_side.hpp": ["reference/soap", "optimizers/soap"],
    **{f"schedules/{stem}.hpp": TEXT for stem in "fields families text/names text/parse_schedule text/reader "
       "text/stream text/to_string text/values".split()},
    "io/checkpoint/checkpoint.hpp": ["io/checkpoint", "io/checkpoint_refusals"],
    "io/checkpoint/checkpoint_parts.hpp": ["io/checkpoint", "io/checkpoint_refusals"],
    "io/checkpoint/checkpoint_reader.hpp": ["io/checkpoint_refusals", "io/checkpoint", "io/format_1"],
    "io/fit_saver.hpp": ["training/fit_resume", "training/fit_run"],
    "io/names.hpp": ["io/parameters", "io/checkpoint_refusals"],
    "io/parameters.hpp": ["io/parameters", "io/file_kinds"],
    "io/checkpoint/rule_text.hpp": ["io/checkpoint_refusals", "io/format_1", "io/checkpoint"],
    "io/tensors_of_tree.hpp": ["io/parameters", "io/checkpoint"],
    "io/safetensors/utf8.hpp": ["io/utf8"],
    "io/system/standard_new_file.hpp": ["io/standard_new_file"],
    **{f"io/safetensors/{stem}.hpp": ["io/hostile_headers", "io/parameters", "io/round_trip"]
       for stem in "convert data_types header json_reader read_header".split()},
    **{f"io/safetensors/{stem}.hpp": ["io/damage", "io/parameters", "io/format_1"]
       for stem in "tensor_file verify write_header write_tensors".split()},
    **{f"io/system/{stem}.hpp": ["io/failing_disk", "io/file_kinds", "io/checkpoint_files"]
       for stem in "new_file paths posix_calls posix_new_file read_file temporary_names".split()},
}
MOST_TESTS = 3
COMPILE_SECONDS, RUN_SECONDS = 240, 30


def equivalents():
    """`header ¦ line ¦ mutated line ¦ reason`; # begins a comment."""
    known = set()
    for line in (HERE / "equivalent.txt").read_text().splitlines():
        if line and not line.startswith("#"):
            header, old, new, reason = (part.strip() for part in line.split(" ¦ "))
            assert reason, line
            known.add((header, old, new))
    return known


def structs_of(path):
    return set(re.findall(r"^struct (\w+)", path.read_text(), re.M))


def users_of(names):
    """The structs of headers that use one of these structs in their code: recipes, mostly."""
    pattern = re.compile(r"\b(" + "|".join(names) + r")\b")
    users = set()
    for folder in ("optimizers", "transforms"):
        for path in (HEADERS / folder).rglob("*.hpp"):
            code = "\n".join(line for line in path.read_text().splitlines() if not line.lstrip().startswith("//"))
            if pattern.search(code):
                users |= structs_of(path)
    return users - names


@functools.cache
def includes_of(path):
    """The paths of the headers, of descent and of the tests, that a file includes itself."""
    text = path.read_text() if path.exists() else ""
    return ({HEADERS / header for header in re.findall(r"#include <descent/(.*)>", text)} |
            {TESTS / header for header in re.findall(r'#include "(.*)"', text)})


@functools.cache
def included_by(path):
    """The headers of descent that a file includes, directly or not, by their paths below include/descent."""
    found, left = set(), {path}
    while left:
        left = set().union(*map(includes_of, left)) - found  # headers may include each other
        found |= left
    return {str(header.relative_to(HEADERS)) for header in found if header.is_relative_to(HEADERS)}


def score(path, header, direct, recipes):
    """How much a test has to do with a header that defines the structs `direct`, which `recipes` use."""
    text = path.read_text()
    if path.parent.name == "reference" and "void add_" not in text:
        return 0
    words = re.findall(r"\w+", text)
    own, others = sum(word in direct for word in words), len(recipes & set(words))
    if not own and not others:
        return 0
    stem = path.stem.removesuffix("_test").replace("_", "")
    if stem == pathlib.Path(header).stem.removeprefix("scale_by_").replace("_", ""):
        own += 20
    elif stem in {name.lower() for name in recipes}:
        own += 5
    return min(3 * own, 25) + others + 3 * (path.parent.name == "reference")


@functools.cache
def tests_of(header):
    """The tests that should notice a fault in a header: those named after it or that name its structs, best first."""
    folder, stem = header.split("/")[0], pathlib.Path(header).stem
    own_test = TESTS / folder / f"{stem}_test.cpp"
    if header in TESTS_OF_HELPERS:
        return [TESTS / (name + ("" if name.startswith("reference") else "_test") + ".cpp")
                for name in TESTS_OF_HELPERS[header]]
    if not header.startswith("transforms/") and own_test.exists():
        return [own_test]
    if header.startswith("io/"):  # their tests are few, and few name a struct
        paths = [path for path in sorted((TESTS / "io").glob("*_test.cpp")) if header in included_by(path)]
        return sorted(paths, key=lambda path: len(included_by(path)))[:MOST_TESTS]
    direct = structs_of(HEADERS / header)
    if not direct:
        return []
    recipes = users_of(direct)
    folders = ("reference", "transforms", "optimizers", "wrappers", "schedules", "io")
    scores = {path: score(path, header, direct, recipes)
              for folder in folders for path in (TESTS / folder).glob("*.cpp")}
    defaults = TESTS / "transforms" / "defaults_test.cpp"  # it names them all
    scores.pop(defaults)
    best = sorted((path for path in scores if scores[path]), key=lambda path: (-scores[path], path))[:MOST_TESTS]
    return [*best, defaults] if header.startswith("transforms/") else best


class Workshop:
    """Compiles tests against scratch copies of include/, one for each job."""

    def __init__(self, compiler, eigen, jobs):
        self.scratch = pathlib.Path(tempfile.mkdtemp(prefix="descent_mutants_"))
        self.flags = [compiler, "-std=c++20", "-O0", "-w", f"-I{TESTS}", "-isystem", eigen]
        self.folders = [self.scratch / str(job) for job in range(jobs)]
        for folder in self.folders:
            shutil.copytree(ROOT / "include", folder / "include")
        self.free = list(self.folders)
        self.lock = threading.Lock()
        self.shared_objects = {}

    def compile(self, folder, source, target, extra=()):
        command = [*self.flags, f"-I{folder / 'include'}", *extra, str(source), "-o", str(target)]
        return subprocess.run(command, capture_output=True, timeout=COMPILE_SECONDS).returncode == 0

    def objects(self, kind):
        """What a test of this kind is linked with; compiled once, from headers without a fault."""
        with self.lock:
            if kind not in self.shared_objects:
                sources = self.reference_sources() if kind == "reference" else [self.catch_main()]
                self.shared_objects[kind] = [self.scratch / (source.stem + ".o") for source in sources]
                for source, target in zip(sources, self.shared_objects[kind]):
                    if not self.compile(ROOT, source, target, ["-c"]):
                        sys.exit(f"{source} does not compile")
            return self.shared_objects[kind]

    def catch_main(self):
        source = self.scratch / "catch_main.cpp"
        source.write_text("#define CATCH_CONFIG_MAIN\n#if __has_include(<catch2/catch.hpp>)\n"
                          "#include <catch2/catch.hpp>\n#endif\n")
        return source

    def reference_sources(self):
        """The comparison without rules: every part of the catalogue that is not linked is empty."""
        folder = TESTS / "reference"
        parts = {name for path in folder.glob("*.hpp") for name in
                 re.findall(r"^void (add_\w+)\(Catalogue&\);", path.read_text(), re.M)}
        source = self.scratch / "no_rules.cpp"
        source.write_text("namespace reference {\nstruct Catalogue;\n" + "".join(
            f"__attribute__((weak)) void {part}(Catalogue&) {{}}\n" for part in sorted(parts)) + "}\n")
        return [HERE / "reference_cases.cpp", folder / "rule_case.cpp", folder / "peer_options.cpp",
                folder / "measuring.cpp", source]

    def verdict_of_test(self, folder, test):
        kind = test.parent.name if test.parent.name == "reference" else "catch"
        program, compiled = folder / "program", folder / "test.o"
        objects = [path for path in self.objects(kind) if path.stem != test.stem]
        # The test's object comes first: of functions in several objects the linker takes the first, with the fault.
        if not (self.compile(folder, test, compiled, ["-c"]) and
                self.compile(folder, compiled, program, map(str, objects))):
            return "does not compile"
        data = TESTS / "reference" / "data"
        files = sorted(map(str, [*data.glob("optimizers/*.json"), *data.glob("other/*.json")]))
        arguments = files if kind == "reference" else []
        run = subprocess.run([program, *arguments], capture_output=True, timeout=RUN_SECONDS)
        return "survived" if run.returncode == 0 else "killed"

    def verdict(self, header, tests, text=None):
        """What becomes of a header with this text: killed, survived, timeout, or does not compile."""
        with self.lock:
            folder = self.free.pop()
        path = folder / "include" / "descent" / header
        before = path.read_text()
        try:
            path.write_text(before if text is None else text)
            verdict = "survived"
            for test in tests:
                verdict = self.verdict_of_test(folder, test)
                if verdict != "survived":
                    break
            return verdict
        except subprocess.TimeoutExpired:
            return "timeout"
        finally:
            path.write_text(before)
            with self.lock:
                self.free.append(folder)


def judge(workshop, mutant):
    lines = (HEADERS / mutant.header).read_text().splitlines()
    assert lines[mutant.line - 1].startswith(mutant.old), f"{mutant.header} has changed meanwhile"
    lines[mutant.line - 1] = mutant.new
    verdict = workshop.verdict(mutant.header, tests_of(mutant.header), "\n".join(lines) + "\n")
    print(f"{verdict:16} {mutant}", flush=True)
    return verdict


def chosen_mutants(options):
    headers = sorted(str(path.relative_to(HEADERS)) for folder in FOLDERS for path in (HEADERS / folder).rglob("*.hpp"))
    known = equivalents()
    mutants = [mutant for header in headers if re.search(options.only, header) for mutant in mutants_of(header)
               if (header, mutant.old.split("//")[0].strip(), mutant.new.strip()) not in known]
    without = sorted({mutant.header for mutant in mutants if not tests_of(mutant.header)})
    if without:
        print("No quick test, left out: " + ", ".join(without))
    mutants = [mutant for mutant in mutants if mutant.header not in without]
    if options.sample and options.sample < len(mutants):
        mutants = sorted(random.Random(options.seed).sample(mutants, options.sample))
    return mutants


def parse_options():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sample", type=int, default=0, help="how many mutants, drawn at random; 0: all")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--least", type=float, default=90, help="the least share to be caught, in percent")
    parser.add_argument("--only", default="", help="headers whose path matches this regular expression")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--list", action="store_true", help="only list the mutants, and the tests of their headers")
    parser.add_argument("--check-tests", action="store_true", help="first run the tests without a fault: all must pass")
    parser.add_argument("--compiler", default="g++")
    parser.add_argument("--eigen", default="/usr/include/eigen3")
    return parser.parse_args()


def main():
    options = parse_options()
    mutants = chosen_mutants(options)
    if options.list:
        for header in sorted({mutant.header for mutant in mutants}):
            print(header, "->", *(str(test.relative_to(TESTS)) for test in tests_of(header)))
        print(*mutants, sep="\n")
        return 0
    workshop = Workshop(options.compiler, options.eigen, options.jobs)
    try:
        with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
            if options.check_tests:
                tests = sorted({test for mutant in mutants for test in tests_of(mutant.header)})
                verdicts = pool.map(lambda test: workshop.verdict(mutants[0].header, [test]), tests)
                failing = [str(test) for test, verdict in zip(tests, verdicts) if verdict != "survived"]
                if failing:
                    sys.exit("These tests fail without a fault: " + ", ".join(failing))
            verdicts = list(pool.map(lambda mutant: judge(workshop, mutant), mutants))
    finally:
        shutil.rmtree(workshop.scratch)
    return report(mutants, verdicts, options.least)


def report(mutants, verdicts, least):
    print(f"\n{'folder':12} {'mutants':>8} {'killed':>8} {'timeout':>8} {'survived':>9} {'no compile':>11}")
    for folder in [*FOLDERS, ""]:
        counted = [verdict for mutant, verdict in zip(mutants, verdicts) if mutant.header.startswith(folder)]
        numbers = [counted.count(kind) for kind in ("killed", "timeout", "survived", "does not compile")]
        print(f"{folder or 'all':12} {len(counted):8} {numbers[0]:8} {numbers[1]:8} {numbers[2]:9} {numbers[3]:11}")
    survivors = [mutant for mutant, verdict in zip(mutants, verdicts) if verdict == "survived"]
    if survivors:
        print("\nSurvivors:", *survivors, sep="\n  ")
    compiled = len(verdicts) - verdicts.count("does not compile")
    share = 1 - len(survivors) / compiled if compiled else 0
    print(f"\n{compiled - len(survivors)} of {compiled} mutants that compile are caught: {share:.0%}")
    return 0 if 100 * share >= least else 1


if __name__ == "__main__":
    sys.exit(main())
