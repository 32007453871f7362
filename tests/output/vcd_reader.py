"""Reads VCD (IEEE 1364-2005, section 18) into a dictionary of signals."""


class Signal:
    def __init__(self, width):
        self.width, self.times, self.values = width, [], []

    def edges(self, value):
        """Times at which the signal becomes `value`."""
        return [t for i, t in enumerate(self.times) if self.values[i] == value and i > 0]

    def at(self, time):
        value = None
        for t, v in zip(self.times, self.values):
            if t > time:
                break
            value = v
        return value


def read(text):
    tokens = iter(text.split())
    by_id, by_path, scope, header = {}, {}, [], {}
    for token in tokens:
        if token == "$enddefinitions":
            assert next(tokens) == "$end"
            break
        assert token.startswith("$"), token
        body = []
        for word in tokens:
            if word == "$end":
                break
            body.append(word)
        if token == "$scope":
            scope.append(body[1])
        elif token == "$upscope":
            scope.pop()
        elif token == "$var":
            _, width, name, reference = body[:4]
            signal = by_id.setdefault(name, Signal(int(width)))
            path = ".".join(scope + [reference])
            assert path not in by_path, f"{path} twice"
            assert signal.width == int(width) and (len(body) == 5) >= (int(width) > 1), body
            by_path[path] = signal
        else:
            header[token[1:]] = " ".join(body)
    assert not scope, "a scope does not end"
    time = None
    for token in tokens:
        if token[0] == "#":
            assert time is None or int(token[1:]) > time, "times rise"
            time = int(token[1:])
        elif token in ("$dumpvars", "$end"):
            continue
        else:
            if token[0] == "b":
                value, name = int(token[1:], 2), next(tokens)
            else:
                value, name = int(token[0]), token[1:]
            signal = by_id[name]
            assert value < 1 << signal.width, token
            signal.times.append(time)
            signal.values.append(value)
    return header, by_path, time
