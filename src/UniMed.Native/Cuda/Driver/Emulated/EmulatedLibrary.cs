using System.Runtime.InteropServices;
using System.Text;

namespace UniMed.Native.Cuda.Emulated;

/// <summary>The kernels of native/cuda built for the CPU, with what runs them: loaded once and for the life of the process.</summary>
internal sealed unsafe class EmulatedLibrary : IKernelHost
{
    private static readonly Lazy<(EmulatedLibrary? Library, string Reason)> Loaded = new(() =>
    {
        string? path = CudaBuildFile.HostLibrary.Find(out string reason);
        return path is null ? (null, reason) : (TryOpen(path, out reason), reason);
    });

    private EmulatedLibrary(string path, EmulatedEntryPoints entryPoints)
    {
        FilePath = path;
        EntryPoints = entryPoints;
        var names = new string[entryPoints.KernelCount()];
        for (int i = 0; i < names.Length; i++)
            names[i] = Marshal.PtrToStringUTF8((nint)entryPoints.KernelName((ulong)i))!;
        KernelNames = names;
    }

    public string DeviceName => EmulatedDriver.Name;

    /// <summary>File it was loaded from.</summary>
    public string FilePath { get; }

    /// <summary>Functions.</summary>
    public EmulatedEntryPoints EntryPoints { get; }

    public IReadOnlyList<string> KernelNames { get; }

    /// <summary>Bytes of device memory in use by the whole process.</summary>
    public long BytesInUse => (long)EntryPoints.BytesInUse();

    public string LastError => Marshal.PtrToStringUTF8((nint)EntryPoints.Error()) ?? "";

    /// <summary>The library of this installation; null when there is none.</summary>
    /// <param name="reason">Where it was looked for and how to make it; empty when it was found.</param>
    public static EmulatedLibrary? TryGet(out string reason)
    {
        reason = Loaded.Value.Reason;
        return Loaded.Value.Library;
    }

    /// <summary>Loads a library.</summary>
    /// <param name="path">Its file.</param>
    /// <param name="reason">Why it cannot be used; empty when it can.</param>
    public static EmulatedLibrary? TryOpen(string path, out string reason)
    {
        nint handle;
        try
        {
            handle = NativeLibrary.Load(path);
        }
        catch (Exception error) when (error is DllNotFoundException or BadImageFormatException)
        {
            reason = $"{path} does not load: {error.Message.ReplaceLineEndings(" ").Trim()}; {CudaBuildFile.HostLibrary.HowToBuild}";
            return null;
        }

        var entryPoints = new EmulatedEntryPoints(name => NativeLibrary.TryGetExport(handle, name, out nint address) ? address : 0);
        if (entryPoints.Missing.Count > 0)
        {
            reason = $"{path} is of another version: it lacks {string.Join(", ", entryPoints.Missing)}; {CudaBuildFile.HostLibrary.HowToBuild}";
            return null;
        }

        reason = "";
        return new EmulatedLibrary(path, entryPoints);
    }

    public CudaStatus Allocate(long bytes, out ulong address)
    {
        void* allocated;
        CudaStatus status = EntryPoints.Allocate((ulong)bytes, &allocated);
        address = (ulong)allocated;
        return status;
    }

    public CudaStatus Free(ulong address) => EntryPoints.Free((void*)address);

    public CudaStatus CopyToDevice(ulong destination, void* source, long bytes) => EntryPoints.CopyToDevice((void*)destination, source, (ulong)bytes);

    public CudaStatus CopyToHost(void* destination, ulong source, long bytes) => EntryPoints.CopyToHost(destination, (void*)source, (ulong)bytes);

    public CudaStatus CopyOnDevice(ulong destination, ulong source, long bytes) => EntryPoints.CopyOnDevice((void*)destination, (void*)source, (ulong)bytes);

    public CudaStatus Fill(ulong destination, byte value, long bytes) => EntryPoints.Fill((void*)destination, value, (ulong)bytes);

    public CudaStatus FindKernel(string name, out nint kernel)
    {
        nint found = 0;
        CudaStatus status;
        fixed (byte* text = Encoding.UTF8.GetBytes(name + '\0'))
            status = EntryPoints.FindKernel(text, &found);
        kernel = found;
        return status;
    }

    public CudaParameter[] ParametersOf(nint kernel)
    {
        // Words that a zero ends, as text of UTF-16 is.
        ReadOnlySpan<char> codes = MemoryMarshal.CreateReadOnlySpanFromNullTerminated((char*)EntryPoints.KernelParameters(kernel));
        return MemoryMarshal.Cast<char, CudaParameter>(codes).ToArray();
    }

    public CudaStatus Launch(nint kernel, in CudaLaunchShape shape, int askedSharedBytes, void** arguments)
    {
        delegate* unmanaged<nint, uint, uint, uint, uint, uint, uint, uint, uint, void**, CudaStatus> start = shape.OverlapsPrevious ? EntryPoints.LaunchDependent : EntryPoints.Launch;
        return start(kernel, (uint)shape.GridX, (uint)shape.GridY, (uint)shape.GridZ, (uint)shape.BlockX, 1, 1, (uint)shape.SharedBytes, (uint)askedSharedBytes, arguments);
    }
}
