using UniMed.Native.Cuda;
using UniMed.Native.Cuda.Emulated;
using UniMed.PtxMachine.Execution;
using UniMed.PtxMachine.Memory;
using UniMed.PtxMachine.Syntax;

namespace UniMed.PtxMachine.Driver;

/// <summary>The machine behind the emulated driver: streams, events and graphs are the driver's, memory and kernels the machine's.</summary>
internal sealed unsafe class PtxHost : IKernelHost, IDisposable
{
    /// <summary>The name that messages call the device by.</summary>
    public const string Name = "cuda-ptx";

    private readonly PtxImage _image;
    private readonly DeviceMemory _memory = new();
    private readonly Machine _machine;
    private readonly List<Program> _found = [];

    /// <summary>Opens a machine.</summary>
    /// <param name="image">Its kernels.</param>
    /// <param name="threads">Threads that run blocks.</param>
    public PtxHost(PtxImage image, int threads)
    {
        _image = image;
        _machine = new Machine(_memory, threads);
    }

    public string DeviceName => Name;

    public IReadOnlyList<string> KernelNames => _image.KernelNames;

    public string LastError { get; private set; } = "";

    public CudaStatus Allocate(long bytes, out ulong address)
    {
        address = _memory.Allocate(bytes).Base;
        return CudaStatus.Success;
    }

    public CudaStatus Free(ulong address) => _memory.Free(address) ? CudaStatus.Success : Fail(CudaStatus.InvalidValue, $"no device memory begins at 0x{address:x}");

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

    public CudaStatus Launch(nint kernel, in CudaLaunchShape shape, void** arguments)
    {
        Program program = _found[(int)kernel - 1];
        // A parameter's eight bytes are read even where it has four.
        var parameters = new byte[program.ParameterOffsets.DefaultIfEmpty(0).Last() + program.ParameterBytes.DefaultIfEmpty(0).Last() + sizeof(ulong)];
        for (int i = 0; i < program.ParameterBytes.Length; i++)
            new ReadOnlySpan<byte>(arguments[i], program.ParameterBytes[i]).CopyTo(parameters.AsSpan(program.ParameterOffsets[i]));
        try
        {
            _machine.Run(program, new LaunchShape(shape.GridX, shape.GridY, shape.GridZ, shape.BlockX, shape.SharedBytes, shape.OverlapsPrevious), parameters);
            return CudaStatus.Success;
        }
        catch (PtxFault fault)
        {
            return Fail(CudaStatus.LaunchFailed, fault.Message);
        }
    }

    public void Dispose()
    {
        _machine.Dispose();
        _memory.Dispose();
    }

    /// <summary>Whether a copy stays inside of one piece of memory. Whatever the host copies waits for the kernels before it, and the kernels after for it.</summary>
    private bool IsInside(ulong address, long bytes)
    {
        _memory.Settle();
        if (_memory.Find(address, bytes) is not null)
            return true;
        LastError = $"{bytes} bytes at 0x{address:x} do not lie in device memory in use: {_memory.Describe(address)}";
        return false;
    }

    private CudaStatus Fail(CudaStatus status, string error)
    {
        LastError = error;
        return status;
    }
}
