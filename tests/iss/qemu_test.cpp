// The hart against qemu-system-riscv32: every instruction of a run, with all registers before it.
#include <fmt/format.h>
#include <catch2/catch.hpp>

#include <unistd.h>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>

#include "tests/iss/guest/mix.h"
#include "tests/iss/machine.h"
#include "tests/support.h"

using namespace msd::platform;
using msd::test::kBase;
using msd::test::Machine;
using msd::test::Random;

namespace {

struct Record {
    uint32_t pc;
    std::array<uint32_t, 32> x;
};

struct QemuRun {
    std::vector<Record> records;  // state before each instruction, reset vector left out
    std::string uart;
};

std::string read_file(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

// A folder that goes away with the test.
struct Scratch {
    std::filesystem::path path;
    Scratch() : path(std::filesystem::temp_directory_path() / fmt::format("msd_iss_{}", getpid())) {
        std::filesystem::create_directories(path);
    }
    ~Scratch() { std::filesystem::remove_all(path); }
};

uint32_t hex8(const std::string& line, size_t at) {
    return static_cast<uint32_t>(std::stoul(line.substr(at, 8), nullptr, 16));
}

QemuRun run_qemu(const std::string& elf) {
    const Scratch scratch;
    const std::string log = scratch.path / "log", uart = scratch.path / "uart";
    // One instruction a translation block, all registers logged before each. Extensions that the
    // hart lacks are off.
    const std::string command = fmt::format(
        "timeout 60 qemu-system-riscv32 -M virt -bios none -display none -monitor none -serial "
        "file:{} "
        "-cpu "
        "rv32,a=false,f=false,d=false,zba=false,zbb=false,zbc=false,zbs=false,h=false,s=false,u="
        "false "
        "-singlestep -d cpu,nochain -D {} -kernel {}",
        uart, log, elf);
    REQUIRE(std::system(command.c_str()) == 0);
    QemuRun run;
    run.uart = read_file(uart);
    std::ifstream file(log);
    Record record{};
    for (std::string line; std::getline(file, line);) {
        if (line.compare(0, 4, " pc ") == 0) {
            record.pc = hex8(line, 10);
        } else if (line.compare(0, 2, " x") == 0) {
            // " x4/tp    00000000 x5/t0    80000000 …": four columns of 18 characters
            const unsigned first = static_cast<unsigned>(std::stoul(line.substr(2)));
            for (unsigned i = 0; i < 4; ++i) record.x[first + i] = hex8(line, 10 + 18 * i);
            if (first == 28 && record.pc >= kBase) run.records.push_back(record);
        }
    }
    return run;
}

bool have_qemu() {
    if (std::system("command -v qemu-system-riscv32 >/dev/null 2>&1") == 0) return true;
    std::cout << "SKIPPED: no qemu-system-riscv32 (apt-get install qemu-system-misc)\n";
    msd::test::skipped() = true;
    return false;
}

// Steps the hart along; returns the number of instructions compared. Fails at the first difference.
size_t compare(const QemuRun& qemu, Machine& m) {
    REQUIRE_FALSE(qemu.records.empty());
    for (unsigned r = 1; r < 32; ++r) m.hart.set_x(r, qemu.records[0].x[r]);
    size_t n = 0;
    for (const Record& record : qemu.records) {
        if (m.hart.state() == Hart::State::kStopped)
            break;  // QEMU ends a little after the exit device was written
        bool same = m.hart.pc() == record.pc;
        std::string text =
            fmt::format("instruction {}: pc qemu {:08x}, iss {:08x}", n, record.pc, m.hart.pc());
        for (unsigned r = 0; r < 32; ++r) {
            if (m.hart.x(r) == record.x[r]) continue;
            same = false;
            text += fmt::format("; x{} qemu {:08x}, iss {:08x}", r, record.x[r], m.hart.x(r));
        }
        if (!same) {
            if (n > 0)
                text +=
                    fmt::format("; the instruction before was at {:08x}", qemu.records[n - 1].pc);
            FAIL(text);
        }
        m.step();
        ++n;
    }
    CHECK(m.exit_value == 0x5555);
    CHECK(m.uart == qemu.uart);
    return n;
}

}  // namespace

TEST_CASE("the firmware retires the same instructions as on QEMU") {
    if (!have_qemu()) return;
    Machine m(1 << 20);
    m.load(read_elf(MSD_FIRMWARE_ELF));
    const size_t n = compare(run_qemu(MSD_FIRMWARE_ELF), m);
    CHECK(n > 3000);
    CHECK(n < 20000);  // the self-test is on the way to every result
    CHECK(m.uart == "self-test checksum 0x19988c32\nno program\n");
    CHECK(m.hart.traps() == 7);
}

TEST_CASE("a mix of compiled functions retires the same instructions as on QEMU") {
    if (!have_qemu()) return;
    Machine m(1 << 20);
    m.load(read_elf(MSD_MIX_ELF));
    const size_t n = compare(run_qemu(MSD_MIX_ELF), m);
    CHECK(n > 40000);
    std::string expected;  // as the host computes it
    for (int i = 0; i < MIX_PARTS; ++i) expected += fmt::format("0x{:08x}\n", mix_part(i));
    CHECK(m.uart == expected);
}

namespace {

// Random instructions that keep control: they write neither sp nor s0, access memory only relative
// to them, jump only ahead to the beginning of an instruction, and touch no CSR but mscratch.
class Program {
public:
    explicit Program(uint32_t seed) : random_(seed) {
        for (uint32_t half = 0; half < 0x10000; ++half) {
            if ((half & 3) != 1) continue;
            const Op op = decode_fetched(half, 0);
            const bool jump =
                op.code == Opcode::kJal || (op.code >= Opcode::kBeq && op.code <= Opcode::kBgeu);
            const auto distance = static_cast<uint32_t>(op.imm);
            if (jump && distance < 64)
                short_jumps_[distance].push_back(static_cast<uint16_t>(half));
        }
    }

    // Little-endian code of about `count` instructions that ends with a jump to `finish`.
    std::vector<uint8_t> make(unsigned count, uint32_t base, uint32_t finish) {
        for (unsigned i = 0; i < count; ++i) {
            if (random_.below(8) == 0) {
                jump_over();
            } else {
                straight();
            }
        }
        const uint32_t offset = finish - (base + static_cast<uint32_t>(bytes_.size()));
        emit32((offset >> 20 & 1u) << 31 | (offset >> 1 & 0x3ffu) << 21 |
               (offset >> 11 & 1u) << 20 | (offset >> 12 & 0xffu) << 12 | 0x6fu);
        return bytes_;
    }

private:
    void emit16(uint32_t half) {
        bytes_.push_back(static_cast<uint8_t>(half));
        bytes_.push_back(static_cast<uint8_t>(half >> 8));
    }
    void emit32(uint32_t word) {
        emit16(word & 0xffffu);
        emit16(word >> 16);
    }

    static bool allowed(const Op& op) {
        if (op.rd == 2 || op.rd == 8) {
            // Stores and branches use these bits for their immediate.
            const bool store = op.code >= Opcode::kSb && op.code <= Opcode::kSw;
            if (!store && op.code != Opcode::kIllegal) return false;
        }
        if (op.code >= Opcode::kLb && op.code <= Opcode::kSw) return op.rs1 == 2 || op.rs1 == 8;
        if (op.code >= Opcode::kJal && op.code <= Opcode::kBgeu) return false;
        if (op.code >= Opcode::kCsrrw) return (op.imm & 0xfff) == 0x340;
        return op.code != Opcode::kMret && op.code != Opcode::kWfi;
    }

    uint32_t candidate() {
        if (random_.below(5) < 2) {
            const uint32_t half = random_() & 0xffffu;
            return (half & 3u) == 3u ? half & ~1u : half;
        }
        const uint32_t majors[] = {0x37, 0x17, 0x03, 0x23, 0x13, 0x13, 0x33,
                                   0x33, 0x33, 0x0f, 0x73, 0x63, 0x67};
        uint32_t word = (random_() & ~0x7fu) | majors[random_.below(13)];
        if (random_.below(8) != 0) {  // else any funct7
            const uint32_t funct7[] = {0x00, 0x01, 0x20};
            if ((word & 0x7fu) == 0x33)
                word = (word & 0x01ffffffu) | funct7[random_.below(3)] << 25;
            const bool shift = (word & 0x7fu) == 0x13 && (word >> 12 & 3u) == 1;
            if (shift) word = (word & 0x01ffffffu) | funct7[2 * random_.below(2)] << 25;
        }
        if ((word & 0x7fu) == 0x0f)
            word &= ~(6u << 12);  // others belong to extensions that QEMU has
        if ((word & 0x7fu) == 0x73) {
            word = random_.below(2) ? (word & 0x000fffffu) | 0x340u << 20
                                    : random_.below(2) << 20 | 0x73u;
        }
        const bool memory = (word & 0x7fu) == 0x03 || (word & 0x7fu) == 0x23;
        if (memory) word = (word & ~(31u << 15)) | (random_.below(2) ? 2u : 8u) << 15;
        return word;
    }

    void straight() {
        for (;;) {
            const uint32_t word = candidate();
            const Op op = decode_fetched(word, 0);
            if (!allowed(op)) continue;
            if (op.bytes == 2)
                emit16(word);
            else
                emit32(word);
            return;
        }
    }

    // A branch or jump over the next one to three instructions.
    void jump_over() {
        std::vector<uint8_t> before;
        before.swap(bytes_);
        for (unsigned n = 1 + random_.below(3); n != 0; --n) straight();
        bytes_.swap(before);  // `before` now holds what is skipped
        const auto skipped = static_cast<uint32_t>(before.size());
        const auto& jumps = short_jumps_[skipped + 2];
        if (random_.below(2)) {
            emit16(jumps[random_.below(static_cast<uint32_t>(jumps.size()))]);
        } else {
            const uint32_t distance = skipped + 4,
                           funct3 = (const uint32_t[]){0, 1, 4, 5, 6, 7}[random_.below(6)];
            emit32((random_() & 0x01ff8000u) | funct3 << 12 | (distance >> 1 & 15u) << 8 |
                   (distance >> 5) << 25 | 0x63u);
        }
        bytes_.insert(bytes_.end(), before.begin(), before.end());
    }

    Random random_;
    std::vector<uint8_t> bytes_;
    std::array<std::vector<uint16_t>, 64> short_jumps_;
};

size_t compare_random(uint32_t seed, unsigned count) {
    std::string file = read_file(MSD_RANDOM_ELF);
    const size_t at = file.find("RANDOM CODE HERE");
    REQUIRE(at != std::string::npos);
    const auto* raw = reinterpret_cast<const uint8_t*>(file.data());
    const Elf plain = parse_elf(raw, file.size(), MSD_RANDOM_ELF);
    const std::vector<uint8_t> code = Program(seed).make(
        count, plain.address_of("random_code").value(), plain.address_of("finish").value());
    REQUIRE(code.size() < 65536);
    std::copy(code.begin(), code.end(), file.begin() + static_cast<long>(at));

    const Scratch scratch;
    const std::string path = scratch.path.string() + fmt::format("_{}.elf", seed);
    std::ofstream(path, std::ios::binary) << file;
    Machine m(1 << 20);
    m.load(read_elf(path));
    INFO("seed " << seed);
    const QemuRun qemu = run_qemu(path);
    std::filesystem::remove(path);
    std::set<Opcode> executed;
    unsigned compressed = 0;
    m.hart.set_trace([&](const Retired& r) {
        executed.insert(decode_fetched(r.instruction, r.pc).code);
        compressed += (r.instruction & 3u) != 3u;
    });
    const size_t n = compare(qemu, m);
    // All but kUndecoded, kIllegal, kFetchFault, kEcall, kEbreak and kWfi retire.
    CHECK(executed.size() == static_cast<size_t>(Opcode::kCsrrci) + 1 - 6);
    CHECK(compressed > count / 5);
    CHECK(m.hart.traps() > count / 50);
    return n;
}

}  // namespace

TEST_CASE("random instructions, legal and not, have the same results as on QEMU") {
    if (!have_qemu()) return;
    CHECK(compare_random(1, 8000) > 10000);
}

TEST_CASE("many random programs have the same results as on QEMU", "[.long]") {
    if (!have_qemu()) return;
    for (uint32_t seed = 2; seed < 30; ++seed) CHECK(compare_random(seed, 12000) > 10000);
}
