"""The original's analysis a second time, plain and slow: levels, kinds of steps, cost.

Every kind of step of every level is listed and added up as the description of the original's behaviour has it; nothing is shared
with codesign/maestro. original_rows.py reads files and prints columns.
"""
import math

INPUT, WEIGHT, OUTPUT = 0, 1, 2
NONE = -(1 << 63)  # what the original's machine makes of infinity as a whole number


class Dies(Exception):
    """Where the original exits or dies of a signal."""


def div(a, b):  # towards zero, as C does
    return abs(a) // abs(b) * (1 if (a >= 0) == (b >= 0) else -1)


def ratio(a, b):
    return a / b if b else math.nan if a == 0 else math.copysign(math.inf, a)


def product(numbers):
    return math.prod(numbers)


class Map:
    def __init__(self, dim, spatial, m, o):
        self.dim, self.spatial, self.m, self.o = dim, spatial, m, o


def levels_of(kind, size, stride, flow, coupled, pes):
    loops = sorted(set(coupled[INPUT]) | set(coupled[WEIGHT]))
    split, clusters = [[]], []
    for directive, first, offset, dim in flow:
        if directive == "Cluster":
            split.append([])
            clusters.append(first)
        else:
            if directive == "TemporalMap" and dim in "RS" and not first == offset == size[dim]:
                raise Dies("the kernel is tiled")
            split[-1].append(Map(dim, directive == "SpatialMap", first, offset))
    top = pes // product(clusters)
    if top == 0:
        raise Dies("fewer PEs than a cluster")
    levels, dims, upper = [], dict(size), []
    for number, maps in enumerate(split):
        by = {m.dim: m for m in maps}
        for out, kernel in (("X'", "S"), ("Y'", "R")):
            if out in by:
                by[out].m += by[kernel].m - 1
                by[out].dim = out[0]
        for m in upper:
            if m.dim not in {n.dim for n in maps}:
                maps.insert(0, Map(m.dim, False, m.m, m.o))
        for dim in loops:
            if dim not in {n.dim for n in maps}:
                maps.append(Map(dim, False, dims[dim], dims[dim]))
        for m in maps:
            if m.dim in "XY" and kind != "GEMM" and stride[m.dim] != 1:
                s, kernel = stride[m.dim], size["S" if m.dim == "X" else "R"]
                if m.m >= kernel:
                    outs = (m.m + s - kernel) // s
                    m.m = outs * min(s, kernel) + max(kernel - s, 0)
                    m.o = outs * (kernel if number > 0 and kernel < s else s)
        if sum(m.spatial for m in maps) not in (1, 2):
            raise Dies("spatial maps")
        levels.append(Level(maps, dict(dims), top if number == 0 else clusters[number - 1], coupled))
        dims = {dim: min(next(m.m for m in maps if m.dim == dim), dims[dim]) for dim in loops}
        upper = maps
    return levels


class Level:
    def __init__(self, maps, dims, clusters, coupled):
        self.maps, self.n, self.coupled = maps, clusters, coupled
        self.at = {m.dim: i for i, m in enumerate(maps)}
        first = next(m for m in maps if m.spatial)
        self.first = maps.index(first)
        self.ne = self.edge_clusters(first, dims[first.dim])
        for p in maps:
            d, m, o = dims[p.dim], p.m, p.o
            st = max(div(d - m, o), 0)
            p.has_edge = st * o + m < d or m > d
            p.U = 0 if not p.spatial and d <= m else min(m, o)
            e = d - (st + 1) * o
            e = d if e < 0 else e
            p.Me = e if p.has_edge else m
            p.Ue = max(o - (m - e), 0)
            p.out = (p.m, p.U, p.Me, p.Ue)
        for window, kernel in (("X", "S"), ("Y", "R")):
            if window in self.at and kernel in self.at:
                p, k = maps[self.at[window]], maps[self.at[kernel]]
                Me = p.Me - k.Me + 1
                p.out = (p.m - k.m + 1, min(p.o, p.m), Me, min(p.o, Me))

    def edge_clusters(self, p, d):
        m, o, n = p.m, p.o, self.n
        full = o * (n - 1) + m
        if d > full:
            rest = d - (div(d - m, o) + 1) // n * o * n
            return 1 if rest < m else (rest - m) // o + 1
        if d > m:
            ne = (d - m) // o + 1
            return ne + (o * (ne - 1) + m < d)
        return 1

    def states(self, p, d):
        """(position, unrolled, edge, last one smaller, count) of a map over d elements."""
        m, o, n = p.m, p.o, self.n
        if not p.spatial:
            result = [("init", d <= m, d < m, False, 1)]
            st = div(d - m, o)
            if m < d and st > 0:
                result.append(("steady", False, False, False, st))
            if not d < m and st * o + m < d:
                result.append(("edge", False, True, False, 1))
            return result
        cover = m + o * (n - 1)
        result = [("init", d <= cover, d < cover, d < cover, 1)]
        st = div(div(d - m, o) + 1, n) - 1
        if cover < d and st > 0:
            result.append(("steady", False, False, False, st))
        if not d <= cover and (st + 1) * o * n + cover > d and st * o * n + cover != d:
            rest = d - (st + 1) * o * n
            active = 1 if rest < m else (rest - m) // o + 1
            result.append(("edge", False, True, (active - 1) * o + m < rest, 1))
        return result

    def cases(self, dims):
        """All combinations in the original's order: of case c, map i is in state ceil(c / f_i) mod len_i."""
        lists = [self.states(p, dims[p.dim]) for p in self.maps]
        lengths = [len(l) for l in lists]
        for c in range(product(lengths)):
            yield [l[-(-c // product(lengths[i + 1:])) % len(l)] for i, l in enumerate(lists)]

    def spatial_of(self, t):
        return [i for i in (self.at[d] for d in self.coupled[t]) if self.maps[i].spatial]

    def fetched(self, t, case, first, ee):
        changing = max((i for i, s in enumerate(case) if s[0] != "init"), default=-1)
        mine = [self.at[d] for d in self.coupled[t]]
        if changing >= 0 and changing not in mine:
            return 0
        restarted = any(i > changing and case[i][0] == "init" and not case[i][1] for i in mine)
        result = 1
        for i in mine:
            p, (position, _, edge, _, _) = self.maps[i], case[i]
            if not p.spatial:
                if changing < 0 or position == "init":
                    result *= p.Me if edge else p.m
                elif i == changing and not restarted:
                    if p.U == 0:
                        raise Dies("no reuse size")
                    result *= p.U
                else:
                    result *= p.m
                continue
            mm, uu = (p.Me, p.Ue) if ee else (p.m, p.U)
            if changing < 0:
                if not edge:
                    result *= p.m
                elif self.ne > 1:
                    result *= mm
                elif first or ee:
                    result *= p.Me
            elif position == "init":
                result *= mm if first or i <= changing else uu
            else:
                result *= mm if first or restarted or i != changing else uu
        return result

    def spread(self, t, case, volume):
        """Sums volume(first, ee) over the sub-clusters."""
        spatial = self.spatial_of(t)
        if not spatial:
            return volume(True, False)
        if not any(case[i][2] for i in spatial):
            return volume(True, False) + ((self.n - 1) * volume(False, False) if self.n > 1 else 0)
        e = int(case[spatial[-1]][3])
        result = volume(True, self.ne == 1 and e == 1)
        if self.ne > 1:
            result += max(self.ne - e - 1, 0) * volume(False, False) + (e * volume(False, True) if e else 0)
        return result

    def outputs(self, case, psum, first, ee, edge_reuse=True):
        result = 1
        for i, p in enumerate(self.maps):
            mine = p.dim in self.coupled[OUTPUT]
            if not mine and not psum:
                continue
            m, u, me, ue = p.out
            position, _, edge, _, _ = case[i]
            fresh = m if first else u or 1
            if not p.spatial:
                result *= me if edge else m
            elif position == "init":
                result *= fresh if not (edge and ee) else me if self.ne == 1 or not mine or not edge_reuse else ue
            elif position == "steady":
                result *= fresh
            elif self.ne == 1:
                result *= p.Me if first or ee else 1
            else:
                result *= ue if ee else fresh
        return result

    def critical(self, case):
        spatial = [i for i in self.spatial_of(OUTPUT)]
        ee = any(case[i][2] for i in spatial) and self.ne == 1 and case[spatial[-1]][3]
        return self.outputs(case, True, True, ee)

    def mapped(self, case):
        spatial = [i for i, p in enumerate(self.maps) if p.spatial]
        if not any(case[i][2] for i in spatial):
            return self.n * self.outputs(case, True, True, False)
        e = int(case[spatial[-1]][3])
        result = self.outputs(case, True, True, self.ne == 1 and e == 1)
        if self.ne > 1:
            result += max(self.ne - e - 1, 0) * self.outputs(case, True, True, False)
            result += e * self.outputs(case, True, False, True, False) if e else 0
        return result


class Cost:
    """One visit of a level."""

    def __init__(self, levels, number, dims, hw, memo, results):
        level = levels[number]
        self.top, cost = number == 0, self
        self.runtime = self.macs = self.peak = self.offchip = self.avg_bw = 0
        self.l1_read, self.l1_write, self.l2_read, self.l2_write = [0] * 3, [0] * 3, [0] * 3, [0] * 3
        self.l2_need, self.l1_need = [0] * 3, [0] * 3
        self.intensity = 0.0
        delays, total, started, pes = ([], [], []), 0, False, 0
        for case in level.cases(dims):
            k = (product(s[4] for s in case) + (1 << 31)) % (1 << 32) - (1 << 31)  # in 32 bits
            if k <= 0:
                raise Dies("an assertion: more steps than 32 bits count")
            fetched = [level.spread(t, case, lambda first, ee, t=t: level.fetched(t, case, first, ee)) if
                       level.spatial_of(t) else level.fetched(t, case, True, False) for t in (INPUT, WEIGHT)]
            changing = max((i for i, s in enumerate(case) if s[0] != "init"), default=-1)
            if changing >= 0:  # nothing at all where what moved is none of the tensor's
                fetched = [f if level.maps[changing].dim in level.coupled[t] else 0 for t, f in enumerate(fetched)]
            egress = level.spread(OUTPUT, case, lambda first, ee: level.outputs(case, False, first, ee))
            mapped, critical = level.mapped(case), level.critical(case)
            if not started:
                for t in (INPUT, WEIGHT, OUTPUT):
                    tile = 2 * product(level.maps[level.at[d]].m for d in level.coupled[t])
                    whole = [dims[d] - (dims["R" if d == "Y" else "S"] - 1 if t == OUTPUT and d in "XY" else 0) for d in level.coupled[t]]
                    if t == OUTPUT:
                        self.l1_need[t], self.l2_need[t], self.l2_read[t] = tile, 2 * egress, product(whole)
                    else:
                        self.l1_need[t] += tile
                        self.l2_need[t] += 2 * fetched[t]
                        self.l2_write[t] = product(whole)
            self.l2_write[OUTPUT] += k * egress
            self.l1_write[OUTPUT] += k * mapped
            self.l1_read[OUTPUT] += k * mapped
            if critical <= 0:
                continue
            started = True
            for t in (INPUT, WEIGHT):
                self.l2_read[t] += k * fetched[t]
                self.l1_write[t] = self.l2_read[t]
                self.l1_read[t] += k * mapped
            self.intensity = ratio(mapped, sum(fetched))
            spatial = case[level.first]
            used = 0
            if number + 1 == len(levels):
                compute = -(-critical // hw["num_simd_lanes"])
            else:
                compute = 0
                visits = [(False, level.n)]
                if spatial[2]:
                    visits = [(True, 1)] if spatial[3] else []
                    if not spatial[3] or level.ne > 1:
                        visits.append((False, level.ne - spatial[3]))
                for ee, occurrence in visits:
                    sub = {p.dim: p.Me if (case[i][2] and (not p.spatial or ee or level.ne == 1)) else p.m for i, p in enumerate(level.maps)}
                    key = number, tuple(sorted(sub.items()))
                    if key not in memo:
                        memo[key] = Cost(levels, number + 1, sub, hw, memo, results)
                    compute = max(compute, memo[key].runtime)
                    used += memo[key].pes * occurrence
            transfer = lambda x: hw["NoC_NumHops"] + div(x, hw["noc_bw_cstr"]) + (x % hw["noc_bw_cstr"] != 0) - 1
            ingress, out = transfer(sum(fetched)), transfer(egress)
            delay = compute + ingress if all(s[0] == "init" for s in case) else max(compute, ingress, out)
            if self.top:
                need, bw = self.l2_need[INPUT] + self.l2_need[WEIGHT], hw["offchip_bw_cstr"]
                delay = max(delay, need // bw // 2, div(self.l2_need[OUTPUT], bw) // 2)
                if compute == 0:
                    raise Dies("division by zero")
                self.offchip = max(self.offchip, div(self.l2_need[OUTPUT], compute), div(need, compute)) // 2
            self.runtime += k * delay
            self.macs += k * mapped
            pes += k * (used or (level.ne if spatial[2] else level.n))
            total += k
            compute = compute or 1
            busiest = max(sum(fetched), egress)
            self.peak = max(self.peak, div(busiest, compute))
            self.avg_bw += div(k * busiest, compute)
            for store, value in zip(delays, (ingress, out, compute)):
                store.append((value, k))
        self.pes = pes / total if total else 0.0
        self.avg_bw = self.avg_bw / total if total else math.nan
        self.delays = [(min(v for v, _ in store), max(0, *(v for v, _ in store)), div(sum(v * k for v, k in store), total)) if total
                       else (NONE, 0, NONE) for store in delays]
        results.append(self)
