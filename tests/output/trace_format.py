"""Checks a file against the trace-event format (as the Chromium project's document describes it) and reads its slices."""

PHASES = {"B", "E", "M", "C", "s", "t", "f"}
METADATA = {"process_name": str, "process_sort_index": int, "thread_name": str, "thread_sort_index": int}


def check(trace):
    """Raises AssertionError at the first event that breaks the format; returns the slices."""
    assert isinstance(trace, dict) and isinstance(trace["traceEvents"], list)
    assert trace["displayTimeUnit"] in ("ns", "ms")
    open_slices, last, slices, arrows = {}, {}, [], {}
    tracks = {"process": {}, "thread": {}}
    for event in trace["traceEvents"]:
        phase = event["ph"]
        assert phase in PHASES, event
        assert isinstance(event["pid"], int) and isinstance(event["tid"], int), event
        key = (event["pid"], event["tid"])
        if phase == "M":
            kind, what = event["name"].split("_", 1)
            value, = event["args"].values()
            assert isinstance(value, METADATA[event["name"]]), event
            if what == "name":
                tracks[kind][event["pid"] if kind == "process" else key] = value
            continue
        assert isinstance(event["ts"], (int, float)) and event["ts"] >= 0, event
        if phase in "BE":  # of one thread in order, and nested
            assert event["ts"] >= last.get(key, 0), f"time runs backwards: {event}"
            last[key] = event["ts"]
        stack = open_slices.setdefault(key, [])
        if phase == "B":
            assert isinstance(event["name"], str) and isinstance(event["args"], dict), event
            event["path"] = [e["name"] for e in stack]
            stack.append(event)
        elif phase == "E":
            assert stack, f"an end without a beginning: {event}"
            begin = stack.pop()
            begin["dur"] = event["ts"] - begin["ts"]
            slices.append(begin)
        elif phase == "C":
            assert event["args"] and all(isinstance(v, (int, float)) for v in event["args"].values()), event
        else:
            assert isinstance(event["id"], int) and event["cat"] and stack, f"an arrow outside a slice: {event}"
            assert phase != "f" or event["bp"] == "e", event
            arrows.setdefault(event["id"], []).append((event["ts"], phase, key, stack[-1]))
    assert not any(open_slices.values()), "a slice does not end"
    for key in open_slices:
        assert key in tracks["thread"] or not any((s["pid"], s["tid"]) == key for s in slices), f"track {key} has no name"
        assert key[0] in tracks["process"], f"process {key[0]} has no name"
    for points in arrows.values():
        phases = "".join(p[1] for p in sorted(points, key=lambda p: (p[0], "stf".index(p[1]))))
        assert phases[0] == "s" and phases[-1] == "f" and set(phases[1:-1]) <= {"t"}, f"arrow {phases}"
    for s in slices:
        s["track"] = (tracks["process"][s["pid"]], tracks["thread"][s["pid"], s["tid"]])
    return slices, arrows
