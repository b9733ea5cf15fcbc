#include "tools/issue_model/pattern.h"

#include <regex>

namespace unimed::issue_model {
namespace {

Pattern::Parts parts_of(const std::smatch &found) {
    Pattern::Parts parts;
    for (const auto &part : found)
        parts.push_back(part);
    return parts;
}

} // namespace

struct Pattern::Compiled {
    std::regex expression;
};

Pattern::Pattern(const char *expression) : compiled_(new Compiled{std::regex(expression)}) {
}

Pattern::~Pattern() = default;

Pattern::Parts Pattern::match(const std::string &text) const {
    std::smatch found;
    return std::regex_match(text, found, compiled_->expression) ? parts_of(found) : Parts{};
}

Pattern::Parts Pattern::search(const std::string &text) const {
    std::smatch found;
    return std::regex_search(text, found, compiled_->expression) ? parts_of(found) : Parts{};
}

std::vector<Pattern::Parts> Pattern::search_all(const std::string &text) const {
    std::vector<Parts> all;
    for (std::sregex_iterator at(text.begin(), text.end(), compiled_->expression), end; at != end; ++at)
        all.push_back(parts_of(*at));
    return all;
}

} // namespace unimed::issue_model
