"""`msd explore` from outside: sweeps, searches, resuming, messages."""
import csv
import json
import os
import signal
import subprocess
import unittest

import explorations
from explorations import DATA, PROGRAM, ROOT, SLOW

SMALL = """kind = "semi_decoupled"
[networks]
space = "darts"
sample = 60
[maestro]
num_pes = [64, 256]
noc_bw = 500
offchip_bw = [50, 300]
[search]
limits = 5
"""


class Explore(explorations.Explorations):
    def explore(self, spec, out, *more, status=0):
        return self.run_program(PROGRAM, "explore", spec, "-o", out, *more, status=status)

    def table(self, path):
        return list(csv.DictReader((self.folder / path).read_text().splitlines()))

    def test_a_sweep_reproduces_the_published_latencies_of_six_configurations(self):
        self.data("nasbench/reference_first200.csv")
        (self.folder / "hw1.m").write_text("num_pes: 256 noc_bw_cstr: 1000 offchip_bw_cstr: 300\n")
        (self.folder / "hw2.m").write_text("num_pes: 128 noc_bw_cstr: 500 offchip_bw_cstr: 300\n")
        spec = self.spec(f"""kind = "sweep"
[networks]
space = "darts"
file = "{DATA}/nasbench/genotypes.json"
[maestro]
mode = "original"
hardware = ["hw1.m", "hw2.m"]
""")
        self.explore(spec, "out")
        names = {row["point"]: row["name"] for row in self.table("out/points.csv")}
        found = {}
        for row in self.table("out/results.csv"):
            found[names[row["point"]], int(row["network"])] = float(row["cycles"]), float(row["energy_nj"])
        self.assertEqual(len(found), 6108)
        rank = json.loads((self.folder / "out/report.json").read_text())["rank"]  # published, less the doubled entries
        self.assertAlmostEqual(rank["least_cycles"]["value"], 0.9944, delta=5e-5)
        self.assertAlmostEqual(rank["least_energy"]["value"], 0.9931, delta=5e-5)
        compared = 0
        for row in csv.DictReader((DATA / "nasbench/reference_first200.csv").read_text().splitlines()):
            for flow, name in (("kcp", "kcp_ws"), ("rs", "rs"), ("xp", "xp_ws")):
                for hw in ("hw1", "hw2"):
                    factor = 2 if (flow, hw) == ("kcp", "hw1") and row["kcp_hw1_doubled_in_shipped_file"] == "1" else 1
                    cycles, energy = found[f"{name}_{hw}", int(row["model"])]
                    self.assertEqual(float(row[f"{flow}_{hw}_lat_cycles"]), factor * cycles, (row["model"], flow, hw))
                    want = float(row[f"{flow}_{hw}_energy_nJ"])
                    self.assertLess(abs(factor * energy - want), 1e-6 * want)
                    compared += 1
        self.assertEqual(compared, 1200)

    def test_results_do_not_depend_on_the_number_of_threads(self):
        spec = self.spec(SMALL)
        self.explore(spec, "one", "--threads", 1)
        self.explore(spec, "three", "--threads", 3, "--set", "run.chunk=7")
        self.run_program(PROGRAM, "explore", spec, "-q")  # into out/ and the spec's name
        self.assertEqual(self.dump("one"), self.dump("out/spec"))
        self.assertEqual(self.dump("one"), self.dump("three"))
        for file in os.listdir(self.folder / "one"):
            if file != "results.db":
                self.assertEqual((self.folder / "one" / file).read_bytes(), (self.folder / "three" / file).read_bytes(), file)

    def test_a_killed_sweep_resumes_where_it_was(self):
        spec = self.spec(SLOW)
        self.explore(spec, "whole")
        process = subprocess.Popen([PROGRAM, "explore", spec, "-o", "killed", "--threads", "1"], cwd=self.folder,
                                   stdout=subprocess.DEVNULL)
        self.wait_for_rows("killed", process)
        process.send_signal(signal.SIGKILL)
        process.wait()
        there = self.rows("killed")
        self.assertGreater(there, 0)
        self.assertLess(there, 200 * 36)
        self.assertFalse((self.folder / "killed/report.html").exists())
        done = self.explore(spec, "killed")
        self.assertIn(f"{there} rows are there already", done.stdout)
        self.assertIn(f"{200 * 36 - there} rows evaluated", done.stdout)
        self.assertEqual(self.dump("whole"), self.dump("killed"))
        self.assertEqual((self.folder / "whole/results.csv").read_text(), (self.folder / "killed/results.csv").read_text())
        self.assertIn(" 0 rows evaluated", self.explore(spec, "killed").stdout)

    def test_a_search_compares_its_methods_and_draws_them(self):
        self.explore(self.spec(SMALL), "out")
        report = json.loads((self.folder / "out/report.json").read_text())
        self.assertEqual((report["networks"], report["points"], report["rows"]), (60, 12, 720))
        methods = report["methods"]["maestro"]
        self.assertEqual(set(methods), {"coupled", "semi_decoupled", "semi_decoupled_sampled", "semi_decoupled_runs", "flops",
                                        "flops_sampled", "decoupled"})
        self.assertEqual(methods["coupled"]["equal"], 1)
        self.assertEqual(methods["coupled"]["evaluations"], 720)
        self.assertLess(methods["semi_decoupled_runs"]["evaluations"], 60 + 21 * 11)
        self.assertEqual(methods["semi_decoupled"]["results"], 12)
        self.assertEqual(set(methods["semi_decoupled"]["by_proxy"]), {"kcp_ws", "rs", "xp_ws"})
        self.assertGreater(report["rank"]["least_cycles"]["value"], 0.8)
        self.assertEqual(len(report["rank"]["groups"]), 6 + 3)
        rank = self.table("out/rank_pairs.csv")
        self.assertEqual(len(rank), 12 * 11 // 2)
        cycles = {}
        for row in self.table("out/results.csv"):
            cycles.setdefault(row["point"], []).append(float(row["cycles"]))
        for row in rank[:20]:  # against a plain computation: no ties are expected among so few
            a, b = cycles[row["point_a"]], cycles[row["point_b"]]
            if len(set(a)) == len(a) and len(set(b)) == len(b):
                order = [sorted(v).index for v in (a, b)]
                d = sum((order[0](x) - order[1](y)) ** 2 for x, y in zip(a, b))
                self.assertAlmostEqual(float(row["cycles"]), 1 - 6 * d / (60 * (60 * 60 - 1)), delta=1e-4)
        page = (self.folder / "out/report.html").read_text()
        self.assertEqual(page.count("<svg"), 3)
        self.assertNotIn("http://", page.replace("http://www.w3.org/2000/svg", ""))
        self.assertNotIn("nan", page)

    def test_without_the_coupled_baseline_only_two_stages_are_evaluated(self):
        done = self.explore(self.spec(SMALL), "out", "--set", "search.coupled=false", "--set",
                            "search.proxy=rs_pe64_noc500_off50")
        kept = json.loads((self.folder / "out/report.json").read_text())["methods"]["maestro"]["semi_decoupled"]
        self.assertEqual(kept["evaluations"], 60 + 11 * kept["networks_kept"])
        self.assertIn(f"{60 + 11 * int(kept['networks_kept'])} rows evaluated", done.stdout)

    def test_without_a_proxy_a_sample_of_networks_chooses_it(self):
        self.explore(self.spec(SMALL), "coupled")
        done = self.explore(self.spec(SMALL), "out", "--set", "search.coupled=false")
        found = {folder: next(row for row in self.table(f"{folder}/methods.csv") if row["method"] == "semi_decoupled_sampled")
                 for folder in ("coupled", "out")}
        for key in ("proxy", "networks_kept", "points_kept", "evaluations"):
            self.assertEqual(found["coupled"][key], found["out"][key], key)
        self.assertIn(f"{found['out']['evaluations']} rows evaluated", done.stdout)
        self.assertLess(int(found["out"]["evaluations"]), 60 * 12 // 2)
        done = self.explore(self.spec(SMALL.replace("64, 256", "16")), "none", "--set", "search.coupled=false", "--set",
                            "maestro.dataflows=kcp_ws", status=2)
        self.assertIn("spec.toml: search.proxy: is missing, and no point runs all networks of the sample", done.stderr)

    def test_designs_keep_their_limits_and_are_rows_of_the_results(self):
        self.explore(self.spec(SMALL), "out")
        results = {(row["point"], row["network"]): (row["cycles"], row["energy_nj"]) for row in self.table("out/results.csv")}
        points = {row["name"]: row["point"] for row in self.table("out/points.csv")}
        networks = {row["name"]: row["network"] for row in self.table("out/networks.csv")}
        score = {row["name"]: float(row["score"]) for row in self.table("out/networks.csv")}
        best, found = {}, 0
        for row in self.table("out/designs.csv"):
            limit = row["limit_cycles"], row["limit_energy_nj"]
            if row["network"] == "":
                continue
            found += 1
            self.assertEqual(results[points[row["point"]], networks[row["network"]]], (row["cycles"], row["energy_nj"]))
            self.assertLessEqual(float(row["cycles"]), float(row["limit_cycles"]))
            self.assertLessEqual(float(row["energy_nj"]), float(row["limit_energy_nj"]) * (1 + 1e-9))
            self.assertEqual(float(row["score"]), score[row["network"]])
            if row["method"] == "coupled":  # against trying all
                want = max(score[name] for name, n in networks.items() for p in points.values()
                           if float(results[p, n][0] or "inf") <= float(limit[0]) and float(results[p, n][1] or "inf") <= float(limit[1]) * (1 + 1e-9))
                self.assertEqual(best.setdefault(limit, float(row["score"])), want)
        self.assertGreater(found, 60)

    def test_the_platforms_accelerator_is_a_hardware_point_like_others(self):
        self.explore(self.spec("""kind = "semi_decoupled"
[networks]
space = "darts"
sample = 6
[darts]
cells = 5
channels = 8
[maestro]
dataflows = "rs"
num_pes = 64
noc_bw = 100
offchip_bw = 50
[platform]
devices = ["xc7z020", "ultra96"]
effective_bits = [1, 3]
visit_tiles = 300
"""), "out")
        report = json.loads((self.folder / "out/report.json").read_text())
        self.assertEqual(set(report["methods"]), {"maestro", "platform"})
        self.assertEqual(report["points"], 5)
        points = self.table("out/points.csv")
        self.assertEqual([p["model"] for p in points], ["maestro"] + 4 * ["platform"])
        cycles = {}
        for row in self.table("out/results.csv"):
            cycles.setdefault(points[int(row["point"])]["name"], []).append(int(row["cycles"]))
        self.assertTrue(all(a < b for a, b in zip(cycles["ultra96_eb1_dram16"], cycles["xc7z020_eb1_dram16"])))

    def test_scores_come_from_a_file(self):
        (self.folder / "accuracy.csv").write_text("network,accuracy\n" + "".join(f"{i},{90 + i / 100}\n" for i in range(60)))
        self.explore(self.spec(SMALL), "out", "--set", f"score.file={self.folder}/accuracy.csv", "--set", "score.name=top-1 of X")
        self.assertEqual(float(self.table("out/networks.csv")[59]["score"]), 90.59)
        self.assertIn("top-1 of X", (self.folder / "out/report.html").read_text())
        (self.folder / "accuracy.csv").write_text("network,accuracy\n0,high\n")
        done = self.explore(self.spec(SMALL), "out2", "--set", f"score.file={self.folder}/accuracy.csv", status=2)
        self.assertIn("accuracy.csv:2:", done.stderr)
        (self.folder / "accuracy.csv").write_text("network,accuracy\n0,1\n")
        done = self.explore(self.spec(SMALL), "out2", "--set", f"score.file={self.folder}/accuracy.csv", status=2)
        self.assertIn("no row for network 1", done.stderr)

    def test_the_repositorys_explorations_run(self):
        self.data("nasbench/genotypes.json")
        specs = [path for path in sorted((ROOT / "scenarios/explore").glob("*.toml")) if "[networks]" in path.read_text()]
        self.assertGreaterEqual(len(specs), 3)
        for path in specs:
            self.explore(path, path.stem, "--set", "networks.count=4", "--set", "maestro.draw=2", "--set", "platform.visit_tiles=10",
                         "--set", "platform.effective_bits=2", "--set", "platform.devices=xc7z020", "--set", "platform.dram_bytes_per_cycle=8")
            self.assertTrue((self.folder / path.stem / "report.html").exists())

    def test_a_wrong_spec_is_told_where_it_is_wrong(self):
        for text, message in ((SMALL.replace("kind =", "kin ="), "kind is missing"),
                              (SMALL.replace("semi_decoupled", "coupled"), "spec.toml:1:1: kind: is \"coupled\""),
                              (SMALL + "limit = 3\n", "spec.toml:11:1: unknown key 'search.limit'; did you mean 'search.limits'?"),
                              (SMALL.replace("darts", "files"), "networks.files"),
                              (SMALL.replace("[search]", "draw = 9\n[search]"), "there are only 4"),
                              (SMALL.replace("500", "0"), "spec.toml:7:1: maestro.noc_bw"),
                              (SMALL.replace("[search]", "dataflows = [\"rs\", \"kcp\"]\n[search]"),
                               "spec.toml:9:1: maestro.dataflows: no template is called 'kcp'; there are kcp_ws"),
                              (SMALL.replace("64, 256", "64, 256, 64"), "spec.toml:5:2: maestro: the point kcp_ws_pe64_noc500_off50 is there twice"),
                              (SMALL.replace("[64, 256]", str(list(range(1, 402)))).replace("500", str(list(range(1, 401)))),
                               "spec.toml:6:1: maestro.num_pes: the grid has more than 100000 points"),
                              (SMALL.replace("[64, 256]", str(list(range(1, 201)))).replace("500", str(list(range(1, 201)))),
                               "maestro.dataflows: the lists make more than 100000 points"),
                              (SMALL.replace("[search]", "[platform]\nlut = \"48\"\n[search]"), "ROWSxCOLUMNS"),
                              (SMALL.replace("[search]", "[platform]\ndevices = \"ultra\"\n[search]"), "ultra96")):
            done = self.explore(self.spec(text), "out", status=2)
            self.assertIn(message, done.stderr)
            self.assertFalse((self.folder / "out/results.db").exists(), message)
        self.explore("nothing.toml", "out", status=2)

    def test_a_dataflow_may_be_a_file_beside_the_spec(self):
        (self.folder / "specs").mkdir()
        (self.folder / "specs/mine.m").write_text("SpatialMap(1,1) K; TemporalMap(Sz(R),1) Y; TemporalMap(Sz(S),1) X;\n")
        text = SMALL.replace("[search]", "dataflows = [\"mine.m\", \"xp_ws\"]\n[search]")
        self.explore(self.spec(text, "specs/spec.toml"), "out")
        names = {row["name"].split("_pe")[0] for row in self.table("out/points.csv")}
        self.assertEqual(names, {"mine", "xp_ws"})
        (self.folder / "specs/mine.m").write_text("SpatialMap(1,1) Q;\n")
        self.assertIn("specs/mine.m:1:17: 'Q' is no dimension", self.explore(self.folder / "specs/spec.toml", "out2", status=2).stderr)

    def test_a_folder_of_another_spec_is_left_alone(self):
        spec = self.spec(SMALL)
        self.explore(spec, "out")
        before = self.dump("out")
        done = self.explore(spec, "out", "--set", "networks.seed=2", status=2)
        self.assertIn("results of another spec", done.stderr)
        self.assertEqual(before, self.dump("out"))


if __name__ == "__main__":
    unittest.main()
