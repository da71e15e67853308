"""Places the boxes of a layered graph: an edge goes from its row to a lower one, and passes other rows between boxes.

Only arithmetic on the input, no randomness: the same graph gives the same picture.
"""

ROUNDS = 80
GAP = 16
BEND_WIDTH = 8


class Node:
    def __init__(self, name, row, width):
        self.name, self.row, self.width = name, row, width
        self.above, self.below = [], []
        self.x = 0.0  # of its centre

    @property
    def weight(self):
        return 4 if self.name is None else 1  # a long edge is straight before a box is centred


def strong_components(nodes, edges):
    """Sets of nodes that reach each other, as a map from node to the sorted tuple of its set."""
    reached = {n: {n} for n in nodes}
    changed = True
    while changed:
        changed = False
        for a, b in edges:
            size = len(reached[a])
            reached[a] |= reached[b]
            changed |= len(reached[a]) != size
    return {n: tuple(sorted(m for m in reached[n] if n in reached[m])) for n in nodes}


def without_shortcuts(edges):
    """The edges of an acyclic graph less those that a longer path replaces."""
    below = {}
    for a, b in sorted(edges):
        below.setdefault(a, []).append(b)

    def reaches(a, b, skip_direct):
        return any((n == b and not skip_direct) or (n != b and reaches(n, b, False)) for n in below.get(a, []))

    return {(a, b) for a, b in edges if not reaches(a, b, True)}


def depths(nodes, edges):
    """How many edges the longest path down from each node has."""
    below = {n: [b for a, b in sorted(edges) if a == n] for n in nodes}
    depth = {}

    def visit(n):
        if n not in depth:
            depth[n] = 1 + max((visit(b) for b in below[n]), default=-1)
        return depth[n]

    for n in nodes:
        visit(n)
    return depth


def place(rows, widths, edges, total_width):
    """Orders and places the nodes of each row (rows[0] is the lowest).

    Returns the centre of every box, and for every edge the points where it passes the rows between its ends.
    """
    nodes = {n: Node(n, r, widths[n]) for r, row in enumerate(rows) for n in row}
    grid = [[nodes[n] for n in row] for row in rows]
    bends = {edge: _connect(nodes[edge[0]], nodes[edge[1]], grid) for edge in sorted(edges)}
    _order(grid)
    for row in grid:
        _spread(row, total_width, [n.x for n in row])
    for round_number in range(ROUNDS):
        down = round_number % 2 == 0
        for row in grid if down else reversed(grid):
            _spread(row, total_width, [_pulled(n, down, round_number >= ROUNDS // 4) for n in row])
    return {n: node.x for n, node in nodes.items()}, {e: [(b.x, b.row) for b in path] for e, path in bends.items()}


def _connect(upper, lower, grid):
    bends = [Node(None, r, BEND_WIDTH) for r in range(upper.row - 1, lower.row, -1)]
    for bend in bends:
        grid[bend.row].append(bend)
    path = [upper, *bends, lower]
    for a, b in zip(path, path[1:]):
        a.below.append(b)
        b.above.append(a)
    return bends


def _pulled(node, down, both):
    """Where a node wants to be: between its neighbours, those along a straight line counting more."""
    if not both:
        return _mean(node.below if down else node.above, node.x)
    near = node.below + node.above
    return _mean(near + [n for n in near if n.name is None and node.name is None] * 3, node.x)


def _mean(neighbours, otherwise):
    return sum(n.x for n in neighbours) / len(neighbours) if neighbours else otherwise


def _order(grid):
    """Sorts rows by the mean place of their neighbours, and keeps the order with the fewest crossings."""
    _number(grid)
    best, fewest = [list(row) for row in grid], _crossings(grid)
    for round_number in range(ROUNDS):
        down = round_number % 2 == 0
        for row in grid if down else reversed(grid):
            row.sort(key=lambda n: _mean(n.below if down else n.above, n.x))
            _number([row])
        crossings = _crossings(grid)
        if crossings < fewest:
            best, fewest = [list(row) for row in grid], crossings
    for row, order in zip(grid, best):
        row[:] = order
    _number(grid)


def _number(grid):
    for row in grid:
        for place, node in enumerate(row):
            node.x = float(place)


def _crossings(grid):
    count = 0
    for row in grid:
        ends = [(n.x, b.x) for n in row for b in n.below]
        count += sum((a[0] - b[0]) * (a[1] - b[1]) < 0 for i, a in enumerate(ends) for b in ends[:i])
    return count


def _spread(row, total_width, wanted):
    """Moves the nodes of a row as near to the wanted places as their order and widths allow (least squares)."""
    offsets, offset = [], 0.0
    for i, node in enumerate(row):
        if i:
            offset += (row[i - 1].width + node.width) / 2 + GAP
        offsets.append(offset)
    groups = []  # of neighbours that touch: [weighted sum, weight, members]
    for node, place, start in zip(row, wanted, offsets):
        groups.append([(place - start) * node.weight, node.weight, 1])
        while len(groups) > 1 and groups[-2][0] / groups[-2][1] >= groups[-1][0] / groups[-1][1]:
            last = groups.pop()
            groups[-1] = [a + b for a, b in zip(groups[-1], last)]
    lowest = row[0].width / 2 if row else 0
    highest = total_width - (row[-1].width / 2 if row else 0) - offset
    places = [s / w for s, w, members in groups for _ in range(members)]
    for node, place, start in zip(row, places, offsets):
        node.x = max(lowest, min(highest, place)) + start
