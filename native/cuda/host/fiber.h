#pragma once

#include <cstddef>

// Where there is no switch of our own, or UNIMED_UCONTEXT asks for it, ucontext does: the same, with two system calls a switch.
#if defined(__x86_64__) && !defined(UNIMED_UCONTEXT)
#define UNIMED_OWN_SWITCH 1
#endif
#if !defined(UNIMED_OWN_SWITCH)
#include <ucontext.h>
#endif

namespace unimed::host {

/// A thread of execution with its own stack, switched by hand. Stays on the OS thread that started it.
class Fiber {
public:
    using Entry = void (*)(void *argument);

    /// The fiber of the code that is already running; it has a stack.
    Fiber() = default;

    Fiber(const Fiber &) = delete;
    Fiber &operator=(const Fiber &) = delete;

    /// Makes the fiber run entry(argument) from the bottom of this stack at the next switch to it, whatever it did before. The entry never
    /// returns: it ends by switching away for good. `ended` says that it did so before on this stack; else any frames may lie there.
    void restart(void *stack, std::size_t stack_bytes, Entry entry, void *argument, bool ended);

    /// Leaves `from` and goes on with `to`; returns when somebody switches back.
    static void switch_to(Fiber &from, Fiber &to);

private:
    [[noreturn]] static void enter(Fiber *self);

    Entry entry_ = nullptr;
    void *argument_ = nullptr;
    void *stack_ = nullptr;
    std::size_t stack_bytes_ = 0;
    // What AddressSanitizer keeps for a stack that is left.
    void *fake_stack_ = nullptr;
    Fiber *came_from_ = nullptr;
#if defined(UNIMED_OWN_SWITCH)
    void *stack_pointer_ = nullptr;
#else
    ucontext_t context_{};
#endif
};

} // namespace unimed::host
