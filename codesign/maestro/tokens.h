// The words of a MAESTRO file: braces, and what is separated by them, by blanks and , - > ( ) : ;
// with // up to the end of the line as comment.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "codesign/maestro/types.h"

namespace msd::maestro {

struct Token {
    std::string_view text;
    int line = 1, column = 1;
};

class Tokens {
public:
    Tokens(std::string_view text, std::string file);

    bool done() const { return at_ == tokens_.size(); }
    const Token& peek() const { return tokens_[at_]; }
    // The next word; throws InputError "…: the file ends where EXPECTED should follow" at the end.
    const Token& next(const char* expected);
    void expect(const char* text);  // throws if the next word is another

    std::string where(const Token& token) const;  // "file:line:column"
    [[noreturn]] void fail(const Token& token, const std::string& what) const;
    static std::string quoted(std::string_view text);  // printable, shortened, in quotes

    const std::string& file() const { return file_; }

private:
    std::string file_;
    std::vector<Token> tokens_;
    std::size_t at_ = 0;
    int last_line_ = 1;
};

// The kind of directive that `token` begins; throws InputError "… where WORDS should be" for other
// words.
DirectiveKind directive_kind(const Tokens& tokens, const Token& token, const char* words);
void expect_cluster_type(Tokens& tokens);  // P or L, which make no difference

// Digits only and at most `largest`.
bool parse_whole(std::string_view text, int64_t largest, int64_t& value);

}  // namespace msd::maestro
