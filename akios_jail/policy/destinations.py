"""The rules of one destination, arranged so that a request is compared with few of a thousand."""

from __future__ import annotations

from akios_jail.policy import methods, paths
from akios_jail.policy.plans import Rule

#: Stands for every method that no rule can name: they are the agent's words, and not to be remembered one by one.
_UNKNOWN_METHOD = "?"


class Destination:
    """What the rules say about one host and port: its handling, and the rules that speak of it, in order."""

    def __init__(self, rules: list[Rule]) -> None:
        first = rules[0]
        self.protocol = first.protocol
        self.tls = first.tls
        self.rules = tuple(rule for rule in rules if (rule.protocol, rule.tls) == (first.protocol, first.tls))
        self._by_method: dict[str, PathIndex] = {}

    @property
    def unread(self) -> bool:
        """Bytes pass through without being looked at."""
        return self.protocol == "tcp" or self.tls == "passthrough"

    @property
    def addresses(self) -> tuple[str, ...]:
        """The private networks that the name may resolve into, of all rules that speak of it."""
        return tuple(dict.fromkeys(network for rule in self.rules for network in rule.addresses))

    def for_method(self, method: str) -> PathIndex:
        """The rules that allow this method, ready to be asked for a path."""
        if method in methods.NEVER or not method:
            return PathIndex([])
        known = method if method in methods.KNOWN else _UNKNOWN_METHOD
        index = self._by_method.get(known)
        if index is None:
            index = PathIndex([rule for rule in self.rules if methods.matches(rule.methods, known)])
            self._by_method[known] = index
        return index


class PathIndex:
    """Rules by the segments with which their globs begin, so that a path is compared with few of a thousand."""

    def __init__(self, rules: list[Rule]) -> None:
        self.rules = rules
        self._any: list[int] = []
        self._by_beginning: dict[str, list[tuple[int, str]]] = {}
        self._depth = 0
        for place, rule in enumerate(rules):
            for glob in rule.paths:
                if glob == paths.ANY:
                    self._any.append(place)
                    continue
                text = paths.decoded(glob)
                literal = text.partition("*")[0].split("/")[:-1] if "*" in text else text.split("/")
                self._depth = max(self._depth, len(literal))
                self._by_beginning.setdefault("/".join(literal), []).append((place, glob))

    def matching(self, path: str) -> list[Rule]:
        """The rules whose globs match the path, in order."""
        places = set(self._any)
        plain = paths.plain(path) if self._by_beginning else None
        if plain is not None:
            beginning = ""
            steps = plain.split("/", self._depth)[: self._depth]
            for number, step in enumerate(steps):
                beginning = f"{beginning}/{step}" if number else step
                for place, glob in self._by_beginning.get(beginning, ()):
                    if place not in places and paths.compiled(glob).fullmatch(plain):
                        places.add(place)
        return [self.rules[place] for place in sorted(places)]
