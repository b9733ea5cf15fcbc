#include <cstdio>
#include <cstring>
#include <stdexcept>
#include <string>
#include <vector>

#include "tools/issue_model/report.h"
#include "tools/issue_model/toolkit.h"

using namespace unimed::issue_model;

int main(int count, char **words) {
    try {
        std::vector<std::string> kernels, architectures;
        bool path = false;
        for (int i = 3; i < count; i++) {
            if (!std::strcmp(words[i], "--arch") && i + 1 < count)
                architectures.push_back(words[++i]);
            else if (!std::strcmp(words[i], "--kernel") && i + 1 < count)
                kernels.push_back(words[++i]);
            else if (!std::strcmp(words[i], "--path"))
                path = true;
            else
                throw std::runtime_error(std::string("unknown ") + words[i]);
        }
        if (architectures.empty())
            architectures = {"sm_80", "sm_89", "sm_90"};
        const Toolkit toolkit(words[1], words[2]);
        for (const std::string &architecture : architectures) {
            const auto all = toolkit.needs(architecture);
            if (kernels.empty())
                print_table(all, hardest_card(architecture));
            for (const KernelNeeds &kernel : all)
                for (const std::string &name : kernels)
                    if (kernel.name == name) {
                        print_kernel(kernel);
                        if (path && kernel.loop)
                            print_path(*kernel.loop);
                    }
        }
        return 0;
    } catch (const std::exception &error) {
        std::fprintf(stderr, "issue-model: %s\n", error.what());
        return 1;
    }
}
