using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;

namespace UniMed.Native.Cuda;

/// <summary>A kernel of a loaded module. Thread-safe; usable as long as its module.</summary>
internal sealed class CudaKernel
{
    private readonly ICudaDriver _driver;
    private readonly CudaFunction _function;
    private readonly CudaParameter[] _parameters;
    private readonly Lock _gate = new();
    private int _askedBytes;
    private CudaParameter[]? _accepted;

    /// <summary>Made by the module.</summary>
    public CudaKernel(ICudaDriver driver, CudaFunction function, string name, CudaParameter[] parameters)
    {
        _driver = driver;
        _function = function;
        _parameters = parameters;
        Name = name;
    }

    /// <summary>Name.</summary>
    public string Name { get; }

    /// <summary>Asks about it.</summary>
    public int GetAttribute(CudaFunctionAttribute attribute) => _driver.GetAttribute(_function, attribute);

    /// <summary>
    /// Checks the arguments of a launch: one for each parameter, in order, of its kind and size. The first launch
    /// pays; later ones compare a few bytes.
    /// </summary>
    /// <exception cref="InvalidOperationException">They do not match; the message names the first argument that does
    /// not.</exception>
    public void Require(ReadOnlySpan<CudaParameter> arguments)
    {
        if (Volatile.Read(ref _accepted) is not { } accepted
            || !MemoryMarshal.AsBytes(arguments).SequenceEqual(MemoryMarshal.AsBytes<CudaParameter>(accepted)))
            Compare(arguments);
    }

    /// <summary>
    /// Starts it; <see cref="CudaLaunch"/> puts the arguments together. Asks for the shared memory that the launch adds:
    /// the 48 KB that a card gives without asking hold what the kernel declares too.
    /// </summary>
    /// <exception cref="CudaException">The card has less than the kernel's and the launch's bytes together.</exception>
    public void Launch(in CudaLaunchShape shape, CudaStream stream, ReadOnlySpan<byte> arguments, ReadOnlySpan<int> offsets)
    {
        if (shape.SharedBytes > Volatile.Read(ref _askedBytes))
            AskForSharedBytes(shape.SharedBytes);
        _driver.Launch(_function, shape, stream, arguments, offsets);
    }

    private void Compare(ReadOnlySpan<CudaParameter> arguments)
    {
        int both = Math.Min(arguments.Length, _parameters.Length);
        for (int i = 0; i < both; i++)
        {
            if (!_parameters[i].Takes(arguments[i]))
                ThrowMismatch(i, _parameters[i].ToString(), arguments[i].ToString(), arguments.Length);
        }

        if (arguments.Length > both)
            ThrowMismatch(both, "none", arguments[both].ToString(), arguments.Length);
        if (_parameters.Length > both)
            ThrowMismatch(both, _parameters[both].ToString(), "none", arguments.Length);
        Interlocked.CompareExchange(ref _accepted, arguments.ToArray(), null);
    }

    [DoesNotReturn]
    private void ThrowMismatch(int index, string expected, string found, int arguments) => throw new InvalidOperationException(
        $"Kernel {Name}: argument {index} (the first is 0): expected {expected}, found {found}; the kernel takes {_parameters.Length} arguments, and the launch has {arguments}. "
        + "Where nobody changed the launch, the kernels are of another version: build native/cuda again.");

    private void AskForSharedBytes(int bytes)
    {
        lock (_gate)
        {
            if (bytes <= _askedBytes)
                return;
            int declared = _driver.GetAttribute(_function, CudaFunctionAttribute.SharedSizeBytes);
            int most = _driver.Properties.MaxSharedBytesPerBlock;
            if (declared + (long)bytes > most)
            {
                throw new CudaException(
                    $"{_driver.DeviceName}: a launch of {Name}",
                    CudaStatus.InvalidValue,
                    CudaStatus.InvalidValue.CudaName(),
                    $"a block takes {declared:N0} bytes of shared memory that the kernel declares and {bytes:N0} that the launch adds, and the card has {most:N0}",
                    "Choose another --device: the sizes of this model are beyond this card.");
            }

            _driver.SetAttribute(_function, CudaFunctionAttribute.MaxDynamicSharedSizeBytes, bytes);
            Volatile.Write(ref _askedBytes, bytes);
        }
    }
}
