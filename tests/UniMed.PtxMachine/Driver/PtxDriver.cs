using UniMed.Native;
using UniMed.Native.Cuda;
using UniMed.Native.Cuda.Emulated;

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
    public static ICudaDriver Open(PtxImage image, int threads) => new EmulatedDriver(new PtxHost(image, threads));

    /// <summary>The CUDA device on the machine; null where there is no PTX.</summary>
    /// <param name="threads">Threads that run blocks.</param>
    /// <param name="reason">Where the PTX was looked for and how to make it; empty when it was found.</param>
    public static Device? TryOpenDevice(int threads, out string reason) => TryGetImage(out reason) is { } image ? new CudaDevice(Open(image, threads)) : null;
}
