using UniMed.Native.Cuda;
using UniMed.Native.Cuda.Emulated;
using UniMed.PtxMachine.Execution;
using UniMed.PtxMachine.Memory;
using UniMed.PtxMachine.Syntax;

namespace UniMed.PtxMachine.Driver;

/// <summary>The machine behind the emulated driver: streams, events and graphs are the driver's, memory and kernels the machine's.</summary>
internal unsafe class PtxHost : IKernelHost, IDisposable
{
    /// <summary>The name that messages call the device by.</summary>
    public const string Name = "cuda-ptx";

    private readonly PtxImage _image;
    private readonly List<Program> _found = [];

    /// <summary>Opens a machine.</summary>
    /// <param name="image">Its kernels.</param>
    /// <param name="threads">Threads that run blocks.</param>
    /// <param name="tensorCore">What adds the products of <c>mma</c>; null stands for <see cref="TensorCore.OneByOne"/>.</param>
    public PtxHost(PtxImage image, int threads, TensorCore? tensorCore = null)
    {
        _image = image;
        Machine = new Machine(Memory, threads) { TensorCore = tensorCore ?? TensorCore.OneByOne };
    }

    /// <summary>Device memory.</summary>
    protected DeviceMemory Memory { get; } = new();

    /// <summary>What runs kernels.</summary>
    protected Machine Machine { get; }

    public string DeviceName => Name;

    public IReadOnlyList<string> KernelNames => _image.KernelNames;

    public string LastError { get; private set; } = "";

    public CudaStatus Allocate(long bytes, out ulong address)
    {
        address = Memory.Allocate(bytes).Base;
        return CudaStatus.Success;
    }

    public CudaStatus Free(ulong address) => Memory.Free(address) ? CudaStatus.Success : Fail(CudaStatus.InvalidValue, $"no device memory begins at 0x{address:x}");

    public CudaStatus CopyToDevice(ulong destination, void* source, long bytes)
    {
        if (!IsInside(destination, bytes))
            return CudaStatus.InvalidValue;
        Buffer.MemoryCopy(source, (void*)destination, bytes, bytes);
        return CudaStatus.Success;
    }

    public CudaStatus CopyToHost(void* destination, ulong source, long bytes)
    {
        if (!IsInside(source, bytes))
            return CudaStatus.InvalidValue;
        Buffer.MemoryCopy((void*)source, destination, bytes, bytes);
        return CudaStatus.Success;
    }

    public CudaStatus CopyOnDevice(ulong destination, ulong source, long bytes)
    {
        if (!IsInside(destination, bytes) || !IsInside(source, bytes))
            return CudaStatus.InvalidValue;
        Buffer.MemoryCopy((void*)source, (void*)destination, bytes, bytes);
        return CudaStatus.Success;
    }

    public CudaStatus Fill(ulong destination, byte value, long bytes)
    {
        if (!IsInside(destination, bytes))
            return CudaStatus.InvalidValue;
        for (long done = 0; done < bytes; done += int.MaxValue)
            new Span<byte>((byte*)destination + done, (int)Math.Min(int.MaxValue, bytes - done)).Fill(value);
        return CudaStatus.Success;
    }

    public CudaStatus FindKernel(string name, out nint kernel)
    {
        kernel = 0;
        try
        {
            if (_image.Find(name) is not { } program)
                return Fail(CudaStatus.NotFound, $"there is no kernel {name}");
            int index = _found.IndexOf(program);
            if (index < 0)
            {
                index = _found.Count;
                _found.Add(program);
            }

            kernel = index + 1;
            return CudaStatus.Success;
        }
        catch (PtxSyntaxException error)
        {
            return Fail(CudaStatus.InvalidPtx, error.Message);
        }
    }

    public CudaParameter[] ParametersOf(nint kernel) => _image.ParametersOf(_found[(int)kernel - 1]);

    public CudaStatus Launch(nint kernel, in CudaLaunchShape shape, int askedSharedBytes, void** arguments)
    {
        Program program = _found[(int)kernel - 1];
        // A parameter's eight bytes are read even where it has four.
        var parameters = new byte[program.ParameterOffsets.DefaultIfEmpty(0).Last() + program.ParameterBytes.DefaultIfEmpty(0).Last() + sizeof(ulong)];
        for (int i = 0; i < program.ParameterBytes.Length; i++)
            new ReadOnlySpan<byte>(arguments[i], program.ParameterBytes[i]).CopyTo(parameters.AsSpan(program.ParameterOffsets[i]));
        try
        {
            Run(program, new LaunchShape(shape.GridX, shape.GridY, shape.GridZ, shape.BlockX, shape.SharedBytes, askedSharedBytes, shape.OverlapsPrevious), parameters);
            return CudaStatus.Success;
        }
        catch (PtxFault fault)
        {
            return Fail(CudaStatus.LaunchFailed, fault.Message);
        }
    }

    public void Dispose()
    {
        GC.SuppressFinalize(this);
        Machine.Dispose();
        Memory.Dispose();
    }

    /// <summary>Runs a kernel to its end.</summary>
    protected virtual void Run(Program program, LaunchShape shape, byte[] parameters) => Machine.Run(program, shape, parameters);

    /// <summary>Whether a copy stays inside of one piece of memory. Whatever the host copies waits for the kernels before it, and the kernels after for it.</summary>
    private bool IsInside(ulong address, long bytes)
    {
        Memory.Settle();
        if (Memory.Find(address, bytes) is not null)
            return true;
        LastError = $"{bytes} bytes at 0x{address:x} do not lie in device memory in use: {Memory.Describe(address)}";
        return false;
    }

    private CudaStatus Fail(CudaStatus status, string error)
    {
        LastError = error;
        return status;
    }
}
