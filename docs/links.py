#!/usr/bin/env python3
"""Fails if a link of a Markdown page does not lead to a file of this repository, or to a heading of a page, and if the
index of the guide (docs/guide/README.md, docs/ja/README.md) leaves out a page.

    python3 docs/links.py

Addresses of the web are not looked up. A heading's anchor is the one that GitHub and GitLab give it.
"""

import re
import sys
from pathlib import Path
from urllib.parse import unquote

ROOT = Path(__file__).resolve().parent.parent
PAGES = [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").rglob("*.md")),
         *sorted((ROOT / "include").rglob("*.md")), *sorted((ROOT / "examples").rglob("*.md")),
         ROOT / "benchmarks" / "README.md", *sorted((ROOT / "cmake").rglob("*.md"))]
FENCE = re.compile(r"^ {0,3}(```|~~~)")
CODE = re.compile(r"(`+)(?!`).*?(?<!`)\1(?!`)")
# [text](target) and ![text](target); a text may hold an image, and a target may be in angle brackets.
LINK = re.compile(r"\]\(\s*(?:<([^>]*)>|([^()\s]*(?:\([^()\s]*\))?[^()\s]*))(?:\s+\"[^\"]*\")?\s*\)")
DEFINITION = re.compile(r"^ {0,3}\[[^\]]+\]:\s*(\S+)")
HTML = re.compile(r"<(?:a|img)\b[^>]*\b(?:href|src)=\"([^\"]*)\"")


def lines_outside_code(path):
    inside = False
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if FENCE.match(line):
            inside = not inside
        elif not inside:
            yield number, line


def anchor(heading):
    text = re.sub(r"!?\[([^\]]*)\]\([^)]*\)", r"\1", heading).strip().lower().replace("`", "")
    return re.sub(r"[^\w\- ]", "", text).replace(" ", "-")


def anchors(path):
    found, seen = set(), {}
    for _, line in lines_outside_code(path):
        heading = re.match(r"#{1,6}\s+(.*?)\s*#*$", line)
        if heading:
            name = anchor(heading.group(1))
            count = seen[name] = seen.get(name, -1) + 1
            found.add(f"{name}-{count}" if count else name)
        found.update(re.findall(r"<a\s+(?:id|name)=\"([^\"]+)\"", line))
    return found


def links(path):
    for number, line in lines_outside_code(path):
        text = CODE.sub(lambda code: "x" * len(code.group()), line)
        for match in LINK.finditer(text):
            yield number, match.group(1) if match.group(1) is not None else match.group(2)
        for target in DEFINITION.findall(text) + HTML.findall(text):
            yield number, target


def fault(page, target):
    """What is wrong with the link, or nothing."""
    if re.match(r"[a-z][a-z0-9+.-]*:", target):
        return None
    name, _, fragment = target.partition("#")
    file = (page.parent / unquote(name)).resolve() if name else page
    if not file.is_relative_to(ROOT):
        return "leads out of the repository"
    if not file.exists():
        return "there is no such file"
    if fragment and file.suffix == ".md" and unquote(fragment) not in anchors(file):
        return f"{file.relative_to(ROOT)} has no such heading"
    return None


def left_out(index, pages):
    linked = {(index.parent / unquote(target.partition("#")[0])).resolve() for _, target in links(index)}
    return [f"{index.relative_to(ROOT)}: has no link to {page.relative_to(ROOT)}" for page in pages
            if page not in linked and page != index]


def main():
    faults, count = [], 0
    for page in PAGES:
        for number, target in links(page):
            count += 1
            wrong = fault(page, target)
            if wrong:
                faults.append(f"{page.relative_to(ROOT)}:{number}: ({target}): {wrong}")
    if not count:
        faults.append("docs/links.py: found no link at all")
    docs = ROOT / "docs"
    faults += left_out(docs / "guide" / "README.md", [*docs.glob("*.md"), *(docs / "guide").glob("*.md")])
    faults += left_out(docs / "ja" / "README.md", (docs / "ja").glob("*.md"))
    if faults:
        sys.exit("\n".join(faults))
    print(f"{count} links in {len(PAGES)} pages")


if __name__ == "__main__":
    main()
