// NumPy's .npy files, versions 1 to 3: float32, uint8 or int8 images [n][c][h][w], or a single one
// [c][h][w].
#include <cmath>
#include <cstring>
#include <limits>

#include "network/image_files.h"

namespace msd::network {

namespace {

constexpr uint64_t kMaxHeader = 1 << 16;

struct Header {
    std::string type;  // as written: "<f4", "|u1", "|i1"
    bool fortran_order = false;
    std::vector<uint64_t> shape;
    uint64_t data = 0;  // offset of the first element
};

// Reads the header's Python dictionary of three keys: {'descr': '<f4', 'fortran_order': False,
// 'shape': (3, 4), }
class DictionaryReader {
public:
    DictionaryReader(const InputFile& file, const std::vector<uint8_t>& bytes)
        : file_(file), text_(bytes.begin(), bytes.end()) {}

    Header read() {
        Header header;
        bool seen[3] = {};
        expect('{');
        while (!accept('}')) {
            const std::string key = quoted();
            expect(':');
            if (key == "descr") {
                header.type = quoted();
                seen[0] = true;
            } else if (key == "fortran_order") {
                header.fortran_order = boolean();
                seen[1] = true;
            } else if (key == "shape") {
                header.shape = tuple();
                seen[2] = true;
            } else {
                fail("unknown key '" + key + "'");
            }
            if (!accept(',')) {
                expect('}');
                break;
            }
        }
        skip();
        if (at_ != text_.size()) fail("text after its end");
        if (!seen[0] || !seen[1] || !seen[2]) fail("a key is missing");
        return header;
    }

private:
    [[noreturn]] void fail(const std::string& what) const {
        file_.fail("header of the .npy file, character " + std::to_string(at_ + 1) + ": " + what +
                   "; expected {'descr': …, 'fortran_order': …, 'shape': …}");
    }
    void skip() {
        while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\n')) ++at_;
    }
    bool accept(char c) {
        skip();
        if (at_ >= text_.size() || text_[at_] != c) return false;
        ++at_;
        return true;
    }
    void expect(char c) {
        if (!accept(c)) fail(std::string("no '") + c + "'");
    }
    std::string quoted() {
        skip();
        const char quote = at_ < text_.size() ? text_[at_] : ' ';
        if (quote != '\'' && quote != '"') fail("no quoted word");
        const std::size_t end = text_.find(quote, at_ + 1);
        if (end == std::string::npos || end - at_ > 32) fail("a quoted word does not end");
        const std::string word = text_.substr(at_ + 1, end - at_ - 1);
        for (char c : word) {
            if (c < ' ' || c > '~') fail("a quoted word is not text");
        }
        at_ = end + 1;
        return word;
    }
    bool boolean() {
        skip();
        for (const auto& [word, value] : {std::pair{"True", true}, std::pair{"False", false}}) {
            if (text_.compare(at_, std::strlen(word), word) == 0) {
                at_ += std::strlen(word);
                return value;
            }
        }
        fail("neither True nor False");
    }
    std::vector<uint64_t> tuple() {
        std::vector<uint64_t> sizes;
        expect('(');
        while (!accept(')')) {
            skip();
            uint64_t value = 0;
            const std::size_t first = at_;
            for (; at_ < text_.size() && text_[at_] >= '0' && text_[at_] <= '9'; ++at_) {
                if (value > std::numeric_limits<uint32_t>::max()) fail("a size is too large");
                value = 10 * value + (text_[at_] - '0');
            }
            if (at_ == first) fail("no size");
            if (sizes.size() == 8) fail("too many sizes");
            sizes.push_back(value);
            if (!accept(',')) {
                expect(')');
                break;
            }
        }
        return sizes;
    }

    const InputFile& file_;
    std::string text_;
    std::size_t at_ = 0;
};

Header read_header(const InputFile& file) {
    static constexpr char kMagic[] = "\x93NUMPY";
    if (file.size() < 12)
        file.fail(std::to_string(file.size()) + " bytes; a .npy file has a header of 12 or more");
    const std::vector<uint8_t> start = file.read(0, 12);
    if (std::memcmp(start.data(), kMagic, 6) != 0)
        file.fail("not a .npy file: it does not begin with \\x93NUMPY");
    const int version = start[6];
    if (version < 1 || version > 3)
        file.fail(".npy version " + std::to_string(version) + "; versions 1 to 3 are known");
    uint64_t length = start[8] | start[9] << 8;
    if (version > 1) length |= uint64_t{start[10]} << 16 | uint64_t{start[11]} << 24;
    const uint64_t begin = version > 1 ? 12 : 10;
    if (length > kMaxHeader) file.fail("its header claims " + std::to_string(length) + " bytes");
    Header header = DictionaryReader(file, file.read(begin, length)).read();
    header.data = begin + length;
    return header;
}

std::string python_tuple(const std::vector<uint64_t>& sizes) {
    std::string text;
    for (uint64_t size : sizes) text += (text.empty() ? "" : ", ") + std::to_string(size);
    return "(" + text + ")";
}

}  // namespace

std::vector<Image> read_npy(const std::string& path, Shape shape, ImageRange range) {
    const InputFile file(path);
    const Header header = read_header(file);
    const bool is_float = header.type == "<f4",
               is_signed = header.type == "|i1" || header.type == "i1";
    if (!is_float && !is_signed && header.type != "|u1" && header.type != "u1")
        file.fail("elements of type '" + header.type +
                  "'; '<f4' (float32), '|u1' (uint8) and '|i1' (int8) are read");
    if (header.fortran_order) file.fail("in Fortran order; save numpy.ascontiguousarray(images)");

    std::vector<uint64_t> sizes = header.shape;
    if (sizes.size() == 3) sizes.insert(sizes.begin(), 1);
    const uint64_t c = shape.c, h = shape.h, w = shape.w;
    if (sizes.size() != 4 || sizes[1] != c || sizes[2] != h || sizes[3] != w)
        file.fail("shape " + python_tuple(header.shape) + "; the network's input is " +
                  to_string(shape) + ", so (n, " + python_tuple({c, h, w}).substr(1) +
                  " is expected");
    const uint64_t element = is_float ? 4 : 1, bytes_each = element * shape.elements();
    const uint64_t held = (file.size() - header.data) / bytes_each;
    if (held != sizes[0] || (file.size() - header.data) % bytes_each != 0)
        file.fail(std::to_string(file.size()) + " bytes; " + std::to_string(header.data) +
                  " of header and " + std::to_string(sizes[0]) + " images of " +
                  std::to_string(bytes_each) + " are expected");

    range = file.within(range, held);
    const std::vector<uint8_t> bytes =
        file.read(header.data + bytes_each * range.first, bytes_each * range.count);
    std::vector<Image> images(range.count);
    const uint8_t* from = bytes.data();
    for (int i = 0; i < range.count; ++i) {
        for (int64_t e = 0; e < shape.elements(); ++e, from += element) {
            float value = is_signed ? static_cast<int8_t>(*from) : *from;
            if (is_float) {
                const uint32_t word =
                    from[0] | from[1] << 8 | from[2] << 16 | uint32_t{from[3]} << 24;
                std::memcpy(&value, &word, 4);
            }
            if (!std::isfinite(value))
                file.fail("image " + std::to_string(range.first + i) + ", element " +
                          std::to_string(e) + " is no finite number");
            images[i].pixels.push_back(value);
        }
    }
    return images;
}

}  // namespace msd::network
