#include "host/fiber.h"

#include <cstdint>
#include <cstdlib>

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#endif

#if defined(UNIMED_OWN_SWITCH)
// The registers a callee must keep, and the stack pointer, and nothing more: swapcontext makes a system call for the signal mask.
extern "C" void unimed_fiber_switch(void **saved_stack_pointer, void *stack_pointer);
extern "C" void unimed_fiber_start();

asm(R"(
    .text
    .p2align 4
    .hidden unimed_fiber_switch
    .globl unimed_fiber_switch
    .type unimed_fiber_switch, @function
unimed_fiber_switch:
    pushq %rbp
    pushq %rbx
    pushq %r12
    pushq %r13
    pushq %r14
    pushq %r15
    movq %rsp, (%rdi)
    movq %rsi, %rsp
    popq %r15
    popq %r14
    popq %r13
    popq %r12
    popq %rbx
    popq %rbp
    ret
    .size unimed_fiber_switch, .-unimed_fiber_switch

    .p2align 4
    .hidden unimed_fiber_start
    .globl unimed_fiber_start
    .type unimed_fiber_start, @function
unimed_fiber_start:
    .cfi_startproc
    .cfi_undefined rip
    movq %r12, %rdi
    callq *%r13
    ud2
    .cfi_endproc
    .size unimed_fiber_start, .-unimed_fiber_start
)");
#endif

namespace unimed::host {

#if defined(__SANITIZE_ADDRESS__)
namespace {

// More than the frames need from which an entry switches away for good.
constexpr std::size_t EntryBytes = 8 * 1024;

} // namespace
#endif

void Fiber::restart(void *stack, std::size_t stack_bytes, Entry entry, void *argument, [[maybe_unused]] bool ended) {
    entry_ = entry;
    argument_ = argument;
    stack_ = stack;
    stack_bytes_ = stack_bytes;
    fake_stack_ = nullptr;
#if defined(__SANITIZE_ADDRESS__)
    // Frames that were abandoned left their red zones behind: after an error anywhere, else those of the entry, which begins at the end.
    const std::size_t left = ended ? EntryBytes : stack_bytes;
    __asan_unpoison_memory_region(static_cast<char *>(stack) + stack_bytes - left, left);
#endif
#if defined(UNIMED_OWN_SWITCH)
    // As unimed_fiber_switch leaves a stack: six registers, then where to go on.
    void **top = reinterpret_cast<void **>(static_cast<char *>(stack) + stack_bytes);
    *--top = nullptr;
    *--top = nullptr;
    *--top = reinterpret_cast<void *>(&unimed_fiber_start);
    *--top = nullptr;                                 // rbp
    *--top = nullptr;                                 // rbx
    *--top = this;                                    // r12
    *--top = reinterpret_cast<void *>(&Fiber::enter); // r13
    *--top = nullptr;                                 // r14
    *--top = nullptr;                                 // r15
    stack_pointer_ = top;
#else
    getcontext(&context_);
    context_.uc_stack.ss_sp = stack;
    context_.uc_stack.ss_size = stack_bytes;
    context_.uc_link = nullptr;
    const auto self = reinterpret_cast<std::uintptr_t>(this);
    // makecontext passes ints only.
    makecontext(&context_, reinterpret_cast<void (*)()>(+[](unsigned high, unsigned low) {
        enter(reinterpret_cast<Fiber *>((static_cast<std::uintptr_t>(high) << 32) | low));
    }),
                2, static_cast<unsigned>(static_cast<std::uint64_t>(self) >> 32), static_cast<unsigned>(self));
#endif
}

void Fiber::enter(Fiber *self) {
#if defined(__SANITIZE_ADDRESS__)
    // The first arrival tells where the stack it left lies: the OS thread's own, for the fiber that is no fiber.
    const void *stack = nullptr;
    std::size_t bytes = 0;
    __sanitizer_finish_switch_fiber(nullptr, &stack, &bytes);
    if (self->came_from_->stack_ == nullptr) {
        self->came_from_->stack_ = const_cast<void *>(stack);
        self->came_from_->stack_bytes_ = bytes;
    }
#endif
    self->entry_(self->argument_);
    std::abort();
}

void Fiber::switch_to(Fiber &from, Fiber &to) {
    to.came_from_ = &from;
#if defined(__SANITIZE_ADDRESS__)
    __sanitizer_start_switch_fiber(&from.fake_stack_, to.stack_, to.stack_bytes_);
#endif
#if defined(UNIMED_OWN_SWITCH)
    unimed_fiber_switch(&from.stack_pointer_, to.stack_pointer_);
#else
    swapcontext(&from.context_, &to.context_);
#endif
#if defined(__SANITIZE_ADDRESS__)
    __sanitizer_finish_switch_fiber(from.fake_stack_, nullptr, nullptr);
#endif
}

} // namespace unimed::host
