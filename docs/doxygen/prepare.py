#!/usr/bin/env python3
"""Copies headers and Markdown pages for Doxygen, in a form that it shows as we mean it: docs/build.sh.

    python3 docs/doxygen/prepare.py FOLDER

Lines keep their numbers. In headers, formulas and code become code blocks, the fields of a comment (`Memory:`) begin a
line, and `namespace detail` is left out. In pages, headings get labels, and links lead to pages and headers; a link to
another file becomes text.
"""

import re
import shutil
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "docs"))
from links import LINK, anchor, lines_outside_code  # noqa: E402

PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md")), ROOT / "include/descent/core/README.md",
         ROOT / "benchmarks/README.md"]
IMAGES = (".svg", ".png", ".gif")
FIELDS = "Memory|Passes|Shapes|Errors|Source|Options|Differs from|Same as"


def without_details(text):
    """The text without `namespace detail { ... }`, whose lines become empty; both of its ends are at the margin."""
    hidden = re.compile(r"^namespace detail \{.*?^\}  // namespace detail$", re.M | re.S)
    return hidden.sub(lambda part: "\n" * part.group().count("\n"), text)


def escaped(text):
    """The text of a comment, in which `<`, `>` and `#` are characters; a `code span` stays as it is."""
    parts = re.split(r"(`[^`]*`)", text)
    return "".join(part if part.startswith("`") else re.sub(r"([<>#])", r"\\\1", part) for part in parts)


def comment_line(line, previous, in_code):
    """The line of a `///` comment as Doxygen shall read it, and whether it is code."""
    start, rest = re.match(r"(\s*///)(.*)", line).groups()
    if re.match(r"   +\S", rest) and (in_code or previous == ""):
        return f"{start}    {rest}", True
    if not rest.strip() and in_code:
        return line, True
    rest = re.sub(r"^ ([-+]|\d+\.)(?=\s)", r" \\\1", rest) if previous else rest  # no list in the middle of a sentence
    rest = escaped(rest)
    rest = re.sub(rf"(?<![\w`])({FIELDS}):(?=\s|$)", r"<br>**\1:**", rest)
    return start + rest, False


def header(text):
    lines, previous, in_code = [], None, False
    text = text.replace("// SPDX-License-Identifier: MIT", "/// @file", 1)  # without it no page links to the header
    for line in without_details(text).split("\n"):
        comment = re.match(r"\s*///(?!<|/)(.*)", line)
        if comment:
            line, in_code = comment_line(line, previous, in_code)
            previous = comment.group(1).strip()
        else:
            line = "" if re.match(r"\s*friend detail::", line) else line
            line = re.sub(r"(///<)(.*)", lambda match: match.group(1) + escaped(match.group(2)), line)
            previous, in_code = None, False
        lines.append(line)
    return "\n".join(lines)


def image_name(path):
    """One folder holds all pictures; their names contain their folders, so that they differ."""
    return path.relative_to(ROOT).as_posix().replace("/", "_")


def page_label(path):
    name = path.relative_to(ROOT).with_suffix("").as_posix().lower()
    return "mainpage" if name == "readme" else "page_" + re.sub(r"[^a-z0-9]+", "_", name)


def labels(path):
    """The line of each heading with its label, and the label of each anchor."""
    by_line, by_anchor = {}, {}
    for number, line in lines_outside_code(path):
        heading = re.match(r"#{1,6}\s+(.*?)\s*#*$", line)
        if heading:
            label = f"{page_label(path)}_{len(by_line)}" if by_line else page_label(path)
            by_line[number], by_anchor[anchor(heading.group(1))] = label, label
    return by_line, by_anchor


def reference(page, target):
    """What Doxygen links to, or nothing."""
    name, _, fragment = target.partition("#")
    file = (page.parent / name).resolve() if name else page
    if file in PAGES:
        label = labels(file)[1].get(fragment) if fragment else page_label(file)
        return "@ref " + ("index" if label == "mainpage" else label)
    if file.suffix == ".hpp" and file.is_relative_to(ROOT / "include"):
        return f"@ref {named_like(file) or file.relative_to(ROOT / 'include')}"
    return None


def named_like(file):
    """The struct that a header is named after, if there is one."""
    for name in re.findall(r"^(?:struct|class) (\w+)", file.read_text(encoding="utf-8"), re.M):
        if name.lower() == file.stem.replace("_", ""):
            return f"descent::{name}"
    return None


def link(page, match):
    target = match.group(1) or match.group(2)
    if re.match(r"[a-z]+:", target):
        return match.group()
    if target.endswith(IMAGES):
        return f"]({image_name((page.parent / target).resolve())})"
    found = reference(page, target)
    return f"]({found})" if found else "]()"


def plainer(line):
    """A line of a page without what Doxygen 1.9 shows wrongly: folded parts, `a \\| b` in tables, and a code span after
    a character that is not ASCII, whose first backtick it takes for text."""
    line = re.sub(r"^</?details>$", "", line)
    line = re.sub(r"^<summary>(.*)</summary>$", r"**\1**", line)

    def code(span):
        text = span.group(1).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
        return f"<code>{text}</code>"

    line = re.sub(r"(?<=[^\x00-\x7f])(`[^`]*`)|`[^`]*`", lambda span: (" " if span.group(1) else "") + span.group(), line)
    return re.sub(r"`([^`]*\\\|[^`]*)`", code, line)


def page(path):
    by_line, _ = labels(path)
    lines = path.read_text(encoding="utf-8").split("\n")
    for number, line in lines_outside_code(path):
        line = plainer(LINK.sub(lambda match: link(path, match), line))
        line = re.sub(r"(?<!!)\[((?:[^\[\]`]|`[^`]*`|\[[^\]]*\])*)\]\(\)", r"\1", line)  # a link to nothing is text
        line = re.sub(r"\[([^\[\]]*)\](?=\(@ref)", lambda text: text.group().replace("`", ""), line)
        if number in by_line:
            line = f"{line.rstrip()} {{#{by_line[number]}}}"
        lines[number - 1] = line
    return "\n".join(lines)


def main():
    target = Path(sys.argv[1])
    shutil.rmtree(target, ignore_errors=True)
    copies = [(path, header(path.read_text(encoding="utf-8"))) for path in (ROOT / "include").rglob("*.hpp")]
    copies += [(path, page(path)) for path in PAGES]
    (target / "images").mkdir(parents=True)
    for image in (path for path in (ROOT / "docs").rglob("*") if path.suffix in IMAGES):
        shutil.copy(image, target / "images" / image_name(image))
    for path, text in copies:
        copy = target / path.relative_to(ROOT)
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
