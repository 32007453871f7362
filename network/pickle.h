// Python's pickle format, as far as data need it: builds a tree of values and never imports, calls
// or runs anything.
#pragma once

#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

namespace msd::network {

// what() is "byte N: what is wrong".
struct PickleError : std::runtime_error {
    using std::runtime_error::runtime_error;
};

struct PickleValue;
using Pickle = std::shared_ptr<const PickleValue>;

struct PickleValue {
    enum class Kind {
        kNone,
        kBool,
        kInt,
        kFloat,
        kBytes,
        kText,
        kList,
        kTuple,
        kDict,
        kGlobal,
        kObject
    };
    Kind kind = Kind::kNone;
    int64_t integer = 0;  // of kBool, kInt; of a kFloat nothing is kept
    std::string text;     // kBytes, kText (UTF-8); of kGlobal "module name"
    // kList, kTuple: elements. kDict: key, value, key, value ... kObject: what Python would call,
    // the tuple of its arguments and, if it is given one, its state.
    std::vector<Pickle> items;
    int depth = 1;  // of the tree

    bool is(Kind k) const { return kind == k; }
    const PickleValue* find(const std::string& key) const;  // of kDict; null: not there
};

// Reads protocols 2 to 5 as far as tuples, lists, dicts, numbers, strings, bytes and objects made
// of them go (what pickle.dumps makes of numpy arrays among them), nested up to 100 deep. Throws
// PickleError on everything else.
Pickle read_pickle(const std::vector<uint8_t>& bytes);

}  // namespace msd::network
