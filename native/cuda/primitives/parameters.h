/// A kernel's parameter list, which the compiler makes from its signature: what a launch is checked against.
#pragma once

#include <cstddef>
#include <cstdint>
#include <type_traits>

namespace unimed {

template <class T>
struct Global;

/// What a kernel's parameter is. The numbers are those of CudaParameterKind in src/UniMed.Native/Cuda/Driver.
enum class ParameterKind : std::uint16_t { Pointer = 1, Integer = 2, Float = 3, Struct = 4 };

template <class T>
inline constexpr ParameterKind parameter_kind = std::is_pointer_v<T>                         ? ParameterKind::Pointer
                                                : std::is_integral_v<T> || std::is_enum_v<T> ? ParameterKind::Integer
                                                : std::is_floating_point_v<T>                ? ParameterKind::Float
                                                                                             : ParameterKind::Struct;
template <class T>
inline constexpr ParameterKind parameter_kind<Global<T>> = ParameterKind::Pointer;

/// A word for each parameter, kind * 4096 + bytes, and a zero behind the last.
template <std::size_t Count>
struct ParameterCodes {
    std::uint16_t code[Count + 1];
};

/// The parameters of a kernel as its own type has them, for whoever puts the arguments of a launch together.
template <class Kernel>
struct ParameterList;

template <class... Parameters>
struct ParameterList<void(Parameters...)> {
    static_assert(((sizeof(Parameters) < 4096) && ...), "a parameter's size has 12 bits");
    static constexpr ParameterCodes<sizeof...(Parameters)> codes{
        {static_cast<std::uint16_t>(static_cast<unsigned>(parameter_kind<Parameters>) << 12 | sizeof(Parameters))..., 0}};
};

} // namespace unimed
