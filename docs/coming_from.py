#!/usr/bin/env python3
"""Writes the tables of docs/guide/coming_from.md from the mapping of the reference tests, and from the headers.

    python3 docs/coming_from.py            writes them
    python3 docs/coming_from.py --check    fails if the page is not what this would write

tests/reference/*.cpp turns the options of PyTorch, timm and Optax into ours, for any value, and its tests compare the
results. This reads which option each field of a rule is made from, and the peer's default (`.epsilon =
options.real("eps", 1e-8)`). Our defaults, and those of Keras (`like_keras()`), come from the headers. It fails if it
cannot find a rule's maker.
"""

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "guide" / "coming_from.md"
MAPPING = ROOT / "tests" / "reference"
HEADERS = ROOT / "include" / "descent"

READ = re.compile(r'\b(?:options|hyper)\.(real|whole|flag|text|rate|momentum|pair|optional_pair|triples|list|wholes)\("(\w+)"')
SCHEDULES = {  # the mapping's functions, by the peer's name
    "PyTorch": {"StepLR": "torch_simple", "MultiStepLR": "torch_multi_step", "ExponentialLR": "torch_exponential",
                "PolynomialLR": "torch_polynomial", "CosineAnnealingLR": "torch_simple",
                "CosineAnnealingWarmRestarts": "torch_simple", "OneCycleLR": "torch_one_cycle",
                "CyclicLR": "torch_cyclic", "SWALR": "torch_averaging", "ReduceLROnPlateau": "torch_plateau"},
    "Optax": {"polynomial_schedule": "optax_polynomial", "exponential_decay": "optax_exponential",
              "cosine_onecycle_schedule": "optax_one_cycle", "contrib.reduce_on_plateau": "optax_plateau"}}
# Wrappers and forms that the page explains in words.
IN_WORDS = ["optax adam", "optax nadam", "optax nadamw", "optax ema", "optax trace after scale_by_learning_rate",
            "timm.optim.Lookahead over torch.optim.SGD"]
errors = []


def split(text, separator=","):
    """Splits at separators that are in no brackets and no string."""
    parts, depth, quoted, start = [], 0, False, 0
    for k, char in enumerate(text):
        quoted ^= char == '"'
        depth += 0 if quoted else (char in "([{") - (char in ")]}")
        if char == separator and depth == 0 and not quoted:
            parts.append(text[start:k].strip())
            start = k + 1
    return [*parts, text[start:].strip()]


def closing(text, start):
    """The place after the bracket that closes the one at `start`."""
    depth = 0
    for k in range(start, len(text)):
        depth += (text[k] in "([{") - (text[k] in ")]}")
        if depth == 0:
            return k + 1
    return len(text)


class Function:
    def __init__(self, match, text):
        self.type, self.name = match.group(1).removeprefix("descent::"), match.group(2)
        self.parameters = [re.split(r"[\s&*]", p)[-1] for p in split(match.group(3))]
        self.body = text[match.end():text.find("\n}", match.end())]


def functions_of(text):
    found = re.finditer(r"^(?:inline )?([\w:]+) (\w+)\(([^;{]*?)\) \{$", text, re.M)
    return {match.group(2): Function(match, text) for match in found}


def read_file(path):
    return re.sub(r"//.*", "", path.read_text(encoding="utf-8"))


class Value:
    """What a field is made from: options of the peer with their defaults, or a constant."""

    def __init__(self, options=(), default=None, exact=False, text=""):
        self.options, self.default, self.exact, self.text = tuple(options), default, exact, text


def arguments(text, start):
    return split(text[text.index("(", start) + 1:closing(text, text.index("(", start)) - 1])


def value_of(expression, known, functions):
    """The Value of an expression, given those of the variables in it."""
    expression = expression.strip()
    if expression in known:
        return known[expression]
    options = []
    for word in re.finditer(r'"(?:[^"]*)"|[A-Za-z_]\w*', expression):
        if word.group() in known:
            options += known[word.group()].options
        elif word.group() in functions and word.group() not in known:
            options += [match.group(2) for match in READ.finditer(functions[word.group()].body)]
    reads = list(READ.finditer(expression))
    options += [match.group(2) for match in reads]
    if len(reads) == 1 and reads[0].start() == 0 and closing(expression, reads[0].end(1)) == len(expression):
        given = arguments(expression, 0)
        default = given[1] if len(given) > 1 else None
        return Value(options, known[default].text if default in known else default, True)
    return Value(dict.fromkeys(options), text=expression)


def variables(body, known, functions):
    """Adds the variables of a function: `const auto [a, b] = ...` and `const double a = ..., b = ...;`."""
    for statement in re.finditer(r"^\s*const (auto|[\w:<>]+) (\[[^\]]*\]|\w+)(?: =|\{)([^;]*);", body, re.M):
        names, expression = statement.group(2), statement.group(3).strip()
        read = READ.match(expression)
        if names.startswith("[") and read:
            given = arguments(expression, 0)
            for k, name in enumerate(split(names[1:-1])):
                known[name] = Value([read.group(2)], given[k + 1] if k + 1 < len(given) else None, True)
            continue
        called = re.match(r"(\w+)\(options\b", expression)
        if called and called.group(1) in functions and is_struct(functions[called.group(1)].type):
            _, _, fields = follow(called.group(1), arguments(expression, 0), functions)
            known.update({f"{names}.{field}": value for field, value in fields.items()})
            continue
        first, *more = split(f"{names} = {expression}")
        for part in (first, *more):
            name, _, text = part.partition("=")
            known[name.strip()] = value_of(text, known, functions)


def fields_in(body, known, functions):
    """Field by field what the designated initializers and assignments of a function say."""
    fields = {}
    for match in re.finditer(r"(?<![\w\])])\.(\w+) =(?!=)|\b(?:rule|cycle|decay)\.(\w+) =(?!=)", body):
        rest = body[match.end():]
        expression = split(rest[:closing_of_value(rest)])[0]
        fields[match.group(1) or match.group(2)] = value_of(expression, known, functions)
    return fields


def closing_of_value(text):
    depth = 0
    for k, char in enumerate(text):
        depth += (char in "([{") - (char in ")]}")
        if depth < 0 or (depth == 0 and char in ";,"):
            return k
    return len(text)


class Mapping:
    """A rule or schedule of a peer, as one of ours."""

    def __init__(self, peer, ours, preset, fields, mentioned=()):
        self.peer, self.ours, self.preset, self.fields = peer, ours, preset, fields
        used = {option for value in fields.values() for option in value.options}
        self.left = sorted(set(mentioned) - used - set(STRUCTS[ours][0]))  # options that have no counterpart, or one value only


def mentioned_in(name, functions, seen):
    """All options that a maker, and the functions that it calls with the options, read, ignore or refuse."""
    if name in seen:
        return set()
    seen.add(name)
    body = functions[name].body
    found = {match.group(2) for match in READ.finditer(body)}
    found.update(re.findall(r'expect_flag\("(\w+)"', body))
    for ignored in re.findall(r"ignore\(\{([^}]*)\}", body):
        found.update(re.findall(r'"(\w+)"', ignored))
    for callee in re.findall(r"\b(\w+)\(options\b", body):
        found |= mentioned_in(callee, functions, seen) if callee in functions else set()
    return found


def follow(name, given, functions, seen=(), peer=""):
    """(type, preset, fields) that a call of a maker gives, with the functions that it calls."""
    function = functions[name]
    known = {p: a if isinstance(a, Value) else Value(text=a) for p, a in zip(function.parameters, given)
             if p not in ("options", "hyper", "")}
    variables(function.body, known, functions)
    preset = re.search(r"(\w+)::(like_\w+)\(", function.body)
    fields = fields_in(function.body, known, functions)
    own = re.search(r"descent::(\w+) (?:rule|cycle|decay)\b|(?:any_rule|Schedule)\(\s*descent::(\w+)\{|descent::(\w+)\{\.", function.body)
    kind = next((g for g in own.groups() if g), None) if own and not is_struct(function.type) else function.type
    for call in re.finditer(r"\b(\w+)\((options\b|hyper\b)", function.body):
        callee = call.group(1)
        if callee in functions and callee != name and callee not in seen and is_struct(functions[callee].type):
            given = [known[a].text if a in known and not known[a].options else a for a in
                     arguments(function.body, call.start(1))]
            inner_type, inner_preset, inner = follow(callee, given, functions, (*seen, name))
            if not is_struct(kind) or inner_type == kind or (inner_type == peer and not is_struct(function.type)):
                kind, preset = inner_type, preset or inner_preset
                fields = {**inner, **fields} if is_struct(function.type) else {**fields, **inner}
    return kind, preset.group(2) if isinstance(preset, re.Match) else preset, fields


def is_struct(name):
    return name in STRUCTS


def structs():
    """The fields of every struct with their defaults, and its presets."""
    found = {}
    for path in HEADERS.rglob("*.hpp"):
        text = path.read_text(encoding="utf-8")
        for match in re.finditer(r"^struct (\w+) \{$(.*?)^\};", text, re.M | re.S):
            fields = {name: "required" if "required" in comment else value for name, value, comment in
                      re.findall(r"^  (?!using|static|const|return)[\w:<>, ]+? (\w+) = ([^;]+);(?:  *///<(.*))?$", match.group(2), re.M)}
            presets = {}
            for preset in re.finditer(r"static (?:constexpr )?\w+ (like_\w+)\([^)]*\) \{ (.*?)\}\n|static \w+ (like_\w+)\([^)]*\) \{\n(.*?)\n  \}",
                                      match.group(2), re.S):
                body = preset.group(2) or preset.group(4) or ""
                presets[preset.group(1) or preset.group(3)] = {k: v.text for k, v in fields_in(body, {}, {}).items()}
            if fields:
                found[match.group(1)] = fields, presets
    return found


STRUCTS = structs()


def number(text):
    text = "inf" if text and "infinity" in str(text) else str(text)
    try:
        return float(eval(text.replace("'", ""), {"__builtins__": {}}, {"inf": float("inf")}))
    except Exception:
        return None


def shown(text):
    value = number(text)
    if value is None:
        return "none" if text in (None, "{}", "std::nullopt") else text.split("::")[-1]
    return "infinity" if value == float("inf") else "none" if text in ("{}", "std::nullopt") else text


def same(a, b):
    return number(a) == number(b) if number(a) is not None else a == b


def optimizers():
    """All rules that the mapping registers."""
    shared = {name: f for path in sorted(MAPPING.glob("*.hpp")) for name, f in functions_of(read_file(path)).items()}
    for path in sorted(MAPPING.glob("*.cpp")):
        text = read_file(path)
        functions = {**shared, **functions_of(text)}
        for match in re.finditer(r'\brules\["([^"]+)"\] =\s*(.*?);\s*(?:\};)?\n', text, re.S):
            peer, expression = match.groups()
            for call in re.finditer(r"\b(\w+)(?:\((options\b[^()]*)\))?", expression):
                if call.group(1) in functions and call.group(1) not in ("any_rule", "for_matrices"):
                    given = split(call.group(2) or "options")
                    kind, preset, fields = follow(call.group(1), given, functions, peer=peer.split(".")[-1])
                    if is_struct(kind) and peer not in IN_WORDS:
                        yield Mapping(peer, kind, preset, fields, mentioned_in(call.group(1), functions, set()))
                    break


def schedules(system):
    text = {p.name: read_file(p) for p in MAPPING.iterdir() if p.suffix in (".hpp", ".cpp")}
    functions = {}
    for name in ("schedule_torch.hpp", "schedule_optax.hpp", "plateau.cpp"):
        functions.update(functions_of(text[name]))
    for peer, maker in SCHEDULES[system].items():
        if maker == "torch_simple":
            body = re.search(rf'name == "{peer}"\)(.*?);', text["schedule_torch.hpp"], re.S)
            kind = last_struct(body.group(1)) if body else None
            fields = fields_in(body.group(1), {}, {}) if body else {}
        elif maker in functions:
            call = re.search(rf'name == "{peer}"\) return ({maker}\(.*\));', text["schedule_torch.hpp"])
            given = [value_of(a, {}, {}) for a in arguments(call.group(1), 0)] if call else []
            kind, _, fields = follow(maker, given, functions)
            kind = last_struct(functions[maker].body) or kind
        else:
            kind = None
        if not kind:
            errors.append(f"tests/reference: docs/coming_from.py finds no {maker} for {peer}")
            continue
        yield Mapping(peer, kind, None, fields)


def last_struct(body):
    found = [name for name in re.findall(r"descent::(\w+)(?:\{| \w+\{)", body) if is_struct(name)]
    return found[-1] if found else None  # special cases come first


def renamed(mapping):
    """(option, fields) for options with a name that is not the field's."""
    by_option = {}
    for field, value in mapping.fields.items():
        copied = value.exact or (len(value.options) == 1 and field == "learning_rate")
        if copied and value.options and value.options[0] != field:
            by_option.setdefault(value.options[0], []).append(field)
    return {option: tuple(fields) for option, fields in by_option.items()}


def computed(mapping):
    """Options that set a field in a way that is not a copy, such as a flag that chooses a form."""
    by_option = {}
    copied = {o for o in renamed(mapping)} | {o for value in mapping.fields.values() if value.exact for o in value.options}
    for field, value in mapping.fields.items():
        for option in value.options if not value.exact else ():
            if option != field and option not in copied:
                by_option.setdefault(option, []).append(field)
    return by_option


def differences(mapping):
    defaults, found = STRUCTS[mapping.ours][0], []
    for field, value in mapping.fields.items():
        if value.exact and value.default is not None and field in defaults and not same(value.default, defaults[field]):
            if defaults[field] in ("required", "{}") and number(value.default) == 0:
                continue
            if number(value.default) is not None or value.default in ("true", "false"):
                found.append(f"`{field}` {shown(value.default)}, here {shown(defaults[field])}")
    return found


def switches(mapping):
    """Fields that must have one value, which is not our default."""
    defaults = STRUCTS[mapping.ours][0]
    return [f"`.{field} = {shown(value.text)}`" for field, value in mapping.fields.items()
            if not value.options and value.text in ("true", "false") and defaults.get(field) not in (None, value.text)]


def short(peer):
    return re.sub(r"^(torch\.optim\.|timm\.optim\.|optax |pytorch_optimizer |transcribed: )", "", peer)


def names_table(mappings, system):
    rows = {}
    for mapping in mappings:
        for option, fields in renamed(mapping).items():
            rows.setdefault((option, fields), []).append(short(mapping.peer))
    lines = [f"| {system} | descent | in |", "| --- | --- | --- |"]
    for (option, fields), peers in sorted(rows.items(), key=lambda row: (-len(row[1]), row[0])):
        several = len(peers) > 6
        used = "most rules" if several else ", ".join(f"`{p}`" for p in dict.fromkeys(peers))
        lines.append(f"| `{option}` | " + ", ".join(f"`{f}`" for f in fields) + f" | {used} |")
    return lines


def rules_table(mappings, system):
    lines = [f"| {system} | descent | other defaults | needs | options that become others |", "| --- | --- | --- | --- | --- |"]
    alike = []
    for mapping in mappings:
        preset = mapping.preset or f"like_{system.lower()}"
        has_preset = preset in STRUCTS[mapping.ours][1]
        name = f"`{mapping.ours}::{preset}()`" if has_preset else f"`{mapping.ours}`"
        cells = ["; ".join(differences(mapping)), ", ".join(switches(mapping)),
                 ", ".join(f"`{option}`: " + ", ".join(f"`{f}`" for f in dict.fromkeys(fields))
                           for option, fields in computed(mapping).items())]
        if not any(cells) and not has_preset:
            alike.append(f"`{short(mapping.peer)}` (`{mapping.ours}`)" if short(mapping.peer).lower() != mapping.ours.lower()
                         else f"`{mapping.ours}`")
            continue
        lines.append(f"| `{short(mapping.peer)}` | {name} | " + " | ".join(cells) + " |")
    lines += ["", f"With the same defaults: {', '.join(alike)}."] if alike else []
    left = {}
    for mapping in mappings:
        for option in mapping.left:
            left.setdefault(option, []).append(f"`{short(mapping.peer)}`")
    words = [f"`{option}`" + ("" if len(peers) > 4 else f" ({', '.join(peers)})") for option, peers in sorted(left.items())]
    lines += ["", f"Options without a field here: {', '.join(words)}."] if words else []
    return lines


def schedules_table(mappings, system):
    lines = [f"| {system} | descent | its options here | other defaults |", "| --- | --- | --- | --- |"]
    for mapping in mappings:
        pairs = [f"`{option}`: " + ", ".join(f"`{f}`" for f in fields) for option, fields in renamed(mapping).items()]
        pairs += [f"`.{field} = {value.text}`" for field, value in mapping.fields.items()
                  if not value.options and value.text in ("true", "false")]
        lines.append(f"| `{mapping.peer}` | `{mapping.ours}` | {', '.join(pairs)} | {'; '.join(differences(mapping))} |")
    return lines


def keras_table():
    lines = ["| preset | its options, and ours |", "| --- | --- |"]
    for name, (fields, presets) in sorted(STRUCTS.items()):
        if "like_keras" in presets:
            other = [f"`{field}` {shown(value)}" + (f" (here {shown(fields[field])})" if field in fields else "")
                     for field, value in presets["like_keras"].items()]
            lines.append(f"| `{name}::like_keras()` | {', '.join(other)} |")
    return lines


def tables():
    rules = list(optimizers())
    groups = {"PyTorch": [m for m in rules if m.peer.startswith("torch.optim.") and "swa" not in m.peer],
              "Optax": [m for m in rules if m.peer.startswith("optax ")],
              "timm": [m for m in rules if m.peer.startswith("timm.optim.")]}
    for system, mappings in groups.items():
        if len(mappings) < 5:
            errors.append(f"tests/reference: docs/coming_from.py finds only {len(mappings)} rules of {system}")
    result = {}
    for system, mappings in groups.items():
        mappings.sort(key=lambda m: short(m.peer).lower())
        result[f"{system}: names"] = names_table(mappings, system)
        result[f"{system}: rules"] = rules_table(mappings, system)
        if system in SCHEDULES:
            result[f"{system}: schedules"] = schedules_table(list(schedules(system)), system)
    result["Keras: presets"] = keras_table()
    return result


def main():
    text = PAGE.read_text(encoding="utf-8")
    wanted = text
    for name, lines in tables().items():
        begin, end = f"<!-- Written by docs/coming_from.py: {name}. -->", "<!-- The end of the table. -->"
        if begin not in wanted:
            errors.append(f"docs/guide/coming_from.md: has no line '{begin}'")
            continue
        before, rest = wanted.split(begin)
        wanted = before + begin + "\n\n" + "\n".join(lines) + "\n\n" + end + rest[rest.index(end) + len(end):]
    if "--check" not in sys.argv[1:]:
        PAGE.write_text(wanted, encoding="utf-8")
    elif wanted != text:
        errors.append("docs/guide/coming_from.md: is not what tests/reference says: run python3 docs/coming_from.py")
    if errors:
        sys.exit("\n".join(errors))


if __name__ == "__main__":
    main()
