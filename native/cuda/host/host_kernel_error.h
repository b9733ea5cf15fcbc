#pragma once

#include <stdexcept>
#include <string>

#include "host/status.h"

namespace unimed::host {

/// A mistake of a kernel or of its caller. The message names the kernel, block and thread where it has them.
class HostKernelError : public std::runtime_error {
public:
    HostKernelError(Status status, const std::string &message) : std::runtime_error(message), status_(status) {}

    [[nodiscard]] Status status() const { return status_; }

private:
    Status status_;
};

} // namespace unimed::host
