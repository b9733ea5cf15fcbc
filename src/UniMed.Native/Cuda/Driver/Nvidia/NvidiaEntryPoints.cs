#pragma warning disable IDE1006 // The functions keep the names they have in cuda.h.

namespace UniMed.Native.Cuda.Nvidia;

/// <summary>
/// The functions of libcuda that are called, under the names of cuda.h. Where cuda.h maps a name to a later version of the function
/// (cuMemAlloc to cuMemAlloc_v2), the exported name is that version's. Handles are <see cref="nint"/>, CUdeviceptr is <see cref="ulong"/>.
/// </summary>
internal sealed unsafe class NvidiaEntryPoints
{
    public readonly delegate* unmanaged<uint, CudaStatus> cuInit;
    public readonly delegate* unmanaged<CudaStatus, byte**, CudaStatus> cuGetErrorName;
    public readonly delegate* unmanaged<CudaStatus, byte**, CudaStatus> cuGetErrorString;
    public readonly delegate* unmanaged<int*, CudaStatus> cuDeviceGetCount;
    public readonly delegate* unmanaged<int*, int, CudaStatus> cuDeviceGet;
    public readonly delegate* unmanaged<byte*, int, int, CudaStatus> cuDeviceGetName;
    public readonly delegate* unmanaged<int*, DeviceAttribute, int, CudaStatus> cuDeviceGetAttribute;
    public readonly delegate* unmanaged<nuint*, int, CudaStatus> cuDeviceTotalMem;
    public readonly delegate* unmanaged<nint*, int, CudaStatus> cuDevicePrimaryCtxRetain;
    public readonly delegate* unmanaged<int, CudaStatus> cuDevicePrimaryCtxRelease;
    public readonly delegate* unmanaged<nint, CudaStatus> cuCtxPushCurrent;
    public readonly delegate* unmanaged<nint*, CudaStatus> cuCtxPopCurrent;
    public readonly delegate* unmanaged<CudaStatus> cuCtxSynchronize;
    public readonly delegate* unmanaged<int*, CudaStatus> cuCtxGetDevice;
    public readonly delegate* unmanaged<nint*, byte*, uint, int*, void**, CudaStatus> cuModuleLoadDataEx;
    public readonly delegate* unmanaged<nint, CudaStatus> cuModuleUnload;
    public readonly delegate* unmanaged<nint*, nint, byte*, CudaStatus> cuModuleGetFunction;
    public readonly delegate* unmanaged<ulong*, nuint*, nint, byte*, CudaStatus> cuModuleGetGlobal;
    public readonly delegate* unmanaged<int*, CudaFunctionAttribute, nint, CudaStatus> cuFuncGetAttribute;
    public readonly delegate* unmanaged<nint, CudaFunctionAttribute, int, CudaStatus> cuFuncSetAttribute;
    public readonly delegate* unmanaged<LaunchConfig*, nint, void**, void**, CudaStatus> cuLaunchKernelEx;
    public readonly delegate* unmanaged<nuint*, nuint*, CudaStatus> cuMemGetInfo;
    public readonly delegate* unmanaged<void*, PointerAttribute, ulong, CudaStatus> cuPointerGetAttribute;
    public readonly delegate* unmanaged<ulong*, nuint, CudaStatus> cuMemAlloc;
    public readonly delegate* unmanaged<ulong, CudaStatus> cuMemFree;
    public readonly delegate* unmanaged<void**, nuint, uint, CudaStatus> cuMemHostAlloc;
    public readonly delegate* unmanaged<void*, CudaStatus> cuMemFreeHost;
    public readonly delegate* unmanaged<ulong, void*, nuint, nint, CudaStatus> cuMemcpyHtoDAsync;
    public readonly delegate* unmanaged<void*, ulong, nuint, nint, CudaStatus> cuMemcpyDtoHAsync;
    public readonly delegate* unmanaged<ulong, ulong, nuint, nint, CudaStatus> cuMemcpyDtoDAsync;
    public readonly delegate* unmanaged<ulong, byte, nuint, nint, CudaStatus> cuMemsetD8Async;
    public readonly delegate* unmanaged<nint*, uint, CudaStatus> cuStreamCreate;
    public readonly delegate* unmanaged<nint, CudaStatus> cuStreamDestroy;
    public readonly delegate* unmanaged<nint, nint*, CudaStatus> cuStreamGetCtx;
    public readonly delegate* unmanaged<nint, CudaStatus> cuStreamSynchronize;
    public readonly delegate* unmanaged<nint, nint, uint, CudaStatus> cuStreamWaitEvent;
    public readonly delegate* unmanaged<nint*, uint, CudaStatus> cuEventCreate;
    public readonly delegate* unmanaged<nint, CudaStatus> cuEventDestroy;
    public readonly delegate* unmanaged<nint, nint, CudaStatus> cuEventRecord;
    public readonly delegate* unmanaged<nint, CudaStatus> cuEventSynchronize;
    public readonly delegate* unmanaged<nint, CudaStatus> cuEventQuery;
    public readonly delegate* unmanaged<float*, nint, nint, CudaStatus> cuEventElapsedTime;
    public readonly delegate* unmanaged<nint, int, CudaStatus> cuStreamBeginCapture;
    public readonly delegate* unmanaged<nint, int*, CudaStatus> cuStreamIsCapturing;
    public readonly delegate* unmanaged<nint, nint*, CudaStatus> cuStreamEndCapture;
    public readonly delegate* unmanaged<nint*, nint, ulong, CudaStatus> cuGraphInstantiateWithFlags;
    public readonly delegate* unmanaged<nint, nint, CudaStatus> cuGraphLaunch;
    public readonly delegate* unmanaged<nint, CudaStatus> cuGraphDestroy;
    public readonly delegate* unmanaged<nint, CudaStatus> cuGraphExecDestroy;

    /// <summary>Since CUDA 12.4, and only wanted for the names in an error; null in older drivers.</summary>
    public readonly delegate* unmanaged<uint*, nint, CudaStatus> cuModuleGetFunctionCount;

    /// <inheritdoc cref="cuModuleGetFunctionCount"/>
    public readonly delegate* unmanaged<nint*, uint, nint, CudaStatus> cuModuleEnumerateFunctions;

    /// <inheritdoc cref="cuModuleGetFunctionCount"/>
    public readonly delegate* unmanaged<byte**, nint, CudaStatus> cuFuncGetName;

    /// <summary>Since CUDA 12.4, and only wanted where an image does not list its kernels' parameters; null in older drivers.</summary>
    public readonly delegate* unmanaged<nint, nuint, nuint*, nuint*, CudaStatus> cuFuncGetParamInfo;

    private readonly List<string> _missing = [];

    /// <summary>Looks every function up.</summary>
    /// <param name="export">Address of an exported function; 0 when the library has none of that name.</param>
    public NvidiaEntryPoints(Func<string, nint> export)
    {
        nint Find(string name)
        {
            nint address = export(name);
            if (address == 0)
                _missing.Add(name);
            return address;
        }

        cuInit = (delegate* unmanaged<uint, CudaStatus>)Find("cuInit");
        cuGetErrorName = (delegate* unmanaged<CudaStatus, byte**, CudaStatus>)Find("cuGetErrorName");
        cuGetErrorString = (delegate* unmanaged<CudaStatus, byte**, CudaStatus>)Find("cuGetErrorString");
        cuDeviceGetCount = (delegate* unmanaged<int*, CudaStatus>)Find("cuDeviceGetCount");
        cuDeviceGet = (delegate* unmanaged<int*, int, CudaStatus>)Find("cuDeviceGet");
        cuDeviceGetName = (delegate* unmanaged<byte*, int, int, CudaStatus>)Find("cuDeviceGetName");
        cuDeviceGetAttribute = (delegate* unmanaged<int*, DeviceAttribute, int, CudaStatus>)Find("cuDeviceGetAttribute");
        cuDeviceTotalMem = (delegate* unmanaged<nuint*, int, CudaStatus>)Find("cuDeviceTotalMem_v2");
        cuDevicePrimaryCtxRetain = (delegate* unmanaged<nint*, int, CudaStatus>)Find("cuDevicePrimaryCtxRetain");
        cuDevicePrimaryCtxRelease = (delegate* unmanaged<int, CudaStatus>)Find("cuDevicePrimaryCtxRelease_v2");
        cuCtxPushCurrent = (delegate* unmanaged<nint, CudaStatus>)Find("cuCtxPushCurrent_v2");
        cuCtxPopCurrent = (delegate* unmanaged<nint*, CudaStatus>)Find("cuCtxPopCurrent_v2");
        cuCtxSynchronize = (delegate* unmanaged<CudaStatus>)Find("cuCtxSynchronize");
        cuCtxGetDevice = (delegate* unmanaged<int*, CudaStatus>)Find("cuCtxGetDevice");
        cuModuleLoadDataEx = (delegate* unmanaged<nint*, byte*, uint, int*, void**, CudaStatus>)Find("cuModuleLoadDataEx");
        cuModuleUnload = (delegate* unmanaged<nint, CudaStatus>)Find("cuModuleUnload");
        cuModuleGetFunction = (delegate* unmanaged<nint*, nint, byte*, CudaStatus>)Find("cuModuleGetFunction");
        cuModuleGetGlobal = (delegate* unmanaged<ulong*, nuint*, nint, byte*, CudaStatus>)Find("cuModuleGetGlobal_v2");
        cuFuncGetAttribute = (delegate* unmanaged<int*, CudaFunctionAttribute, nint, CudaStatus>)Find("cuFuncGetAttribute");
        cuFuncSetAttribute = (delegate* unmanaged<nint, CudaFunctionAttribute, int, CudaStatus>)Find("cuFuncSetAttribute");
        cuLaunchKernelEx = (delegate* unmanaged<LaunchConfig*, nint, void**, void**, CudaStatus>)Find("cuLaunchKernelEx");
        cuMemGetInfo = (delegate* unmanaged<nuint*, nuint*, CudaStatus>)Find("cuMemGetInfo_v2");
        cuPointerGetAttribute = (delegate* unmanaged<void*, PointerAttribute, ulong, CudaStatus>)Find("cuPointerGetAttribute");
        cuMemAlloc = (delegate* unmanaged<ulong*, nuint, CudaStatus>)Find("cuMemAlloc_v2");
        cuMemFree = (delegate* unmanaged<ulong, CudaStatus>)Find("cuMemFree_v2");
        cuMemHostAlloc = (delegate* unmanaged<void**, nuint, uint, CudaStatus>)Find("cuMemHostAlloc");
        cuMemFreeHost = (delegate* unmanaged<void*, CudaStatus>)Find("cuMemFreeHost");
        cuMemcpyHtoDAsync = (delegate* unmanaged<ulong, void*, nuint, nint, CudaStatus>)Find("cuMemcpyHtoDAsync_v2");
        cuMemcpyDtoHAsync = (delegate* unmanaged<void*, ulong, nuint, nint, CudaStatus>)Find("cuMemcpyDtoHAsync_v2");
        cuMemcpyDtoDAsync = (delegate* unmanaged<ulong, ulong, nuint, nint, CudaStatus>)Find("cuMemcpyDtoDAsync_v2");
        cuMemsetD8Async = (delegate* unmanaged<ulong, byte, nuint, nint, CudaStatus>)Find("cuMemsetD8Async");
        cuStreamCreate = (delegate* unmanaged<nint*, uint, CudaStatus>)Find("cuStreamCreate");
        cuStreamDestroy = (delegate* unmanaged<nint, CudaStatus>)Find("cuStreamDestroy_v2");
        cuStreamGetCtx = (delegate* unmanaged<nint, nint*, CudaStatus>)Find("cuStreamGetCtx");
        cuStreamSynchronize = (delegate* unmanaged<nint, CudaStatus>)Find("cuStreamSynchronize");
        cuStreamWaitEvent = (delegate* unmanaged<nint, nint, uint, CudaStatus>)Find("cuStreamWaitEvent");
        cuEventCreate = (delegate* unmanaged<nint*, uint, CudaStatus>)Find("cuEventCreate");
        cuEventDestroy = (delegate* unmanaged<nint, CudaStatus>)Find("cuEventDestroy_v2");
        cuEventRecord = (delegate* unmanaged<nint, nint, CudaStatus>)Find("cuEventRecord");
        cuEventSynchronize = (delegate* unmanaged<nint, CudaStatus>)Find("cuEventSynchronize");
        cuEventQuery = (delegate* unmanaged<nint, CudaStatus>)Find("cuEventQuery");
        cuEventElapsedTime = (delegate* unmanaged<float*, nint, nint, CudaStatus>)Find("cuEventElapsedTime");
        cuStreamBeginCapture = (delegate* unmanaged<nint, int, CudaStatus>)Find("cuStreamBeginCapture_v2");
        cuStreamIsCapturing = (delegate* unmanaged<nint, int*, CudaStatus>)Find("cuStreamIsCapturing");
        cuStreamEndCapture = (delegate* unmanaged<nint, nint*, CudaStatus>)Find("cuStreamEndCapture");
        cuGraphInstantiateWithFlags = (delegate* unmanaged<nint*, nint, ulong, CudaStatus>)Find("cuGraphInstantiateWithFlags");
        cuGraphLaunch = (delegate* unmanaged<nint, nint, CudaStatus>)Find("cuGraphLaunch");
        cuGraphDestroy = (delegate* unmanaged<nint, CudaStatus>)Find("cuGraphDestroy");
        cuGraphExecDestroy = (delegate* unmanaged<nint, CudaStatus>)Find("cuGraphExecDestroy");
        cuModuleGetFunctionCount = (delegate* unmanaged<uint*, nint, CudaStatus>)export("cuModuleGetFunctionCount");
        cuModuleEnumerateFunctions = (delegate* unmanaged<nint*, uint, nint, CudaStatus>)export("cuModuleEnumerateFunctions");
        cuFuncGetName = (delegate* unmanaged<byte**, nint, CudaStatus>)export("cuFuncGetName");
        cuFuncGetParamInfo = (delegate* unmanaged<nint, nuint, nuint*, nuint*, CudaStatus>)export("cuFuncGetParamInfo");
    }

    /// <summary>Functions that the library lacks; it cannot be used when there are any.</summary>
    public IReadOnlyList<string> Missing => _missing;
}
