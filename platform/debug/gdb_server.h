// GDB's remote serial protocol over a TCP connection from this machine: what `target remote :PORT`
// talks to.
#pragma once

#include <cstdint>
#include <memory>
#include <set>
#include <string>
#include <vector>

namespace msd::platform {

// What the debugger may look at and change while the program stands still.
class DebugTarget {
public:
    static constexpr unsigned kPc = 32;  // number of the program counter; 0..31 are x0..x31
    static constexpr unsigned kFirstCsr =
        65;  // as GDB numbers RISC-V's control and status registers

    virtual ~DebugTarget() = default;
    // 32-bit registers. False if there is no such register, or it cannot be written.
    virtual bool read_register(unsigned number, uint32_t& value) = 0;
    virtual bool write_register(unsigned number, uint32_t value) = 0;
    // Without side effects on the simulated world: no cycle passes. False if the range is not all
    // memory.
    virtual bool read_memory(uint32_t address, uint8_t* data, std::size_t count) = 0;
    virtual bool write_memory(uint32_t address, const uint8_t* data, std::size_t count) = 0;
    // A line of `monitor`, e.g. "cycle"; the text to print, empty if there is no such command.
    virtual std::string monitor(const std::string& line) = 0;
};

enum class Resume { kContinue, kStep, kKill, kDetach };

class GdbServer {
public:
    // Listens on 127.0.0.1:port (0: one that is free). Throws std::runtime_error "debug.gdb: …" if
    // the port is in use.
    explicit GdbServer(uint16_t port);
    ~GdbServer();
    GdbServer(const GdbServer&) = delete;
    GdbServer& operator=(const GdbServer&) = delete;

    uint16_t port() const { return port_; }
    void wait_for_debugger();  // until one connects

    // Whether the program must stop before the instruction at pc: a breakpoint is there, or one
    // instruction was asked for.
    bool stops_at(uint32_t pc) const { return stepping_ || breakpoints_.count(pc) != 0; }
    // Whether the debugger asks the running program to stop (Ctrl-C). Does not wait.
    bool interrupted();

    // The program stands still: tells the debugger why (signal 5: breakpoint or step, 2: Ctrl-C)
    // unless this is the first time, and serves it until it lets the program go. A connection that
    // ends detaches.
    Resume converse(DebugTarget& target, int signal);
    // The program has ended with this status.
    void ended(int status);

private:
    bool fill(int timeout_ms);  // more received bytes; false: none within the time, or the
                                // connection ended
    bool receive(std::string& packet);
    void send(const std::string& packet);
    std::string answer(DebugTarget& target, const std::string& packet, bool& go, Resume& resume);
    std::string memory(DebugTarget& target, const std::string& packet);
    std::string registers(DebugTarget& target, const std::string& packet);
    std::string breakpoint(const std::string& packet);
    std::string query(DebugTarget& target, const std::string& packet);

    int listener_ = -1, connection_ = -1;
    uint16_t port_ = 0;
    bool stepping_ = false, acknowledge_ = true, told_ = false;
    int last_signal_ = 5;
    std::string received_;
    std::set<uint32_t> breakpoints_;
};

}  // namespace msd::platform
