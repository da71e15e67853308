#!/usr/bin/env python3
"""Draws docs/architecture.svg: the rooms of include/descent and which of them include which, read from the headers.

    python3 docs/architecture.py            writes the picture
    python3 docs/architecture.py --check    fails if the picture in docs/ is not what this would write

The order of the rooms is that of tests/headers/include_order.cmake. What is added here is LAYERS, the names of
docs/DEVELOPERS.md; both modes fail unless every room has one layer, and the order of layers is that of the rooms.
"""

import re
import sys
import textwrap
from pathlib import Path

sys.dont_write_bytecode = True  # a check leaves nothing behind
from layered_layout import depths, place, strong_components, without_shortcuts

ROOT = Path(__file__).resolve().parent.parent
HEADERS = ROOT / "include" / "descent"
PICTURE = ROOT / "docs" / "architecture.svg"
ORDER = ROOT / "tests" / "headers" / "include_order.cmake"

# Lowest first: number, title, and which lines of the order belong to it.
LAYERS = [
    (1, "values, trees, schedules", r"core/(base|simd|tree)/|core/\(check\||core/\(parameters\|"),
    (2, "the engine", r"core/(plan|state|engine|saved)/|core/\(optimizer\||core/\(rule\|"),
    (3, "families of schedules, linear algebra", r"linalg/|schedules/"),
    (4, "algorithms", r"transforms/|optimizers/"),
    (5, "around a step: training, files, rules by text, tests for rules", r"runtime/|threads/|training/|io/|testing/"),
]

MARGIN, LABEL, WIDTH, ROW_GAP, BAND_GAP, PADDING = 24, 22, 1180, 34, 16, 12
NAME_HEIGHT, SMALL_HEIGHT, BOX_PADDING = 17, 14, 8
LIGHT = {"page": "fill: #ffffff", "name": "fill: #1f2328", "small": "fill: #59636e", "title": "fill: #1f2328",
         "box": "fill: #ffffff; stroke: #6e7781", "arrow": "stroke: #8c959f", "head": "fill: #8c959f",
         "layer1": "fill: #e6effa", "layer2": "fill: #fdf0dc", "layer3": "fill: #e6f4e6", "layer4": "fill: #f5e9f8",
         "layer5": "fill: #eeeeee"}
DARK = {"page": "fill: #0d1117", "name": "fill: #e6edf3", "small": "fill: #9da7b1", "title": "fill: #e6edf3",
        "box": "fill: #161b22; stroke: #8b949e", "arrow": "stroke: #768390", "head": "fill: #768390",
        "layer1": "fill: #122033", "layer2": "fill: #2b2112", "layer3": "fill: #12261a", "layer4": "fill: #27182c",
        "layer5": "fill: #1f2329"}
SHAPES = """.name { font-size: 13px; font-weight: 600; } .small { font-size: 11px; }
.title { font-size: 13px; paint-order: stroke; stroke-width: 6px; stroke-linejoin: round; }
.arrow { fill: none; stroke-width: 1.2; }"""


def style():
    def rules(looks):
        behind = {f"on{n}": looks[f"layer{n}"].replace("fill", "stroke") for n, _, _ in LAYERS}  # around titles
        return " ".join(f".{name} {{ {look}; }}" for name, look in {**looks, **behind}.items())

    light, dark = rules(LIGHT), rules(DARK)
    return f"\n{SHAPES}\n{light}\n@media (prefers-color-scheme: dark) {{ {dark} }}\n"


class Room:
    def __init__(self, rank, folder):
        self.rank, self.folder, self.headers, self.lines = rank, folder, [], 0


def cmake_list(name):
    text = re.search(r"set\(%s\s+(.*?)\)\s*$" % name, ORDER.read_text(), re.S | re.M).group(1)
    return [entry.replace("\\\\", "\\") for entry in re.findall(r'"([^"]*)"', text)]


def layer_of_ranks(order):
    layers = []
    for entry in order:
        found = [number for number, _, pattern in LAYERS if re.match(pattern, entry.removeprefix("version\\.hpp|"))]
        if len(found) != 1:
            sys.exit(f"docs/architecture.py: '{entry}' of {ORDER.name} is in layers {found}, must be in one of LAYERS")
        layers.append(found[0])
    for before, after, entry in zip(layers, layers[1:], order[1:]):
        if after < before:
            sys.exit(f"docs/architecture.py: '{entry}', layer {after}, comes after layer {before} in {ORDER.name}")
    below_five = re.search(r'set\(layers_1_to_4 "(.*?)"', ORDER.read_text()).group(1).split("|")
    for folder in below_five:
        if any(layer == 5 for layer, entry in zip(layers, order) if folder + "/" in entry):
            sys.exit(f"docs/architecture.py: {folder}/ is in layers_1_to_4 of {ORDER.name} and in layer 5 here")
    return layers


def is_door(header, doors):
    return header == "version.hpp" or re.match(rf"({doors})\.hpp$", header)


def read_rooms(order, doors):
    """The rooms by (rank, folder), and the pairs of rooms of which the first includes the second."""
    rooms, edges, room_of = {}, set(), {}
    headers = sorted(str(p.relative_to(HEADERS)) for p in HEADERS.rglob("*.hpp"))
    for header in headers:
        if is_door(header, doors):
            continue
        rank = next((r for r, entry in enumerate(order) if re.match(entry, header)), None)
        if rank is None:
            sys.exit(f"docs/architecture.py: {header} has no place in {ORDER.name}")
        room_of[header] = key = (rank, header.rpartition("/")[0])
        rooms.setdefault(key, Room(*key)).headers.append(header)
    for header, room in room_of.items():
        text = (HEADERS / header).read_text()
        rooms[room].lines += text.count("\n")
        for included in re.findall(r"^\s*#\s*include\s*[<\"]descent/([^>\"]+)", text, re.M):
            other = room_of.get(included)
            if other not in (None, room):
                edges.add((room, other))
    return rooms, edges


def names_of(room, parted):
    """What a box says of one room; a folder that is in several boxes lists its headers."""
    if room.folder not in parted:
        return [("name", room.folder + "/")]
    stems = " ".join(Path(h).stem for h in sorted(room.headers))
    return [("name", room.folder + "/")] + [("small", line) for line in textwrap.wrap(stems, 27)]


def about(lines):
    return f"{max(100, round(lines, -2)):,}".replace(",", "\u202f")


def box_texts(rooms, boxes):
    folders = [room.folder for room in rooms.values()]
    parted = {folder for folder in folders if folders.count(folder) > 1}
    texts = {}
    for box in boxes:
        members = [rooms[key] for key in box]
        count, lines = sum(len(m.headers) for m in members), sum(m.lines for m in members)
        size = f"{count} header{'s' if count > 1 else ''}, {about(lines)} lines"
        texts[box] = [t for m in members for t in names_of(m, parted)] + [("small", size)]
    return texts


def width_of(texts):
    return 2 * BOX_PADDING + max(len(text) * (8.2 if kind == "name" else 6.2) for kind, text in texts)


def height_of(texts):
    return 2 * BOX_PADDING + sum(NAME_HEIGHT if kind == "name" else SMALL_HEIGHT for kind, _ in texts) - 3


def rows_of(boxes, edges, layer_of_box):
    """Rows, lowest first, as (layer, boxes): in each layer as many as its longest path."""
    rows = []
    for number, _, _ in LAYERS:
        inside = sorted(box for box in boxes if layer_of_box[box] == number)
        depth = depths(inside, {(a, b) for a, b in edges if layer_of_box[a] == layer_of_box[b] == number})
        rows += [(number, [box for box in inside if depth[box] == d]) for d in range(max(depth.values()) + 1)]
    return rows


class Picture:
    """The placed boxes. Row 0 is drawn at the bottom."""

    def __init__(self, rows, texts, edges):
        self.rows, self.texts = rows, texts
        widths = {box: width_of(texts[box]) for box in texts}
        self.centres, self.bends = place([row for _, row in rows], widths, edges, WIDTH)
        self.heights = [max(height_of(texts[box]) for box in row) for _, row in rows]
        self.tops, self.bands, y = [0.0] * len(rows), [], 64.0
        for r in range(len(rows) - 1, -1, -1):
            if r == len(rows) - 1 or rows[r][0] != rows[r + 1][0]:
                self.bands.append([rows[r][0], y, 0.0])
                y += LABEL + PADDING
            self.tops[r] = y
            y += self.heights[r] + (ROW_GAP if r and rows[r - 1][0] == rows[r][0] else PADDING + BAND_GAP)
            self.bands[-1][2] = y - BAND_GAP
        self.height = y - BAND_GAP + MARGIN
        self.row_of = {box: r for r, (_, row) in enumerate(rows) for box in row}

    def svg(self):
        whole = WIDTH + 2 * MARGIN + 2 * PADDING
        return "\n".join([
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{whole}" height="{self.height:.0f}" '
            f'viewBox="0 0 {whole} {self.height:.0f}" role="img" '
            "font-family=\"Helvetica, Arial, 'Liberation Sans', 'DejaVu Sans', sans-serif\">",
            "<title>The rooms of include/descent and what they include</title>",
            f"<style>{style()}</style>", '<rect class="page" width="100%" height="100%"/>',
            f'<text class="name" x="{MARGIN}" y="32" style="font-size: 18px">The rooms of include/descent</text>',
            f'<text class="small" x="{MARGIN}" y="52">An arrow leads from a room to one that it includes. '
            "Left out: arrows that a longer way replaces, and headers that only forward.</text>",
            *self._bands(whole), *(self._arrow(edge) for edge in sorted(self.bends)),
            *(self._box(box) for box in sorted(self.texts)), *self._titles(), "</svg>", ""])

    def _bands(self, whole):
        for number, top, bottom in self.bands:
            yield (f'<rect class="layer{number}" x="{MARGIN / 2:.0f}" y="{top:.1f}" width="{whole - MARGIN}" '
                   f'height="{bottom - top:.1f}" rx="6"/>')

    def _titles(self):
        titles = {number: title for number, title, _ in LAYERS}
        for number, top, _ in self.bands:
            yield f'<text class="title on{number}" x="{MARGIN}" y="{top + 19:.1f}">{number}  {titles[number]}</text>'

    def _x(self, x):
        return x + MARGIN + PADDING

    def _box(self, box):
        texts = self.texts[box]
        width, x, y = width_of(texts), self._x(self.centres[box]), self.tops[self.row_of[box]]
        parts = [f'<rect class="box" x="{x - width / 2:.1f}" y="{y:.1f}" width="{width:.1f}" '
                 f'height="{height_of(texts):.1f}" rx="4"/>']
        y += BOX_PADDING - 4
        for kind, text in texts:
            y += NAME_HEIGHT if kind == "name" else SMALL_HEIGHT
            parts.append(f'<text class="{kind}" x="{x:.1f}" y="{y:.1f}" text-anchor="middle">{text}</text>')
        return "\n".join(parts)

    def _arrow(self, edge):
        upper, lower = edge
        r = self.row_of[upper]
        x, y = self._x(self.centres[upper]), self.tops[r] + height_of(self.texts[upper])
        path = f"M{x:.1f} {y:.1f}"
        for bend_x, row in self.bends[edge]:
            bottom = self.tops[row] + self.heights[row]
            path += self._curve(x, y, self._x(bend_x), self.tops[row]) + f"V{bottom:.1f}"
            x, y = self._x(bend_x), bottom
        end_x, end_y = self._x(self.centres[lower]), self.tops[self.row_of[lower]]
        path += self._curve(x, y, end_x, end_y - 6)
        head = f"M{end_x:.1f} {end_y:.1f}l-4 -8h8z"
        return f'<path class="arrow" d="{path}"/><path class="head" d="{head}"/>'

    @staticmethod
    def _curve(x, y, to_x, to_y):
        middle = (y + to_y) / 2
        return f"C{x:.1f} {middle:.1f} {to_x:.1f} {middle:.1f} {to_x:.1f} {to_y:.1f}"


def draw():
    order = cmake_list("order")
    layers = layer_of_ranks(order)
    rooms, edges = read_rooms(order, cmake_list("doors")[0])
    box_of = strong_components(sorted(rooms), edges)
    boxes = sorted(set(box_of.values()))
    between = {(box_of[a], box_of[b]) for a, b in edges if box_of[a] != box_of[b]}
    shown = without_shortcuts(between)
    rows = rows_of(boxes, between, {box: layers[box[0][0]] for box in boxes})
    return Picture(rows, box_texts(rooms, boxes), shown).svg()


def main():
    picture = draw()
    if "--check" not in sys.argv[1:]:
        PICTURE.write_text(picture, encoding="utf-8")
    elif not PICTURE.exists() or PICTURE.read_text(encoding="utf-8") != picture:
        sys.exit("docs/architecture.svg is not what the headers say today: run python3 docs/architecture.py")


if __name__ == "__main__":
    main()
