#!/usr/bin/env python3
"""Writes docs/catalogue.md, and the tables of rules and schedules in README.md, from the comments above the structs.

    python3 docs/catalogue.py            writes both
    python3 docs/catalogue.py --check    fails if one of them is not what this would write

A comment has a first sentence that says what the algorithm does, and the fields `Memory:`, `Passes:` and `Source:`
(schedules: `Source:`). Both modes fail if one is missing, if the table of families in docs/guide/using_rules.md leaves
out a name, or if runtime/all_rules.hpp leaves out a rule.
"""

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
HEADERS = ROOT / "include" / "descent"
CATALOGUE = ROOT / "docs" / "catalogue.md"
README = ROOT / "README.md"
FAMILIES = ROOT / "docs" / "guide" / "using_rules.md"
BEGIN = "<!-- Written by docs/catalogue.py from the headers. -->"
END = "<!-- The end of what docs/catalogue.py writes. -->"

FIELDS = ("Memory", "Passes", "Shapes", "Errors", "Source", "Options", "Differs from", "Same as")
PAPER = r"arXiv:(\d{4}\.\d{4,5}|[a-z-]+/\d{7})"
# Reviewed: these follow from their definition.
WITHOUT_SOURCE = {"ClipByBlockNorm", "ClipByPowerNorm", "ClipByValue", "Freeze", "Negate", "ProjectToBall",
                  "ProjectToBox", "ScaleByLearningRate"}
# Reviewed: headers without an entry of their own, and those whose entries are functions.
HELPERS = {"schedules": "common cycles families fields lists one_cycle_phase", "schedules/compose": "",
           "transforms/decay": "decay decayed_gradient", "transforms/matrix": "kron_side shampoo_side soap_side",
           "transforms/scale": "average_square", "transforms/whole_step": "momo_model rate_times_distance",
           "wrappers": "lookahead_momentum perturbation selectors"}
FUNCTIONS = {"schedules/warmup.hpp": ["warmup"],
             "schedules/compose/algebra.hpp": ["mean", "clamp", "shift", "stretch", "cycle", "per_epoch"],
             "schedules/compose/sequence.hpp": ["hold", "join"],
             "transforms/decay/corrected_decay.hpp": ["corrected_decay"],
             "wrappers/partition.hpp": ["partition", "masked"]}
ROOMS = [("transforms/scale", "How long the step is: moments, norms, the learning rate"),
         ("transforms/clip", "Limits of the gradient or of the update"),
         ("transforms/decay", "Weight decay"),
         ("transforms/momentum", "Momentum"),
         ("transforms/gradient", "Changes of the gradient, before other rules see it"),
         ("transforms/project", "Constraints, after the step"),
         ("transforms/matrix", "Whole matrices"),
         ("transforms/whole_step", "Steps of algorithms that are not sums of parts")]

errors = []


class Entry:
    def __init__(self, name, header, comment):
        self.name, self.header = name, header
        paragraphs = re.split(r"\n\s*\n", comment)
        summary = re.sub(rf"^{name}: ", "", first_sentence(paragraphs[0])).rstrip(":")
        self.summary = summary[:1].upper() + summary[1:]
        text = " ".join(comment.split())
        text = re.sub(r"\bMemory, passes([^:]*): (.*?)\.", r"Memory: \2. Passes: \2. Also\1.", text)
        parts = re.split(rf"\b({'|'.join(FIELDS)}): ", text)
        self.fields = {key: first_sentence(value) for key, value in zip(parts[1::2], parts[2::2])}

    def check(self, *needed):
        for field in needed:
            if not self.fields.get(field) and not (field == "Source" and self.name in WITHOUT_SOURCE):
                errors.append(f"{self.header}: the comment above {self.name} has no `{field}:`")
        return self

    def field(self, name):
        return cell(self.fields.get(name, ""))

    @property
    def is_complete(self):
        return all(field in self.fields for field in ("Memory", "Passes", "Source"))


def first_sentence(text):
    text = " ".join(text.split())
    return re.split(r"(?<!\bal)(?<!\b[A-Z])\.(?:\s+(?=[A-Z`])|$)|(?<=\d)\.\s", text)[0].strip()


def cell(text):
    text = text.replace("<", "&lt;").replace("|", "\\|")
    return re.sub(PAPER, r"[arXiv:\1](https://arxiv.org/abs/\1)", text) or "–"


def documented(header):
    """(kind and name, comment) of all that has a comment of `///` at the left margin."""
    text = (HEADERS / header).read_text(encoding="utf-8")
    found = re.findall(r"((?:^///.*\n)+)(?:^template.*\n|^  requires.*\n)*^(\w.*)", text, re.M)
    return [(line, re.sub(r"^/// ?", "", comment, flags=re.M)) for comment, line in found]


def name_in(line, functions):
    struct = re.match(r"struct (\w+)", line)
    function = re.search(r"\b(\w+)\(", line)
    if struct:
        return struct.group(1)
    return function.group(1) if function and function.group(1) in functions else None


def entries_of(folder):
    """The entries of all headers of a folder, by name."""
    entries = []
    for path in sorted((HEADERS / folder).glob("*.hpp")):
        text = path.read_text(encoding="utf-8")
        if not re.search("^namespace descent", text, re.M):
            continue  # it only includes others
        header = f"{folder}/{path.name}"
        main, others = split_entries(header)
        if not main and path.stem not in HELPERS.get(folder, "").split():
            errors.append(f"{header}: no struct with a comment is named as the header, and HELPERS does not list it")
        entries += main + others
    return sorted(entries, key=lambda entry: entry.name.lower())


def split_entries(header):
    """The entries that the header is named after, and other structs with a complete comment."""
    folder, _, file = header.rpartition("/")
    stem = file.removesuffix(".hpp")
    functions, helper = FUNCTIONS.get(header, []), stem in HELPERS.get(folder, "").split()
    sources = [h for h in (header, f"{folder}/{stem}/rule.hpp") if (HEADERS / h).exists()]
    main, others, seen = [], [], set()
    for line, text in (found for h in sources for found in documented(h)):
        name = name_in(line, functions)
        if name is None or name in seen or (functions and name not in functions):
            continue
        entry = Entry(name, header, text)
        if name in functions or (name.lower() == stem.replace("_", "") and not helper):
            main.append(entry)
        elif entry.is_complete or (folder == "schedules" and "Source" in entry.fields):
            others.append(entry)
        seen.add(name)
    return main, others


def table(entries, columns):
    titles = [title for title, _ in columns]
    lines = ["| " + " | ".join(titles) + " |", "|" + " --- |" * len(titles)]
    lines += ["| " + " | ".join(show(entry) for _, show in columns) + " |" for entry in entries]
    return "\n".join(lines) + "\n"


def link(prefix):
    return "name", lambda e: f"[`{e.name}`]({prefix}include/descent/{e.header})"


INTRODUCTION = """What descent has, from the comments above the structs; `python3 docs/catalogue.py` writes this page.
Options, formulas and differences from other systems are in the headers. The memory is what a rule needs in addition
to parameters and gradient. *Passes* says how often it goes over memory; *fused* means within the pass of the rules
before it. How far each optimizer gets on eight problems: [convergence.md](convergence.md). What may be added:
[architecture.md](architecture.md#what-may-enter-the-catalogue)."""
SUMMARY = ("what it does", lambda e: cell(e.summary))
COSTS = [("memory", lambda e: e.field("Memory")), ("passes", lambda e: e.field("Passes"))]
SOURCE = ("source", lambda e: e.field("Source"))


def rules_of(folder):
    functions = sum(FUNCTIONS.values(), [])
    return [e if e.name in functions else e.check("Memory", "Passes", "Source") for e in entries_of(folder)]


def catalogue(optimizers, wrappers, schedules):
    columns = [link("../"), SUMMARY, *COSTS, SOURCE]
    return "\n".join([
        "# The catalogue", "", BEGIN, "", INTRODUCTION, "",
        "## Optimizers", "", table(optimizers, columns),
        "## Around other rules", "", table(wrappers, columns),
        "## Transformations, the parts of optimizers", "",
        *(f"### {title}: `{room}`\n\n" + table(rules_of(room), columns) for room, title in ROOMS),
        "## Schedules", "", table(schedules, [link("../"), SUMMARY, SOURCE]),
        "## Schedules from schedules", "",
        "In addition to `a >> b` (one after the other), `a + b` and `a * b`:", "",
        table(entries_of("schedules/compose"), [link("../"), SUMMARY]), END, ""])


def papers(entry):
    """The papers of an entry as links, or else its source in words."""
    found = re.findall(PAPER, entry.fields.get("Source", ""))
    return ", ".join(f"[{paper}](https://arxiv.org/abs/{paper})" for paper in found) or entry.field("Source")


def named(entries):
    return ", ".join(f"{link('')[1](entry)} ({papers(entry)})" for entry in entries)


class Group:
    """Rules of the same costs, which share a line."""

    def __init__(self, entries):
        self.entries = entries
        self.costs = [show(entries[0]) for _, show in COSTS]

    @staticmethod
    def all_of(entries):
        by_costs = {}
        for entry in entries:
            by_costs.setdefault(tuple(show(entry) for _, show in COSTS), []).append(entry)
        return sorted((Group(group) for group in by_costs.values()), key=Group.order)

    def order(self):
        numbers = re.findall(r"\d+", self.costs[0])
        return (0 if self.costs[0] == "none" else int(numbers[0]) if numbers else 100, -len(self.entries), self.costs)


def folded(title, rows):
    return f"<details>\n<summary>{title}</summary>\n\n{rows}\n</details>"


def readme(optimizers, wrappers, schedules):
    text = README.read_text(encoding="utf-8")
    if text.count(BEGIN) != 1 or text.count(END) != 1:
        sys.exit(f"README.md: must have the lines '{BEGIN}' and '{END}' once each")
    families = FAMILIES.read_text(encoding="utf-8")
    errors.extend(f"{FAMILIES.relative_to(ROOT)}: the table of families leaves out `{e.name}`" for e in optimizers
                  if f"`{e.name}`" not in families)
    text, counts = re.subn(r"^(\| optimizers, families of schedules \|) \d+, \d+ \|",
                           rf"\1 {len(optimizers)}, {len(schedules)} |", text, flags=re.M)
    if counts != 1:
        errors.append("README.md: its comparison has no row '| optimizers, families of schedules |'")
    rules = [e for e in optimizers + wrappers if "Memory" in e.fields]
    costs = table(Group.all_of(rules), [("memory", lambda g: g.costs[0]), ("passes", lambda g: g.costs[1]),
                                        ("rules (papers)", lambda g: named(g.entries))])
    rules = folded(f"All {len(optimizers)} optimizers, and the rules around them, by their cost: memory in addition to "
                   "parameters and gradient, passes over memory", costs)
    rates = folded(f"All {len(schedules)} families of schedules, and their papers", named(schedules) + "\n")
    more = "What each does, the parts of optimizers, and the algebra of schedules: [docs/catalogue.md](docs/catalogue.md)."
    before, rest = text.split(BEGIN)
    return f"{before}{BEGIN}\n\n{rules}\n\n{rates}\n\n{more}\n\n{END}{rest.split(END)[1]}"


def check_rooms():
    rooms = {p.name for p in (HEADERS / "transforms").iterdir() if p.is_dir()}
    listed = {room.removeprefix("transforms/") for room, _ in ROOMS}
    for room in sorted(rooms ^ listed):
        errors.append(f"transforms/{room}/: is not in ROOMS of docs/catalogue.py, or not there")


NOT_IN_TEXT = {"ScaleByBlock"}  # make_optimizer refuses them by name


def check_rules_of_texts():
    """make_optimizer must know each optimizer, transformation and wrapper."""
    known = set(re.findall(r"^    (\w+)[,>]", (HEADERS / "runtime/all_rules.hpp").read_text(encoding="utf-8"), re.M))
    for folder in ["optimizers", "wrappers"] + [room for room, _ in ROOMS]:
        for path in sorted((HEADERS / folder).glob("*.hpp")):
            text = path.read_text(encoding="utf-8")
            for name in re.findall(r"^struct (\w+) \{", re.split("namespace (?:descent::)?detail", text)[0], re.M):
                is_rule = re.search(rf"^struct {name} \{{.*?^\}};", text, re.M | re.S)
                if is_rule and re.search(r"auto chain\(| update\(|Workspace", is_rule.group()) and name not in known | NOT_IN_TEXT:
                    errors.append(f"{folder}/{path.name}: add {name} to runtime/all_rules.hpp")


def main():
    check_rooms()
    check_rules_of_texts()
    parts = rules_of("optimizers"), rules_of("wrappers"), [e.check("Source") for e in entries_of("schedules")]
    wanted = {CATALOGUE: catalogue(*parts), README: readme(*parts)}
    for path, text in wanted.items():
        if "--check" not in sys.argv[1:]:
            path.write_text(text, encoding="utf-8")
        elif not path.exists() or path.read_text(encoding="utf-8") != text:
            errors.append(f"{path.relative_to(ROOT)}: is not what the headers say: run python3 docs/catalogue.py")
    if errors:
        sys.exit("\n".join(errors))


if __name__ == "__main__":
    main()
