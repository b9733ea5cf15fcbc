using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace UniMed.Native.Cuda;

/// <summary>
/// A launch being put together on the stack: add the arguments in the order of the kernel's parameters, each of
/// exactly the parameter's type (pointers as <see cref="DevicePointer"/>), then run. Arguments that the kernel does
/// not take are refused. Allocates nothing.
/// </summary>
/// <example><code>
/// var launch = new CudaLaunch(kernel, new CudaLaunchShape(rows, 256)); launch.Add(x.Pointer); launch.Add(columns);
/// launch.Run(stream);
/// </code></example>
internal unsafe ref struct CudaLaunch
{
    /// <summary>Most arguments of a kernel.</summary>
    public const int MaxArguments = 32;

    /// <summary>Most bytes of all arguments, each rounded up to 8.</summary>
    public const int MaxBytes = 512;

    private readonly CudaKernel _kernel;
    private readonly CudaLaunchShape _shape;
    private Bytes _bytes;
    private Offsets _offsets;
    private Kinds _kinds;
    private int _used;
    private int _count;

    [UnscopedRef]
    private readonly ReadOnlySpan<byte> UsedBytes => MemoryMarshal.CreateReadOnlySpan(in Unsafe.As<Bytes, byte>(ref Unsafe.AsRef(in _bytes)), _used);

    [UnscopedRef]
    private readonly ReadOnlySpan<int> UsedOffsets => MemoryMarshal.CreateReadOnlySpan(in Unsafe.As<Offsets, int>(ref Unsafe.AsRef(in _offsets)), _count);

    [UnscopedRef]
    private readonly ReadOnlySpan<CudaParameter> UsedKinds => MemoryMarshal.CreateReadOnlySpan(in Unsafe.As<Kinds, CudaParameter>(ref Unsafe.AsRef(in _kinds)), _count);

    /// <summary>Begins a launch.</summary>
    public CudaLaunch(CudaKernel kernel, CudaLaunchShape shape)
    {
        Unsafe.SkipInit(out this);
        _kernel = kernel;
        _shape = shape;
        _used = 0;
        _count = 0;
    }

    /// <summary>Adds an argument, copied.</summary>
    /// <typeparam name="T">int, uint, long, float, <see cref="DevicePointer"/>, or a struct laid out as the kernel's;
    /// alignment up to 8.</typeparam>
    /// <exception cref="InvalidOperationException">There is no room for another.</exception>
    public void Add<T>(T value)
        where T : unmanaged
    {
        int bytes = (sizeof(T) + 7) / 8 * 8;
        if (_count == MaxArguments || _used + bytes > MaxBytes)
            ThrowFull();
        Unsafe.WriteUnaligned(ref Unsafe.Add(ref Unsafe.As<Bytes, byte>(ref _bytes), _used), value);
        _kinds[_count] = CudaParameter.Of<T>();
        _offsets[_count++] = _used;
        _used += bytes;
    }

    /// <summary>Starts the kernel in a stream.</summary>
    /// <exception cref="InvalidOperationException">The arguments are not those the kernel takes.</exception>
    public readonly void Run(CudaStream stream)
    {
        _kernel.Require(UsedKinds);
        _kernel.Launch(_shape, stream, UsedBytes, UsedOffsets);
    }

    /// <summary>Writes the launch down instead of starting it.</summary>
    /// <inheritdoc cref="Run" path="/exception"/>
    public readonly void Record(LaunchLog log)
    {
        _kernel.Require(UsedKinds);
        log.Add(_kernel, _shape, UsedBytes, UsedOffsets);
    }

    private readonly void ThrowFull() => throw new InvalidOperationException(
        $"Kernel {_kernel.Name}: a launch holds {MaxArguments} arguments and {MaxBytes} bytes of them; pass more in a struct in device memory.");

    [InlineArray(MaxBytes / sizeof(ulong))]
    private struct Bytes
    {
        private ulong _first;
    }

    [InlineArray(MaxArguments)]
    private struct Offsets
    {
        private int _first;
    }

    [InlineArray(MaxArguments)]
    private struct Kinds
    {
        private CudaParameter _first;
    }
}
