#pragma once

#include <memory>
#include <string>
#include <vector>

namespace unimed::issue_model {

// A regular expression. std::regex takes seconds to compile wherever it is included: it is included once.
class Pattern {
  public:
    // The whole match, then its groups; a group that took no part is empty.
    using Parts = std::vector<std::string>;

    explicit Pattern(const char *expression);
    ~Pattern();

    // Parts of a text that is like the pattern from its first character to its last; none where it is not.
    Parts match(const std::string &text) const;

    // Parts of the first place in a text that is like the pattern; none where there is no such place.
    Parts search(const std::string &text) const;

    // Parts of every such place, in their order.
    std::vector<Parts> search_all(const std::string &text) const;

  private:
    struct Compiled;
    std::unique_ptr<const Compiled> compiled_;
};

} // namespace unimed::issue_model
