#pragma once

#include <cstdint>
#include <type_traits>

#include "primitives/bfloat16.h"
#include "primitives/float16.h"
#include "primitives/shared.h"
#include "primitives/target.h"

/// Layouts of the registers: fragment_maps.h. Whole warps only.
namespace unimed {

/// d += a b on tensor cores: A is 16 x 16, B 16 x 8, both Float16 or BFloat16; D is 16 x 8 in fp32.
template <class Element>
UNIMED_DEVICE void mma_m16n8k16(float (&d)[4], const std::uint32_t (&a)[4], const std::uint32_t (&b)[2]) {
    constexpr bool is_float16 = std::is_same_v<Element, Float16>;
    static_assert(is_float16 || std::is_same_v<Element, BFloat16>);
#ifdef UNIMED_GPU
    if constexpr (is_float16)
        asm("mma.sync.aligned.m16n8k16.row.col.f32.f16.f16.f32 {%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, {%0, %1, %2, %3};"
            : "+f"(d[0]), "+f"(d[1]), "+f"(d[2]), "+f"(d[3])
            : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b[0]), "r"(b[1]));
    else
        asm("mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 {%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, {%0, %1, %2, %3};"
            : "+f"(d[0]), "+f"(d[1]), "+f"(d[2]), "+f"(d[3])
            : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b[0]), "r"(b[1]));
#else
    host::mma_m16n8k16(is_float16 ? host::HalfType::Float16 : host::HalfType::BFloat16, d, a, b);
#endif
}

/// Loads Matrices (1, 2 or 4) matrices of 8 x 8 halves from shared memory. Lane 8 m + r gives the address of row r of matrix m: 16 bytes,
/// aligned to 16; lanes beyond give any address.
template <int Matrices, bool Transposed = false, class T>
UNIMED_DEVICE void ldmatrix(std::uint32_t (&registers)[Matrices], Shared<T> row) {
    static_assert(Matrices == 1 || Matrices == 2 || Matrices == 4);
#ifdef UNIMED_GPU
    const std::uint32_t address = shared_address(row);
    if constexpr (Matrices == 1 && !Transposed)
        asm volatile("ldmatrix.sync.aligned.m8n8.x1.shared.b16 {%0}, [%1];" : "=r"(registers[0]) : "r"(address) : "memory");
    else if constexpr (Matrices == 1)
        asm volatile("ldmatrix.sync.aligned.m8n8.x1.trans.shared.b16 {%0}, [%1];" : "=r"(registers[0]) : "r"(address) : "memory");
    else if constexpr (Matrices == 2 && !Transposed)
        asm volatile("ldmatrix.sync.aligned.m8n8.x2.shared.b16 {%0, %1}, [%2];"
                     : "=r"(registers[0]), "=r"(registers[1])
                     : "r"(address)
                     : "memory");
    else if constexpr (Matrices == 2)
        asm volatile("ldmatrix.sync.aligned.m8n8.x2.trans.shared.b16 {%0, %1}, [%2];"
                     : "=r"(registers[0]), "=r"(registers[1])
                     : "r"(address)
                     : "memory");
    else if constexpr (!Transposed)
        asm volatile("ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%0, %1, %2, %3}, [%4];"
                     : "=r"(registers[0]), "=r"(registers[1]), "=r"(registers[2]), "=r"(registers[3])
                     : "r"(address)
                     : "memory");
    else
        asm volatile("ldmatrix.sync.aligned.m8n8.x4.trans.shared.b16 {%0, %1, %2, %3}, [%4];"
                     : "=r"(registers[0]), "=r"(registers[1]), "=r"(registers[2]), "=r"(registers[3])
                     : "r"(address)
                     : "memory");
#else
    host::ldmatrix(registers, Matrices, Transposed, row.at);
#endif
}

} // namespace unimed
