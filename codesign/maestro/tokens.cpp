// Splits a MAESTRO file into words; see tokens.h.
#include "codesign/maestro/tokens.h"

#include <fmt/format.h>

namespace msd::maestro {

Tokens::Tokens(std::string_view text, std::string file) : file_(std::move(file)) {
    constexpr std::string_view kSeparators = " ,->():\t;\r\v\f", kBraces = "{}";
    constexpr std::string_view kEnds = " ,->():\t;\r\v\f{}", kByteOrderMark = "\xef\xbb\xbf";
    int line = 1;
    std::size_t begin = text.substr(0, 3) == kByteOrderMark ? 3 : 0;
    while (begin <= text.size()) {
        const std::size_t end = std::min(text.find('\n', begin), text.size());
        const std::string_view row = text.substr(begin, end - begin);
        std::size_t i = 0;
        while ((i = row.find_first_not_of(kSeparators, i)) != std::string_view::npos) {
            const bool brace = kBraces.find(row[i]) != std::string_view::npos;
            const std::size_t stop =
                brace ? i + 1 : std::min(row.find_first_of(kEnds, i), row.size());
            const std::string_view word = row.substr(i, stop - i);
            if (word.substr(0, 2) == "//") break;
            tokens_.push_back({word, line, static_cast<int>(i) + 1});
            last_line_ = line;
            i = stop;
        }
        if (end == text.size()) break;
        begin = end + 1;
        ++line;
    }
}

const Token& Tokens::next(const char* expected) {
    if (done())
        throw InputError(fmt::format("{}:{}:1: the file ends where {} should follow", file_,
                                     last_line_, expected));
    return tokens_[at_++];
}

void Tokens::expect(const char* text) {
    const Token& token = next(text);
    if (token.text != text)
        fail(token, fmt::format("{} where {} should be", quoted(token.text), text));
}

std::string Tokens::where(const Token& token) const {
    return fmt::format("{}:{}:{}", file_, token.line, token.column);
}

void Tokens::fail(const Token& token, const std::string& what) const {
    throw InputError(where(token) + ": " + what);
}

std::string Tokens::quoted(std::string_view text) {
    std::string result = "'";
    for (char c : text.substr(0, 40)) result += c >= ' ' && c <= '~' ? c : '_';
    return result + (text.size() > 40 ? "…'" : "'");
}

DirectiveKind directive_kind(const Tokens& tokens, const Token& token, const char* words) {
    if (token.text == "TemporalMap") return DirectiveKind::kTemporal;
    if (token.text == "SpatialMap") return DirectiveKind::kSpatial;
    if (token.text == "Cluster") return DirectiveKind::kCluster;
    tokens.fail(token, fmt::format("{} where {} should be", Tokens::quoted(token.text), words));
}

void expect_cluster_type(Tokens& tokens) {
    const Token& type = tokens.next("P or L");
    if (type.text != "P" && type.text != "L")
        tokens.fail(type, Tokens::quoted(type.text) + " where P or L should be");
}

bool parse_whole(std::string_view text, int64_t largest, int64_t& value) {
    if (text.empty() || text.size() > 18) return false;
    int64_t result = 0;
    for (char c : text) {
        if (c < '0' || c > '9') return false;
        result = result * 10 + (c - '0');
    }
    value = result;
    return result <= largest;
}

}  // namespace msd::maestro
