"""Who may include whom: the table of docs/architecture.md as data, and the check against it."""

import pathlib
import re
import subprocess

SOURCE = (".h", ".hpp", ".c", ".cpp", ".S")
FOLDERS = ("bench", "codesign", "firmware", "ip", "network", "platform", "quant", "rtl", "scheduler", "tests", "tools")

# Libraries beside the standard one, by the first part of the header's name.
LIBRARIES = {
    "systemc": r"systemc(\.h)?$|tlm(\.h)?$|tlm_utils/|sysc/",
    "boost": r"boost/",
    "mpi": r"boost/mpi|mpi\.h$",
    "onnx": r"onnx/|google/protobuf/",
    "fmt": r"fmt/",
    "dnnl": r"dnnl|oneapi/",
    "toml": r"toml\+\+/",
    "json": r"nlohmann/",
    "cli": r"CLI/",
    "zlib": r"zlib\.h$",
    "images": r"png\.h$|turbojpeg\.h$",
    "sqlite": r"sqlite3\.h$",
    "torch": r"torch/|ATen/|c10/",
    "catch": r"catch2/",
    "verilator": r"verilated|V[a-z0-9_]+(___024root)?\.h$",
}

PROGRAM = r"firmware/program\.h$"
CORES = r"ip/[^/]+/core/"
REGISTERS = r"ip/[^/]+/[^/]+_regs\.h$"
DIGITS = r"quant/rsd\.h$"
EVERYTHING = r""

# (files, what of the repository they may include, which libraries); {block} is the block of ip/ that the file belongs
# to. The first line that matches a file decides.
RULES = [
    (r"firmware/program\.h$", [], []),
    (r"ip/[^/]+/[^/]+_regs\.h$", [], []),
    (r"network/", [r"network/"], ["boost", "onnx", "fmt", "images"]),
    (r"quant/train/", [r"quant/", r"network/"], ["torch", "onnx", "fmt", "cli"]),
    (r"quant/", [r"quant/(?!train/)", r"network/"], ["boost", "onnx", "fmt"]),
    (r"ip/(?P<block>[^/]+)/core/", [r"ip/{block}/core/", REGISTERS, PROGRAM, DIGITS], ["dnnl", "fmt"]),
    (r"ip/accelerator/", [r"ip/", PROGRAM, DIGITS], ["systemc", "fmt"]),
    (r"ip/(?P<block>[^/]+)/", [r"ip/{block}/", r"ip/(dma|msd_pe)/", REGISTERS, PROGRAM, DIGITS], ["systemc", "fmt"]),
    (r"rtl/", [r"rtl/", REGISTERS, PROGRAM, r"ip/msd_pe/core/config\.h$"], ["verilator"]),
    (r"scheduler/", [r"scheduler/", r"network/", r"quant/(?!train/)", CORES, PROGRAM], ["boost", "fmt", "json", "zlib"]),
    (r"codesign/", [r"codesign/", r"scheduler/", r"network/", r"quant/(?!train/)"], ["boost", "mpi", "fmt", "json", "sqlite"]),
    (r"firmware/", [r"firmware/", REGISTERS], []),
    (r"platform/", [r"(?!tests/|bench/|quant/train/)"],
     ["systemc", "boost", "mpi", "onnx", "fmt", "dnnl", "toml", "json", "cli", "zlib", "verilator"]),
    (r"(tests|bench|tools)/", [EVERYTHING], list(LIBRARIES)),
]

INCLUDE = re.compile(r'^\s*#\s*include\s*(?:"([^"]+)"|<([^>]+)>)')


def tracked_files(root):
    """Paths of the repository's files, relative to its root; of an exported tree, all but the build's."""
    try:
        listing = subprocess.run(["git", "-C", str(root), "ls-files", "-z"], capture_output=True, check=True)
        names = listing.stdout.decode().split("\0")
    except (OSError, subprocess.CalledProcessError):
        names = [path.relative_to(root).as_posix() for path in sorted(root.rglob("*")) if path.is_file()]
        names = [name for name in names if not re.match(r"(\.git|build[^/]*|out)/", name)]
    return [name for name in names if name and (root / name).is_file()]


def fault(name, header, quoted):
    """What is wrong with an #include of file `name`, or None."""
    for files, folders, libraries in RULES:
        match = re.match(files, name)
        if match:
            break
    else:
        return f"no layer is given for {name}; add it to tests/tree/layers.py and docs/architecture.md"
    where = pathlib.PurePosixPath(name).parent
    if quoted and header.split("/")[0] in FOLDERS:
        block = match.groupdict().get("block", "")
        if any(re.match(folder.replace("{block}", re.escape(block)), header) for folder in folders):
            return None
        return f'{where} may not include "{header}"; docs/architecture.md says what it may'
    found = [library for library, headers in LIBRARIES.items() if re.match(headers, header)]
    if any(library not in libraries for library in found):
        return f"{where} may not use {' or '.join(found)} (<{header}>); docs/architecture.md says what it may"
    if quoted and not found:
        return f'"{header}" must be named from the repository\'s root'
    return None


def include_faults(root):
    """One message an #include that breaks the table: file:line: what."""
    messages = []
    for name in tracked_files(root):
        if not name.endswith(SOURCE):
            continue
        for number, line in enumerate((root / name).read_text(encoding="utf-8").splitlines(), 1):
            match = INCLUDE.match(line)
            if match:
                text = fault(name, match[1] or match[2], match[1] is not None)
                if text:
                    messages.append(f"{name}:{number}: {text}")
    return messages
