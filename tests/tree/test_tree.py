"""What must hold of the repository's files themselves: layers, freshness, links, no traces of one machine."""

import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

import layers

ROOT = pathlib.Path(__file__).resolve().parents[2]
TEXT = layers.SOURCE + (".py", ".md", ".toml", ".txt", ".cmake", ".sv", ".svh", ".json", ".ld", ".sh")
MACHINE_PATH = re.compile(r"(?<![\w.$})/-])/(work|tmp|home|root|mnt)(/|\b(?![\w.-]))")
LINK = re.compile(r"\]\(([^)\s]+)\)")


def texts(*suffixes):
    for name in layers.tracked_files(ROOT):
        if name.endswith(suffixes or TEXT) or name in ("msd", ".ci/run"):
            yield name, (ROOT / name).read_text(encoding="utf-8")


class Tree(unittest.TestCase):
    maxDiff = None

    def test_includes_follow_the_layers(self):
        self.assertEqual([], layers.include_faults(ROOT))

    def test_a_wrong_include_is_caught(self):
        wrong = {
            "network/a.cpp": '#include "scheduler/schedule.h"',
            "network/b.h": "#include <systemc>",
            "quant/a.cpp": '#  include "ip/msd_pe/core/tile.h"',
            "ip/msd_pe/core/a.cpp": "#include <tlm_utils/simple_target_socket.h>",
            "ip/msd_pe/core/b.cpp": '#include "network/graph.h"',
            "ip/dma/a.cpp": '#include "ip/accelerator/accelerator.h"',
            "scheduler/a.cpp": '#include "ip/msd_pe/lut_pe.h"',
            "scheduler/b.cpp": "#include <systemc.h>",
            "codesign/a.cpp": '#include "platform/soc/soc.h"',
            "firmware/a.c": '#include "scheduler/program.h"',
            "firmware/program.h": '#include "firmware/uart.h"',
            "platform/soc/a.cpp": '#include "tests/support.h"',
            "platform/soc/b.cpp": '#include "bus.h"',
            "platform/soc/c.cpp": '#include "../bus/bus.h"',
            "new_folder/a.cpp": "#include <string>",
        }
        right = {
            "network/c.cpp": '#include "network/graph.h"\n#include <boost/graph/adjacency_list.hpp>\n#include <onnx/onnx_pb.h>',
            "ip/msd_pe/core/c.cpp": '#include "firmware/program.h"\n#include "quant/rsd.h"\n#include <vector>',
            "ip/host/a.cpp": '#include "ip/host/host_regs.h"\n#include <systemc>',
            "scheduler/c.cpp": '#include "ip/msd_pe/core/timing.h"\n#include "quant/rsd.h"',
            "tests/a/a.cpp": '#include "platform/soc/soc.h"\n#include <catch2/catch.hpp>',
        }
        with tempfile.TemporaryDirectory() as folder:
            root = pathlib.Path(folder)
            for name, text in {**wrong, **right}.items():
                (root / name).parent.mkdir(parents=True, exist_ok=True)
                (root / name).write_text(f"// A file.\n{text}\n", encoding="utf-8")
            messages = layers.include_faults(root)
        self.assertEqual(sorted(f"{name}:2" for name in wrong),
                         sorted(message.split(": ")[0] for message in messages), messages)
        self.assertIn('network/a.cpp:2: network may not include "scheduler/schedule.h"; '
                      "docs/architecture.md says what it may", messages)

    def test_sources_open_with_a_comment(self):
        silent = []
        for name, text in texts(*layers.SOURCE, ".sv", ".py", ".cmake"):
            header = f'#include "{name.rsplit(".", 1)[0]}.h"\n'  # whose own first line speaks for both
            if not text.startswith(("//", "/*", '"""', "# ", "#!", header)):
                silent.append(name)
        self.assertEqual([], silent)

    def test_no_file_names_a_place_on_one_machine(self):
        found = [f"{name}:{number}: {line.strip()}" for name, text in texts()
                 for number, line in enumerate(text.splitlines(), 1) if MACHINE_PATH.search(line)]
        self.assertEqual([], found)

    def test_a_place_on_one_machine_is_caught(self):
        for bad in ("/wo" "rk/main", "x = '/tm" "p/a'", "(/ho" "me/me)", "cd /ro" "ot"):
            self.assertRegex(bad, MACHINE_PATH)
        for good in ("../shared/data", "build/tmp/a", "$root/tmp/x", "// and/or", "${D}/tmp/x", "/root_port"):
            self.assertNotRegex(good, MACHINE_PATH)

    def test_links_in_documents_lead_to_files(self):
        broken = []
        for name, text in texts(".md"):
            for target in LINK.findall(text):
                path = target.split("#")[0]
                if path and not re.match(r"[a-z]+:", path) and not (ROOT / name).parent.joinpath(path).exists():
                    broken.append(f"{name}: {target}")
        self.assertEqual([], broken)

    def test_every_document_is_linked_and_names_its_commands(self):
        pages = {path.name: path.read_text() for path in (ROOT / "docs").glob("*.md")}
        self.assertGreater(len(pages), 15)
        links = {name: set(re.findall(r"\]\(([a-z0-9_]+\.md)\)", text)) - {name} for name, text in pages.items()}
        seen, todo = {"README.md"}, ["README.md"]
        while todo:
            for name in links[todo.pop()] & set(pages) - seen:
                seen.add(name)
                todo.append(name)
        self.assertEqual(sorted(set(pages) - seen), [], "pages that nobody finds: name them in docs/README.md")
        for name, text in pages.items():
            self.assertRegex(text, r"`[^`\n]*(\bmsd |ctest|test_|bench_|tools/|bench/|rtl/)|```", f"{name} names no command")
            if "do not edit" not in text:
                self.assertTrue(links[name], f"{name} leads to no other page: add 'See also: [timing](timing.md).' or the like")

    def test_generated_register_files_are_fresh(self):
        run = subprocess.run([sys.executable, ROOT / "tools/registers.py", "--check"], capture_output=True, text=True)
        self.assertEqual((0, "", ""), (run.returncode, run.stdout, run.stderr))


if __name__ == "__main__":
    unittest.main()
