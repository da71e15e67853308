# SPDX-License-Identifier: MIT
"""The faults that mutate.py plants: all other forms of the lines of a header."""
import dataclasses
import pathlib
import re

HEADERS = pathlib.Path(__file__).resolve().parent.parent.parent / "include" / "descent"

OPERATORS = {" + ": " - ", " - ": " + ", " * ": " / ", " / ": " * ", " < ": " <= ", " <= ": " < ", " > ": " >= ",
             " >= ": " > ", " == ": " != ", " != ": " == ", " && ": " || ", " || ": " && ", " += ": " -= ",
             " -= ": " += ", " *= ": " /= ", " /= ": " *= ", "min(": "max(", "max(": "min("}
ORDERS = (" < ", " <= ", " > ", " >= ")
NUMBER = re.compile(r"(?<![\w.\"'])\d[\d']*(?:\.\d+)?(?:e-?\d+)?(?![\w.\"'])")
STATEMENT = re.compile(r"^ {4,}[\w.\[\]>*-]+(?: [-+*/]?= .*|\(.*\));$|^ {4,}(?:\+\+|--)[\w.]+;$")
CONDITION = re.compile(r"\bif \(")
# A choice between the two numbers that are compared: equal ones choose alike.
NEAREST = re.compile(r"(-?[\w.]+) [<>]=? (-?[\w.]+) \? (?:\1|\2)(?![\w.])")
# Lines on which a change is no fault of a formula: types, and messages.
NO_FORMULA = re.compile(r"^\s*(//|#|template|requires|concept|static_assert|using |typename|DESCENT_)|operator[-+*/<>=]"
                        r"|\bcheck[.(]|\bstruct\b|fail_|static constexpr|_v<")


@dataclasses.dataclass(frozen=True, order=True)
class Mutant:
    header: str  # below include/descent
    line: int
    old: str
    new: str

    def __str__(self):
        return f"{self.header}:{self.line}: {self.old.strip()}  ->  {self.new.strip() or '(dropped)'}"


def another_number(text):
    value = float(text.replace("'", ""))
    if "." not in text and "e" not in text:
        return str(int(value) + 1)
    return "1.0" if value == 0 else repr(value * (0.9 if value < 1 else 1.1))


def closing(code, begin):
    """Where the parenthesis closes that opens before `begin`; None if on another line."""
    depth = 1
    for place in range(begin, len(code)):
        depth += {"(": 1, ")": -1}.get(code[place], 0)
        if depth == 0:
            return place
    return None


def changes(code):
    """All other forms of a line without comment."""
    spans = [match.span() for match in re.finditer(r'"(?:\\.|[^"\\])*"', code)]

    nearest = [match.span() for match in NEAREST.finditer(code)]

    def replaced(begin, end, text):
        if not any(first < end and begin < last for first, last in spans):
            yield code[:begin] + text + code[end:]

    for old, new in OPERATORS.items():
        for match in re.finditer(r"(?<!\w)" * old[0].isalpha() + re.escape(old), code):
            if old in ORDERS and any(begin <= match.start() < end for begin, end in nearest):
                continue
            yield from replaced(*match.span(), new)
    for match in NUMBER.finditer(code):
        yield from replaced(*match.span(), another_number(match.group()))
    if STATEMENT.match(code):
        yield ""
    for match in CONDITION.finditer(code):
        end = closing(code, match.end())
        if end is not None:
            yield f"{code[:match.end()]}!({code[match.end():end]}){code[end:]}"


def mutants_of(header):
    """All mutants of a header, by its path below include/descent."""
    inside_check = False
    for number, line in enumerate((HEADERS / header).read_text().splitlines(), 1):
        # Limits: the checks of rules' options, which tests/properties hold, for all rules at once.
        inside_check = line.startswith("  void check(") and not line.endswith("}") or inside_check and line != "  }"
        code = line.split("//")[0].rstrip()
        if NO_FORMULA.search(code) or inside_check and header.startswith("transforms/"):
            continue
        for new in dict.fromkeys(changes(code)):
            if new != code:
                yield Mutant(header, number, line, new)
