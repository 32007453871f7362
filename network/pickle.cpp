// The pickle machine's opcodes: a stack, marks and a memo.
#include "network/pickle.h"

#include <algorithm>
#include <cstring>
#include <map>
#include <utility>

namespace msd::network {
namespace {

using Kind = PickleValue::Kind;
using Value = std::shared_ptr<PickleValue>;

constexpr std::size_t kMostValues = 10'000'000;  // made or copied: a CIFAR batch has 20,000
constexpr int kDeepest = 100;

Value made(Kind kind) {
    auto value = std::make_shared<PickleValue>();
    value->kind = kind;
    return value;
}

// No value can hold itself: a container is added to only where it lies on the stack, and what the
// memo gives back is a copy of it.
class Machine {
public:
    explicit Machine(const std::vector<uint8_t>& bytes) : bytes_(bytes) {}

    Pickle run() {
        while (step()) count(1);
        return pop();
    }

private:
    [[noreturn]] void fail(const std::string& what) const {
        throw PickleError("byte " + std::to_string(opcode_at_) + ": " + what);
    }
    void count(std::size_t values) {
        if ((values_ += values) > kMostValues) fail("the file holds too many values");
    }

    uint64_t number(int size) {  // little endian
        if (bytes_.size() - at_ < static_cast<std::size_t>(size)) fail("the file ends here");
        uint64_t value = 0;
        for (int i = 0; i < size; ++i) value |= uint64_t{bytes_[at_++]} << (8 * i);
        return value;
    }
    std::string string(uint64_t size) {
        if (size > bytes_.size() - at_) fail("the file ends within a string");
        std::string text(reinterpret_cast<const char*>(bytes_.data()) + at_, size);
        at_ += size;
        return text;
    }
    std::string line() {
        const auto rest = bytes_.begin() + static_cast<std::ptrdiff_t>(at_);
        const auto end = std::find(rest, bytes_.end(), '\n');
        if (end == bytes_.end()) fail("the file ends within a name");
        std::string text(rest, end);
        at_ += text.size() + 1;
        return text;
    }

    Value& top() {
        if (stack_.size() <= (marks_.empty() ? 0 : marks_.back()))
            fail("a value is taken, but there is none");
        return stack_.back();
    }
    Value pop() {
        Value value = top();
        stack_.pop_back();
        return value;
    }
    std::vector<Pickle> pop(std::size_t count) {
        std::vector<Pickle> values(count);
        while (count > 0) values[--count] = pop();
        return values;
    }
    std::vector<Pickle> pop_to_mark() {
        if (marks_.empty()) fail("a sequence ends that never began");
        std::vector<Pickle> values = pop(stack_.size() - marks_.back());
        marks_.pop_back();
        return values;
    }

    void push(Kind kind) { stack_.push_back(made(kind)); }
    void push_integer(Kind kind, int64_t integer) {
        push(kind);
        stack_.back()->integer = integer;
    }
    void push_text(Kind kind, std::string text) {
        push(kind);
        stack_.back()->text = std::move(text);
    }
    void push_items(Kind kind, std::vector<Pickle> items) {
        push(kind);
        hold(*stack_.back(), std::move(items));
    }

    void hold(PickleValue& into, const std::vector<Pickle>& items) {
        for (const Pickle& item : items) into.depth = std::max(into.depth, item->depth + 1);
        if (into.depth > kDeepest) fail("values are nested too deep");
        into.items.insert(into.items.end(), items.begin(), items.end());
    }
    void extend(Kind kind, const std::vector<Pickle>& items) {
        if (!top()->is(kind)) fail("values are added to what is no list or dict");
        if (kind == Kind::kDict && items.size() % 2 != 0) fail("a dict's last key has no value");
        hold(*top(), items);
    }
    void make_object() {
        std::vector<Pickle> items = pop(2);
        if (!items[0]->is(Kind::kGlobal) || !items[1]->is(Kind::kTuple))
            fail("an object is made of what is no class or no arguments");
        push_items(Kind::kObject, std::move(items));
    }
    void give_state() {
        const Value state = pop();
        if (!top()->is(Kind::kObject)) fail("a state is given to what is no object");
        hold(*top(), {state});
    }

    void recall(uint64_t key) {
        const auto found = memo_.find(key);
        if (found == memo_.end()) fail("memo " + std::to_string(key) + " was never stored");
        const Value& value = found->second;
        const bool grows =
            value->is(Kind::kList) || value->is(Kind::kDict) || value->is(Kind::kObject);
        count(value->items.size());
        stack_.push_back(grows ? std::make_shared<PickleValue>(*value) : value);
    }

    void push_long(uint64_t size) {
        if (size > 8) fail("an integer of " + std::to_string(size) + " bytes; 8 are the most");
        uint64_t value = number(static_cast<int>(size));
        if (size > 0 && size < 8 && (value >> (8 * size - 1)) != 0)
            value |= ~uint64_t{0} << (8 * size);
        push_integer(Kind::kInt, static_cast<int64_t>(value));
    }

    void push_global() {
        std::string module = line();
        push_text(Kind::kGlobal, std::move(module) + " " + line());
    }
    void push_stack_global() {
        const std::vector<Pickle> names = pop(2);
        push_text(Kind::kGlobal, names[0]->text + " " + names[1]->text);
    }

    // Opcodes that make a value of the bytes behind them.
    bool literal(uint8_t code) {
        switch (code) {
            case 'N':
                push(Kind::kNone);
                break;
            case 0x88:
                push_integer(Kind::kBool, 1);
                break;
            case 0x89:
                push_integer(Kind::kBool, 0);
                break;
            case 'J':
                push_integer(Kind::kInt, static_cast<int32_t>(number(4)));
                break;
            case 'K':
                push_integer(Kind::kInt, static_cast<int64_t>(number(1)));
                break;
            case 'M':
                push_integer(Kind::kInt, static_cast<int64_t>(number(2)));
                break;
            case 0x8a:
                push_long(number(1));
                break;
            case 'G':
                number(8), push(Kind::kFloat);
                break;
            case 'U':
            case 'C':
                push_text(Kind::kBytes, string(number(1)));
                break;
            case 'T':
            case 'B':
                push_text(Kind::kBytes, string(number(4)));
                break;
            case 0x8e:
            case 0x96:
                push_text(Kind::kBytes, string(number(8)));
                break;
            case 0x8c:
                push_text(Kind::kText, string(number(1)));
                break;
            case 'X':
                push_text(Kind::kText, string(number(4)));
                break;
            case 0x8d:
                push_text(Kind::kText, string(number(8)));
                break;
            case ')':
                push(Kind::kTuple);
                break;
            case ']':
                push(Kind::kList);
                break;
            case '}':
                push(Kind::kDict);
                break;
            case 'c':
                push_global();
                break;
            default:
                return false;
        }
        return true;
    }

    // Opcodes that take values from the stack.
    bool combination(uint8_t code) {
        switch (code) {
            case '(':
                marks_.push_back(stack_.size());
                break;
            case '0':
                pop();
                break;
            case 't':
                push_items(Kind::kTuple, pop_to_mark());
                break;
            case 0x85:
            case 0x86:
            case 0x87:
                push_items(Kind::kTuple, pop(code - 0x84));
                break;
            case 'a':
                extend(Kind::kList, pop(1));
                break;
            case 'e':
                extend(Kind::kList, pop_to_mark());
                break;
            case 's':
                extend(Kind::kDict, pop(2));
                break;
            case 'u':
                extend(Kind::kDict, pop_to_mark());
                break;
            case 0x93:
                push_stack_global();
                break;
            case 'R':
            case 0x81:
                make_object();
                break;
            case 'b':
                give_state();
                break;
            case 'q':
                memo_[number(1)] = top();
                break;
            case 'r':
                memo_[number(4)] = top();
                break;
            case 0x94:
                memo_.emplace(memo_.size(), top());
                break;
            case 'h':
                recall(number(1));
                break;
            case 'j':
                recall(number(4));
                break;
            default:
                return false;
        }
        return true;
    }

    // False at the end.
    bool step() {
        opcode_at_ = at_;
        const auto code = static_cast<uint8_t>(number(1));
        if (code == '.') return false;
        if (code == 0x80) {
            const uint64_t protocol = number(1);
            if (protocol < 2 || protocol > 5)
                fail("pickle protocol " + std::to_string(protocol) + "; 2 to 5 are read");
        } else if (code == 0x95) {  // a frame's length means nothing here
            number(8);
        } else if (!literal(code) && !combination(code)) {
            static const char digits[] = "0123456789abcdef";
            fail(std::string("opcode 0x") + digits[code >> 4] + digits[code & 15] +
                 " occurs in no pickle of plain data, protocols 2 to 5");
        }
        return true;
    }

    const std::vector<uint8_t>& bytes_;
    std::size_t at_ = 0, opcode_at_ = 0, values_ = 0;
    std::vector<Value> stack_;
    std::vector<std::size_t> marks_;
    std::map<uint64_t, Value> memo_;
};

}  // namespace

const PickleValue* PickleValue::find(const std::string& key) const {
    if (!is(Kind::kDict)) return nullptr;
    for (std::size_t i = 0; i + 1 < items.size(); i += 2) {
        const PickleValue* name = items[i].get();
        if (name->is(Kind::kObject) && name->items[0]->text == "_codecs encode" &&
            !name->items[1]->items.empty())
            name = name->items[1]->items[0].get();  // Python 3's way to write bytes at protocol 2
        if ((name->is(Kind::kText) || name->is(Kind::kBytes)) && name->text == key)
            return items[i + 1].get();
    }
    return nullptr;
}

Pickle read_pickle(const std::vector<uint8_t>& bytes) {
    return Machine(bytes).run();
}

}  // namespace msd::network
