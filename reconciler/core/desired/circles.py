"""Names that lead to each other: circles, and the order in which what is extended comes first."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

MOST_CIRCLES = 100
"""A few groups that all hold each other make more circles than anybody can read."""

MOST_NAMES = 12
"""Of one circle, as it is shown."""


def find_circles(edges: Mapping[str, Sequence[str]]) -> list[list[str]]:
    """Every circle that a walk meets, each beginning with its smallest name; sorted, without recursion.

    There is one in the answer exactly when there is one in the graph; the answer ends after `MOST_CIRCLES`.
    """
    done: set[str] = set()
    circles: set[tuple[str, ...]] = set()
    for start in sorted(edges):
        if start in done:
            continue
        path, on_path = [start], {start}
        stack = [iter(edges[start])]
        while stack:
            step = next(stack[-1], None)
            if step is None:
                stack.pop()
                finished = path.pop()
                on_path.discard(finished)
                done.add(finished)
            elif step in on_path and len(circles) < MOST_CIRCLES:
                circles.add(_rotated(path[path.index(step) :]))
            elif step not in done and step not in on_path and step in edges:
                path.append(step)
                on_path.add(step)
                stack.append(iter(edges[step]))
    return [list(each) for each in sorted(circles)]


def _rotated(circle: list[str]) -> tuple[str, ...]:
    at = circle.index(min(circle))
    return tuple(circle[at:] + circle[:at])


def circle_text(circle: list[str]) -> str:
    """A circle as people read it, from its first name back to it.

    >>> circle_text(["a", "b"])
    'a → b → a'
    """
    return " → ".join([*_shortened(circle), circle[0]])


def _shortened(circle: list[str]) -> list[str]:
    if len(circle) <= MOST_NAMES:
        return circle
    half = MOST_NAMES // 2
    return [*circle[:half], f"… {len(circle) - 2 * half:,} more …", *circle[-half:]]


def parents_first(name: str, parents_of: Callable[[str], Iterable[str]]) -> list[str]:
    """A name and all that it leads to, each once and after its own parents. Circles end where they close."""
    order: dict[str, None] = {}
    above = {name}
    waiting = [(name, iter(parents_of(name)))]
    while waiting:
        each, parents = waiting[-1]
        parent = next((one for one in parents if one not in order and one not in above), None)
        if parent is None:
            waiting.pop()
            above.discard(each)
            order[each] = None
        else:
            above.add(parent)
            waiting.append((parent, iter(parents_of(parent))))
    return list(order)
