// Packets in and out. Protocol: GDB manual, appendix E, "GDB Remote Serial Protocol".
#include "platform/debug/gdb_server.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <stdexcept>

namespace msd::platform {
namespace {

constexpr std::size_t kLargestMemory = 0x4000;  // bytes of one packet
constexpr unsigned kCsrs = 4096;

// What GDB is told of the registers: the integer ones, and the machine-mode CSRs that the hart has.
std::string target_description() {
    static const char* const names[] = {"zero", "ra", "sp",  "gp",  "tp", "t0", "t1", "t2",
                                        "fp",   "s1", "a0",  "a1",  "a2", "a3", "a4", "a5",
                                        "a6",   "a7", "s2",  "s3",  "s4", "s5", "s6", "s7",
                                        "s8",   "s9", "s10", "s11", "t3", "t4", "t5", "t6"};
    static const struct {
        const char* name;
        unsigned number;
    } csrs[] = {{"mstatus", 0x300},  {"misa", 0x301},   {"mie", 0x304},     {"mtvec", 0x305},
                {"mscratch", 0x340}, {"mepc", 0x341},   {"mcause", 0x342},  {"mtval", 0x343},
                {"mip", 0x344},      {"mcycle", 0xb00}, {"minstret", 0xb02}};
    std::string text =
        "<?xml version=\"1.0\"?><!DOCTYPE target SYSTEM \"gdb-target.dtd\"><target version=\"1.0\">"
        "<architecture>riscv:rv32</architecture><feature name=\"org.gnu.gdb.riscv.cpu\">";
    unsigned number = 0;
    for (const char* name : names)
        text += fmt::format("<reg name=\"{}\" bitsize=\"32\" regnum=\"{}\"/>", name, number++);
    text += fmt::format(
        "<reg name=\"pc\" bitsize=\"32\" regnum=\"{}\" type=\"code_ptr\"/></feature>"
        "<feature name=\"org.gnu.gdb.riscv.csr\">",
        DebugTarget::kPc);
    for (const auto& csr : csrs)
        text += fmt::format("<reg name=\"{}\" bitsize=\"32\" regnum=\"{}\"/>", csr.name,
                            DebugTarget::kFirstCsr + csr.number);
    return text + "</feature></target>";
}

std::string hex_of(const uint8_t* data, std::size_t count) {
    std::string text;
    for (std::size_t i = 0; i < count; ++i) text += fmt::format("{:02x}", data[i]);
    return text;
}

int digit(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

bool bytes_of(const std::string& text, std::vector<uint8_t>& bytes) {
    if (text.size() % 2) return false;
    for (std::size_t i = 0; i < text.size(); i += 2) {
        const int high = digit(text[i]), low = digit(text[i + 1]);
        if (high < 0 || low < 0) return false;
        bytes.push_back(static_cast<uint8_t>(high * 16 + low));
    }
    return true;
}

// Hexadecimal numbers of a packet: "m80000000,4" and the like.
class Fields {
public:
    explicit Fields(const std::string& text) : text_(text) {}
    bool number(uint64_t& value) {
        const std::size_t start = at_;
        value = 0;
        while (at_ < text_.size() && at_ - start < 16 && digit(text_[at_]) >= 0)
            value = value * 16 + static_cast<uint64_t>(digit(text_[at_++]));
        return at_ > start;
    }
    bool skip(char c) { return at_ < text_.size() && text_[at_] == c && ++at_; }
    bool end() const { return at_ == text_.size(); }
    std::string rest() const { return text_.substr(at_); }

private:
    const std::string& text_;
    std::size_t at_ = 1;  // behind the packet's letter
};

// Little endian, as the target.
std::string register_text(uint32_t value) {
    uint8_t bytes[4];
    for (int i = 0; i < 4; ++i) bytes[i] = static_cast<uint8_t>(value >> (8 * i));
    return hex_of(bytes, 4);
}

uint32_t register_value(const std::vector<uint8_t>& bytes, std::size_t at) {
    uint32_t value = 0;
    for (std::size_t i = 0; i < 4; ++i) value |= uint32_t{bytes[at + i]} << (8 * i);
    return value;
}

bool begins(const std::string& text, const char* with) {
    return text.rfind(with, 0) == 0;
}

}  // namespace

GdbServer::GdbServer(uint16_t port) {
    listener_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const int on = 1;
    setsockopt(listener_, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);  // nobody from outside
    address.sin_port = htons(port);
    socklen_t size = sizeof address;
    if (listener_ < 0 || bind(listener_, reinterpret_cast<sockaddr*>(&address), size) != 0 ||
        listen(listener_, 1) != 0 ||
        getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
        const std::string reason = std::strerror(errno);
        if (listener_ >= 0) close(listener_);
        throw std::runtime_error(fmt::format(
            "debug.gdb: port {} of this machine: {}; choose another, or 0 for any that is free",
            port, reason));
    }
    port_ = ntohs(address.sin_port);
}

GdbServer::~GdbServer() {
    if (connection_ >= 0) close(connection_);
    if (listener_ >= 0) close(listener_);
}

void GdbServer::wait_for_debugger() {
    while (connection_ < 0) {
        connection_ = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
        if (connection_ < 0 && errno != EINTR)
            throw std::runtime_error(fmt::format("debug.gdb: {}", std::strerror(errno)));
    }
    const int on = 1;
    setsockopt(connection_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

bool GdbServer::fill(int timeout_ms) {
    if (connection_ < 0) return false;
    pollfd waited{connection_, POLLIN, 0};
    int ready = 0;
    while ((ready = poll(&waited, 1, timeout_ms)) < 0 && errno == EINTR) {
    }
    if (ready <= 0) return false;
    char buffer[4096];
    const ssize_t count = recv(connection_, buffer, sizeof buffer, 0);
    if (count <= 0) {
        close(connection_);
        connection_ = -1;
        return false;
    }
    received_.append(buffer, static_cast<std::size_t>(count));
    return true;
}

bool GdbServer::interrupted() {
    while (fill(0)) {
    }
    const std::size_t at = received_.find('\x03');
    if (at == std::string::npos) return false;
    received_.erase(at, 1);
    return true;
}

// The next packet whose checksum is right; false: the connection ended.
bool GdbServer::receive(std::string& packet) {
    for (;;) {
        const std::size_t start = received_.find('$');
        const std::size_t end = start == std::string::npos ? start : received_.find('#', start);
        if (end == std::string::npos || end + 2 >= received_.size()) {
            if (received_.size() > 4 * kLargestMemory) received_.clear();  // no packet is so long
            if (!fill(-1)) return false;
            continue;
        }
        packet = received_.substr(start + 1, end - start - 1);
        const int high = digit(received_[end + 1]), low = digit(received_[end + 2]);
        received_.erase(0, end + 3);
        uint8_t sum = 0;
        for (const char c : packet) sum = static_cast<uint8_t>(sum + static_cast<uint8_t>(c));
        const bool good = high >= 0 && low >= 0 && sum == high * 16 + low;
        if (acknowledge_ && ::send(connection_, good ? "+" : "-", 1, MSG_NOSIGNAL) != 1)
            return false;
        if (good) return true;
    }
}

void GdbServer::send(const std::string& packet) {
    uint8_t sum = 0;
    for (const char c : packet) sum = static_cast<uint8_t>(sum + static_cast<uint8_t>(c));
    const std::string framed = fmt::format("${}#{:02x}", packet, sum);
    for (std::size_t sent = 0; connection_ >= 0 && sent < framed.size();) {
        const ssize_t count =
            ::send(connection_, framed.data() + sent, framed.size() - sent, MSG_NOSIGNAL);
        if (count < 0 && errno == EINTR) continue;
        if (count <= 0) return;  // receive() will see the end
        sent += static_cast<std::size_t>(count);
    }
}

Resume GdbServer::converse(DebugTarget& target, int signal) {
    stepping_ = false;
    last_signal_ = signal;
    if (told_) send(fmt::format("S{:02x}", signal));
    told_ = true;
    std::string packet;
    while (receive(packet)) {
        bool go = false;
        Resume resume = Resume::kContinue;
        const std::string reply = answer(target, packet, go, resume);
        if (!go || resume == Resume::kDetach) send(reply);
        if (packet == "QStartNoAckMode") acknowledge_ = false;
        if (!go) continue;
        stepping_ = resume == Resume::kStep;
        if (resume == Resume::kDetach || resume == Resume::kKill) {
            breakpoints_.clear();
            close(connection_);
            connection_ = -1;
        }
        return resume;
    }
    breakpoints_.clear();
    return Resume::kDetach;
}

void GdbServer::ended(int status) {
    if (connection_ < 0) return;
    send(fmt::format("W{:02x}", status & 0xff));
    close(connection_);
    connection_ = -1;
}

std::string GdbServer::answer(DebugTarget& target, const std::string& packet, bool& go,
                              Resume& resume) {
    const char kind = packet.empty() ? '\0' : packet[0];
    uint64_t address = 0;
    Fields fields(packet);
    switch (kind) {
        case '?':
            return fmt::format("S{:02x}", last_signal_);
        case 'c':
        case 's':
            if (!fields.end()) {
                if (!fields.number(address) || !fields.end()) return "E01";
                target.write_register(DebugTarget::kPc, static_cast<uint32_t>(address));
            }
            go = true;
            resume = kind == 's' ? Resume::kStep : Resume::kContinue;
            return "";
        case 'D':
            go = true;
            resume = Resume::kDetach;
            return "OK";
        case 'k':
            go = true;
            resume = Resume::kKill;
            return "";
        case 'g':
        case 'G':
        case 'p':
        case 'P':
            return registers(target, packet);
        case 'm':
        case 'M':
            return memory(target, packet);
        case 'Z':
        case 'z':
            return breakpoint(packet);
        case 'H':
        case 'T':
            return "OK";  // one thread
        case 'q':
        case 'Q':
            return query(target, packet);
        default:
            return "";  // not supported
    }
}

std::string GdbServer::registers(DebugTarget& target, const std::string& packet) {
    uint32_t value = 0;
    uint64_t number = 0;
    std::vector<uint8_t> bytes;
    Fields fields(packet);
    if (packet[0] == 'g') {
        std::string all;
        for (unsigned r = 0; r <= DebugTarget::kPc; ++r)
            all += target.read_register(r, value) ? register_text(value) : "xxxxxxxx";
        return all;
    }
    if (packet[0] == 'G') {
        if (!bytes_of(packet.substr(1), bytes) || bytes.size() != 4 * (DebugTarget::kPc + 1))
            return "E01";
        for (unsigned r = 1; r <= DebugTarget::kPc; ++r)
            target.write_register(r, register_value(bytes, 4 * r));
        return "OK";
    }
    if (!fields.number(number) || number >= DebugTarget::kFirstCsr + kCsrs) return "E01";
    const auto which = static_cast<unsigned>(number);
    if (packet[0] == 'p') return target.read_register(which, value) ? register_text(value) : "E02";
    if (!fields.skip('=') || !bytes_of(fields.rest(), bytes) || bytes.size() != 4) return "E01";
    return target.write_register(which, register_value(bytes, 0)) ? "OK" : "E02";
}

std::string GdbServer::memory(DebugTarget& target, const std::string& packet) {
    uint64_t address = 0, count = 0;
    Fields fields(packet);
    if (!fields.number(address) || !fields.skip(',') || !fields.number(count) ||
        count > kLargestMemory || address + count > uint64_t{1} << 32)
        return "E01";
    std::vector<uint8_t> bytes;
    if (packet[0] == 'm') {
        if (!fields.end()) return "E01";
        bytes.resize(count);
        return target.read_memory(static_cast<uint32_t>(address), bytes.data(), count)
                   ? hex_of(bytes.data(), count)
                   : "E14";
    }
    if (!fields.skip(':') || !bytes_of(fields.rest(), bytes) || bytes.size() != count) return "E01";
    return target.write_memory(static_cast<uint32_t>(address), bytes.data(), count) ? "OK" : "E14";
}

// Z0 and Z1 are the same here: the simulator looks at the program counter, memory stays as it is.
std::string GdbServer::breakpoint(const std::string& packet) {
    uint64_t type = 0, address = 0, kind = 0;
    Fields fields(packet);
    if (!fields.number(type) || !fields.skip(',') || !fields.number(address) || !fields.skip(',') ||
        !fields.number(kind))
        return "E01";
    if (type > 1) return "";  // watchpoints
    if (packet[0] == 'Z')
        breakpoints_.insert(static_cast<uint32_t>(address));
    else
        breakpoints_.erase(static_cast<uint32_t>(address));
    return "OK";
}

std::string GdbServer::query(DebugTarget& target, const std::string& packet) {
    if (begins(packet, "qSupported"))
        return fmt::format("PacketSize={:x};qXfer:features:read+;QStartNoAckMode+",
                           2 * kLargestMemory);
    if (packet == "QStartNoAckMode") return "OK";
    if (packet == "qAttached") return "1";
    if (packet == "qC") return "QC1";
    if (packet == "qfThreadInfo") return "m1";
    if (packet == "qsThreadInfo") return "l";
    static const std::string kFeatures = "qXfer:features:read:target.xml:";
    if (begins(packet, kFeatures.c_str())) {
        uint64_t offset = 0, count = 0;
        const std::string numbers = " " + packet.substr(kFeatures.size());
        Fields fields(numbers);
        if (!fields.number(offset) || !fields.skip(',') || !fields.number(count)) return "E01";
        static const std::string text = target_description();
        if (offset >= text.size()) return "l";
        const std::string part = text.substr(offset, count);
        return (offset + part.size() < text.size() ? "m" : "l") + part;
    }
    if (begins(packet, "qRcmd,")) {
        std::vector<uint8_t> line;
        if (!bytes_of(packet.substr(6), line)) return "E01";
        const std::string text = target.monitor(std::string(line.begin(), line.end()));
        if (text.empty()) return "";
        return hex_of(reinterpret_cast<const uint8_t*>(text.data()), text.size());
    }
    return "";
}

}  // namespace msd::platform
