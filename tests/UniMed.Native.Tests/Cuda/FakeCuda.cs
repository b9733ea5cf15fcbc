using System.Runtime.InteropServices;
using UniMed.Native.Cuda;
using UniMed.Native.Cuda.Nvidia;

namespace UniMed.Native.Tests.Cuda;

/// <summary>
/// A libcuda for tests: functions with the signatures of cuda.h that note how they were called and answer as told. What they are asked to hold
/// is numbers and no memory. There is one in the process, so the tests that use it are in one collection.
/// </summary>
internal static unsafe partial class FakeCuda
{
    public const nint Library = 0x11B;
    public const nint Context = 0xC0;
    public const nint Function = 0xF0;

    /// <summary>A context that the host made, on the second card.</summary>
    public const nint HostContext = 0xCC;

    private const ulong ParametersAddress = 0x900;

    public static readonly nint IllegalAddressName = Marshal.StringToCoTaskMemUTF8("CUDA_ERROR_ILLEGAL_ADDRESS");
    public static readonly nint Text = Marshal.StringToCoTaskMemUTF8("the driver's own words");

    public static List<string> Calls { get; } = [];

    public static Dictionary<string, CudaStatus> Answers { get; } = [];

    public static HashSet<string> Missing { get; } = [];

    /// <summary>Functions that were looked up.</summary>
    public static HashSet<string> Wanted { get; } = [];

    /// <summary>What the image and the driver say of every kernel's parameters, as native/cuda/primitives/parameters.h writes it.</summary>
    public static CudaParameter[] Parameters { get; set; } = [];

    public static int Version { get; set; }

    public static int DeviceCount { get; set; }

    public static int ComputeCapabilityMajor { get; set; }

    /// <summary>Whether every stream is being captured.</summary>
    public static bool Capturing { get; set; }

    /// <summary>Shared memory of fixed size of every kernel.</summary>
    public static int DeclaredSharedBytes { get; set; }

    public static int ContextDepth { get; private set; }

    /// <summary>The context that was made current last.</summary>
    public static nint Current { get; private set; }

    /// <summary>The context that every stream belongs to.</summary>
    public static nint StreamContext { get; set; }

    public static LaunchConfig LastLaunch { get; private set; }

    public static LaunchAttribute LastAttribute { get; private set; }

    public static (ulong First, int Second, float Third) LastArguments { get; private set; }

    private static ulong NextAddress { get; set; }

    public static void Reset()
    {
        Calls.Clear();
        Answers.Clear();
        Missing.Clear();
        Wanted.Clear();
        Parameters = [new(CudaParameterKind.Pointer, 8), new(CudaParameterKind.Integer, 4), new(CudaParameterKind.Float, 4)];
        Version = 12040;
        DeviceCount = 2;
        ComputeCapabilityMajor = 9;
        DeclaredSharedBytes = 0;
        Capturing = false;
        ContextDepth = 0;
        Current = 0;
        StreamContext = HostContext;
        NextAddress = 0x1000;
    }

    public static NvidiaLibrary? TryOpen(out string reason) =>
        NvidiaLibrary.TryOpen(["libcuda.so.1", "libcuda.so"], name => name == "libcuda.so" ? Library : 0, Export, out reason);

    public static NvidiaDriver Open(int ordinal = 0)
    {
        NvidiaLibrary library = TryOpen(out string reason) ?? throw new InvalidOperationException(reason);
        return new NvidiaDriver(library, library.Devices[ordinal]);
    }

    private static nint Export(nint library, string name)
    {
        Wanted.Add(name);
        return library != Library || Missing.Contains(name) ? 0 : Find(name);
    }

    private static nint Find(string name) => name switch
    {
        "cuDriverGetVersion" => (nint)(delegate* unmanaged<int*, CudaStatus>)&DriverGetVersion,
        "cuInit" => (nint)(delegate* unmanaged<uint, CudaStatus>)&Init,
        "cuGetErrorName" => (nint)(delegate* unmanaged<CudaStatus, byte**, CudaStatus>)&GetErrorName,
        "cuGetErrorString" => (nint)(delegate* unmanaged<CudaStatus, byte**, CudaStatus>)&GetErrorString,
        "cuDeviceGetCount" => (nint)(delegate* unmanaged<int*, CudaStatus>)&DeviceGetCount,
        "cuDeviceGet" => (nint)(delegate* unmanaged<int*, int, CudaStatus>)&DeviceGet,
        "cuDeviceGetName" => (nint)(delegate* unmanaged<byte*, int, int, CudaStatus>)&DeviceGetName,
        "cuDeviceGetAttribute" => (nint)(delegate* unmanaged<int*, DeviceAttribute, int, CudaStatus>)&DeviceGetAttribute,
        "cuDeviceTotalMem_v2" => (nint)(delegate* unmanaged<nuint*, int, CudaStatus>)&DeviceTotalMem,
        "cuDevicePrimaryCtxRetain" => (nint)(delegate* unmanaged<nint*, int, CudaStatus>)&PrimaryCtxRetain,
        "cuDevicePrimaryCtxRelease_v2" => (nint)(delegate* unmanaged<int, CudaStatus>)&PrimaryCtxRelease,
        "cuCtxPushCurrent_v2" => (nint)(delegate* unmanaged<nint, CudaStatus>)&CtxPush,
        "cuCtxPopCurrent_v2" => (nint)(delegate* unmanaged<nint*, CudaStatus>)&CtxPop,
        "cuCtxGetDevice" => (nint)(delegate* unmanaged<int*, CudaStatus>)&CtxGetDevice,
        "cuStreamGetCtx" => (nint)(delegate* unmanaged<nint, nint*, CudaStatus>)&StreamGetCtx,
        "cuPointerGetAttribute" => (nint)(delegate* unmanaged<void*, PointerAttribute, ulong, CudaStatus>)&PointerGetAttribute,
        "cuCtxSynchronize" => (nint)(delegate* unmanaged<CudaStatus>)&CtxSynchronize,
        "cuModuleLoadDataEx" => (nint)(delegate* unmanaged<nint*, byte*, uint, int*, void**, CudaStatus>)&ModuleLoadDataEx,
        "cuModuleGetFunction" => (nint)(delegate* unmanaged<nint*, nint, byte*, CudaStatus>)&ModuleGetFunction,
        "cuModuleGetGlobal_v2" => (nint)(delegate* unmanaged<ulong*, nuint*, nint, byte*, CudaStatus>)&ModuleGetGlobal,
        "cuFuncGetParamInfo" => (nint)(delegate* unmanaged<nint, nuint, nuint*, nuint*, CudaStatus>)&FuncGetParamInfo,
        "cuLaunchKernelEx" => (nint)(delegate* unmanaged<LaunchConfig*, nint, void**, void**, CudaStatus>)&LaunchKernelEx,
        "cuMemGetInfo_v2" => (nint)(delegate* unmanaged<nuint*, nuint*, CudaStatus>)&MemGetInfo,
        "cuMemAlloc_v2" => (nint)(delegate* unmanaged<ulong*, nuint, CudaStatus>)&MemAlloc,
        "cuMemFree_v2" => (nint)(delegate* unmanaged<ulong, CudaStatus>)&MemFree,
        "cuMemHostAlloc" or "cuStreamCreate" or "cuEventCreate" => (nint)(delegate* unmanaged<nint*, nuint, CudaStatus>)&Create,
        "cuStreamDestroy_v2" or "cuEventDestroy_v2" or "cuMemFreeHost" => (nint)(delegate* unmanaged<nint, CudaStatus>)&Destroy,
        "cuEventSynchronize" => (nint)(delegate* unmanaged<nint, CudaStatus>)&EventSynchronize,
        "cuEventQuery" => (nint)(delegate* unmanaged<nint, CudaStatus>)&EventQuery,
        "cuModuleGetFunctionCount" or "cuModuleEnumerateFunctions" or "cuFuncGetName" => 0,
        "cuMemcpyHtoDAsync_v2" => (nint)(delegate* unmanaged<ulong, nint, nuint, nint, CudaStatus>)&MemcpyHtoDAsync,
        "cuMemcpyDtoHAsync_v2" => (nint)(delegate* unmanaged<nint, ulong, nuint, nint, CudaStatus>)&MemcpyDtoHAsync,
        "cuMemcpyDtoDAsync_v2" => (nint)(delegate* unmanaged<ulong, ulong, nuint, nint, CudaStatus>)&MemcpyDtoDAsync,
        "cuMemsetD8Async" => (nint)(delegate* unmanaged<ulong, byte, nuint, nint, CudaStatus>)&MemsetD8Async,
        "cuStreamWaitEvent" => (nint)(delegate* unmanaged<nint, nint, uint, CudaStatus>)&StreamWaitEvent,
        "cuEventRecord" => (nint)(delegate* unmanaged<nint, nint, CudaStatus>)&EventRecord,
        "cuEventElapsedTime" => (nint)(delegate* unmanaged<float*, nint, nint, CudaStatus>)&EventElapsedTime,
        "cuStreamBeginCapture_v2" => (nint)(delegate* unmanaged<nint, int, CudaStatus>)&StreamBeginCapture,
        "cuStreamIsCapturing" => (nint)(delegate* unmanaged<nint, int*, CudaStatus>)&StreamIsCapturing,
        "cuStreamEndCapture" => (nint)(delegate* unmanaged<nint, nint*, CudaStatus>)&StreamEndCapture,
        "cuGraphInstantiateWithFlags" => (nint)(delegate* unmanaged<nint*, nint, ulong, CudaStatus>)&GraphInstantiate,
        "cuGraphDestroy" => (nint)(delegate* unmanaged<nint, CudaStatus>)&GraphDestroy,
        "cuGraphExecDestroy" => (nint)(delegate* unmanaged<nint, CudaStatus>)&GraphExecDestroy,
        "cuStreamSynchronize" => (nint)(delegate* unmanaged<nint, CudaStatus>)&StreamSynchronize,
        "cuGraphLaunch" => (nint)(delegate* unmanaged<nint, nint, CudaStatus>)&GraphLaunch,
        "cuFuncGetAttribute" => (nint)(delegate* unmanaged<int*, int, nint, CudaStatus>)&FuncGetAttribute,
        "cuFuncSetAttribute" => (nint)(delegate* unmanaged<nint, int, int, CudaStatus>)&FuncSetAttribute,
        // With the calling conventions of the supported systems a function may be called with more arguments than it takes.
        _ => (nint)(delegate* unmanaged<CudaStatus>)&Succeed,
    };

    private static CudaStatus Note(string call, string function)
    {
        Calls.Add(call);
        return Answers.GetValueOrDefault(function);
    }

    [UnmanagedCallersOnly]
    private static CudaStatus Succeed() => CudaStatus.Success;

    [UnmanagedCallersOnly]
    private static CudaStatus DriverGetVersion(int* version)
    {
        *version = Version;
        return CudaStatus.Success;
    }

    [UnmanagedCallersOnly]
    private static CudaStatus Init(uint flags) => Note($"cuInit {flags}", "cuInit");

    [UnmanagedCallersOnly]
    private static CudaStatus GetErrorName(CudaStatus status, byte** name)
    {
        *name = (byte*)IllegalAddressName;
        return status == CudaStatus.IllegalAddress ? CudaStatus.Success : CudaStatus.InvalidValue;
    }

    [UnmanagedCallersOnly]
    private static CudaStatus GetErrorString(CudaStatus status, byte** text)
    {
        *text = (byte*)Text;
        return CudaStatus.Success;
    }

    [UnmanagedCallersOnly]
    private static CudaStatus DeviceGetCount(int* count)
    {
        *count = DeviceCount;
        return Answers.GetValueOrDefault("cuDeviceGetCount");
    }

    [UnmanagedCallersOnly]
    private static CudaStatus DeviceGet(int* device, int ordinal)
    {
        *device = 50 + ordinal;
        return CudaStatus.Success;
    }

    [UnmanagedCallersOnly]
    private static CudaStatus DeviceGetName(byte* name, int bytes, int device)
    {
        System.Text.Encoding.UTF8.GetBytes($"Card {device}\0", new Span<byte>(name, bytes));
        return CudaStatus.Success;
    }

    [UnmanagedCallersOnly]
    private static CudaStatus DeviceGetAttribute(int* value, DeviceAttribute attribute, int device)
    {
        *value = attribute switch
        {
            DeviceAttribute.ComputeCapabilityMajor => ComputeCapabilityMajor,
            DeviceAttribute.ComputeCapabilityMinor => 0,
            DeviceAttribute.MultiprocessorCount => 132,
            DeviceAttribute.MaxSharedMemoryPerBlockOptin => 232448,
            _ => 1 << 20,
        };
        return CudaStatus.Success;
    }

    [UnmanagedCallersOnly]
    private static CudaStatus DeviceTotalMem(nuint* bytes, int device)
    {
        *bytes = (nuint)80 << 30;
        return CudaStatus.Success;
    }

    [UnmanagedCallersOnly]
    private static CudaStatus PrimaryCtxRetain(nint* context, int device)
    {
        *context = Context;
        return Note($"retain {device}", "cuDevicePrimaryCtxRetain");
    }

    [UnmanagedCallersOnly]
    private static CudaStatus PrimaryCtxRelease(int device) => Note($"release {device}", "cuDevicePrimaryCtxRelease");

    [UnmanagedCallersOnly]
    private static CudaStatus CtxPush(nint context)
    {
        CudaStatus answer = Answers.GetValueOrDefault("cuCtxPushCurrent");
        if (answer != CudaStatus.Success)
            return answer;
        Current = context;
        ContextDepth += context is Context or HostContext ? 1 : 1000;
        return CudaStatus.Success;
    }

    [UnmanagedCallersOnly]
    private static CudaStatus CtxPop(nint* context)
    {
        *context = Context;
        ContextDepth--;
        return CudaStatus.Success;
    }

    [UnmanagedCallersOnly]
    private static CudaStatus CtxGetDevice(int* device)
    {
        *device = Current == HostContext ? 51 : 50;
        return Note("device of context", "cuCtxGetDevice");
    }

    [UnmanagedCallersOnly]
    private static CudaStatus StreamGetCtx(nint stream, nint* context)
    {
        *context = StreamContext;
        return Note($"context of {stream:x}", "cuStreamGetCtx");
    }

    /// <summary>Device memory from 0x10000 to 0x1FFFF of the second card, host memory from 0x20000 to 0x2FFFF.</summary>
    [UnmanagedCallersOnly]
    private static CudaStatus PointerGetAttribute(void* data, PointerAttribute attribute, ulong address)
    {
        if (address >> 16 is not (1 or 2))
            return CudaStatus.InvalidValue;
        switch (attribute)
        {
            case PointerAttribute.MemoryType:
                *(uint*)data = address >> 16 == 1 ? 2u : 1u;
                break;
            case PointerAttribute.DeviceOrdinal:
                *(int*)data = 1;
                break;
            case PointerAttribute.RangeStart:
                *(ulong*)data = address & ~0xFFFFul;
                break;
            case PointerAttribute.RangeSize:
                *(nuint*)data = 0x10000;
                break;
        }

        return CudaStatus.Success;
    }

    [UnmanagedCallersOnly]
    private static CudaStatus CtxSynchronize() => Answers.GetValueOrDefault("cuCtxSynchronize");

    [UnmanagedCallersOnly]
    private static CudaStatus ModuleLoadDataEx(nint* module, byte* image, uint count, int* options, void** values)
    {
        *module = 0x300;
        if (count == 2 && options[0] == 5 && options[1] == 6)
            System.Text.Encoding.UTF8.GetBytes("ptxas says no\0", new Span<byte>(values[0], (int)values[1]));
        return Note($"load {image[0]}", "cuModuleLoadDataEx");
    }

    [UnmanagedCallersOnly]
    private static CudaStatus ModuleGetFunction(nint* function, nint module, byte* name)
    {
        *function = Function;
        return Marshal.PtrToStringUTF8((nint)name) == "rms_norm" ? CudaStatus.Success : CudaStatus.NotFound;
    }

    [UnmanagedCallersOnly]
    private static CudaStatus ModuleGetGlobal(ulong* address, nuint* bytes, nint module, byte* name)
    {
        *address = ParametersAddress;
        *bytes = (nuint)((Parameters.Length + 1) * sizeof(CudaParameter));
        return Marshal.PtrToStringUTF8((nint)name) == "rms_norm_parameters" ? Answers.GetValueOrDefault("cuModuleGetGlobal") : CudaStatus.NotFound;
    }

    [UnmanagedCallersOnly]
    private static CudaStatus FuncGetParamInfo(nint function, nuint index, nuint* offset, nuint* bytes)
    {
        if (index >= (nuint)Parameters.Length)
            return CudaStatus.InvalidValue;
        *offset = index * 8;
        *bytes = (nuint)Parameters[index].Bytes;
        return Answers.GetValueOrDefault("cuFuncGetParamInfo");
    }

    [UnmanagedCallersOnly]
    private static CudaStatus LaunchKernelEx(LaunchConfig* config, nint function, void** arguments, void** extra)
    {
        LastLaunch = *config;
        LastAttribute = *config->Attributes;
        LastArguments = (*(ulong*)arguments[0], *(int*)arguments[1], *(float*)arguments[2]);
        return Note($"launch {function} {extra == null}", "cuLaunchKernelEx");
    }

    [UnmanagedCallersOnly]
    private static CudaStatus MemGetInfo(nuint* free, nuint* total)
    {
        *free = 1234;
        *total = (nuint)80 << 30;
        return CudaStatus.Success;
    }

    [UnmanagedCallersOnly]
    private static CudaStatus MemAlloc(ulong* address, nuint bytes)
    {
        *address = NextAddress;
        NextAddress += 0x1000;
        return Note($"alloc {bytes}", "cuMemAlloc");
    }

    [UnmanagedCallersOnly]
    private static CudaStatus MemFree(ulong address) => Note($"free {address:x}", "cuMemFree");

    [UnmanagedCallersOnly]
    private static CudaStatus Create(nint* handle, nuint what)
    {
        *handle = (nint)NextAddress;
        NextAddress += 0x1000;
        return Note("create", "create");
    }

    [UnmanagedCallersOnly]
    private static CudaStatus Destroy(nint handle) => Note($"destroy {handle:x}", "destroy");

    [UnmanagedCallersOnly]
    private static CudaStatus EventSynchronize(nint handle) => Note($"synchronize event {handle:x}", "cuEventSynchronize");

    [UnmanagedCallersOnly]
    private static CudaStatus EventQuery(nint handle) => Answers.GetValueOrDefault("cuEventQuery");
}
