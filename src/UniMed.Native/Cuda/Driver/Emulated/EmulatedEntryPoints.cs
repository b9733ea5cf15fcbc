namespace UniMed.Native.Cuda.Emulated;

/// <summary>The functions of the host library that are called: native/cuda/host/unimed_host.h without the prefix unimed_host_.</summary>
internal sealed unsafe class EmulatedEntryPoints
{
    public readonly delegate* unmanaged<byte*> Error;
    public readonly delegate* unmanaged<ulong, void**, CudaStatus> Allocate;
    public readonly delegate* unmanaged<void*, CudaStatus> Free;
    public readonly delegate* unmanaged<void*, void*, ulong, CudaStatus> CopyToDevice;
    public readonly delegate* unmanaged<void*, void*, ulong, CudaStatus> CopyToHost;
    public readonly delegate* unmanaged<void*, void*, ulong, CudaStatus> CopyOnDevice;
    public readonly delegate* unmanaged<void*, byte, ulong, CudaStatus> Fill;
    public readonly delegate* unmanaged<ulong> BytesInUse;
    public readonly delegate* unmanaged<byte*, nint*, CudaStatus> FindKernel;
    public readonly delegate* unmanaged<ulong> KernelCount;
    public readonly delegate* unmanaged<ulong, byte*> KernelName;
    public readonly delegate* unmanaged<nint, ushort*> KernelParameters;
    public readonly delegate* unmanaged<nint, uint, uint, uint, uint, uint, uint, uint, uint, void**, CudaStatus> Launch;
    public readonly delegate* unmanaged<nint, uint, uint, uint, uint, uint, uint, uint, uint, void**, CudaStatus> LaunchDependent;

    private readonly List<string> _missing = [];

    /// <summary>Looks every function up.</summary>
    /// <param name="export">Address of an exported function; 0 when the library has none of that name.</param>
    public EmulatedEntryPoints(Func<string, nint> export)
    {
        nint Find(string name)
        {
            nint address = export("unimed_host_" + name);
            if (address == 0)
                _missing.Add("unimed_host_" + name);
            return address;
        }

        Error = (delegate* unmanaged<byte*>)Find("error");
        Allocate = (delegate* unmanaged<ulong, void**, CudaStatus>)Find("allocate");
        Free = (delegate* unmanaged<void*, CudaStatus>)Find("free");
        CopyToDevice = (delegate* unmanaged<void*, void*, ulong, CudaStatus>)Find("copy_to_device");
        CopyToHost = (delegate* unmanaged<void*, void*, ulong, CudaStatus>)Find("copy_to_host");
        CopyOnDevice = (delegate* unmanaged<void*, void*, ulong, CudaStatus>)Find("copy_on_device");
        Fill = (delegate* unmanaged<void*, byte, ulong, CudaStatus>)Find("fill");
        BytesInUse = (delegate* unmanaged<ulong>)Find("bytes_in_use");
        FindKernel = (delegate* unmanaged<byte*, nint*, CudaStatus>)Find("find_kernel");
        KernelCount = (delegate* unmanaged<ulong>)Find("kernel_count");
        KernelName = (delegate* unmanaged<ulong, byte*>)Find("kernel_name");
        KernelParameters = (delegate* unmanaged<nint, ushort*>)Find("kernel_parameters");
        Launch = (delegate* unmanaged<nint, uint, uint, uint, uint, uint, uint, uint, uint, void**, CudaStatus>)Find("launch");
        LaunchDependent = (delegate* unmanaged<nint, uint, uint, uint, uint, uint, uint, uint, uint, void**, CudaStatus>)Find("launch_dependent");
    }

    /// <summary>Functions that the library lacks; it cannot be used when there are any.</summary>
    public IReadOnlyList<string> Missing => _missing;
}
