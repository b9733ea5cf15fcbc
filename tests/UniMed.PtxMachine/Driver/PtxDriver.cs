using UniMed.Native;
using UniMed.Native.Cuda;
using UniMed.Native.Cuda.Emulated;
using UniMed.PtxMachine.Execution;

namespace UniMed.PtxMachine.Driver;

/// <summary>Opens the machine as a CUDA device.</summary>
internal static class PtxDriver
{
    private static readonly Lazy<(PtxImage? Image, string Reason)> Built = new(() =>
        PtxImage.File.Find(out string reason) is { } path ? (new PtxImage(File.ReadAllText(path)), "") : (null, reason));

    /// <summary>The PTX of this build; null where there is none.</summary>
    /// <param name="reason">Where it was looked for and how to make it; empty when it was found.</param>
    public static PtxImage? TryGetImage(out string reason)
    {
        reason = Built.Value.Reason;
        return Built.Value.Image;
    }

    /// <summary>Opens a device.</summary>
    /// <param name="image">Its kernels.</param>
    /// <param name="threads">Threads that run blocks.</param>
    /// <param name="tensorCore">What adds the products of <c>mma</c>; null stands for <see cref="TensorCore.OneByOne"/>.</param>
    public static ICudaDriver Open(PtxImage image, int threads, TensorCore? tensorCore = null) => new EmulatedDriver(new PtxHost(image, threads, tensorCore));

    /// <summary>The CUDA device on the machine; null where there is no PTX.</summary>
    /// <param name="threads">Threads that run blocks.</param>
    /// <param name="reason">Where the PTX was looked for and how to make it; empty when it was found.</param>
    /// <param name="tensorCore">What adds the products of <c>mma</c>; null stands for <see cref="TensorCore.OneByOne"/>.</param>
    public static Device? TryOpenDevice(int threads, out string reason, TensorCore? tensorCore = null) =>
        TryGetImage(out reason) is { } image ? new CudaDevice(Open(image, threads, tensorCore)) : null;
}
