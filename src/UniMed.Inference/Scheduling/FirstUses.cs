using System.Security.Cryptography;

namespace UniMed.Inference.Scheduling;

/// <summary>
/// What the runtime makes when a process first uses it, and a first question would wait for: the instruments, the system's library of hashes, the loops that resize a picture. Another thread
/// brings it in while a model is loaded.
/// </summary>
/// <remarks>Thread-safe. The first call begins, the others do nothing.</remarks>
internal static class FirstUses
{
    private static int _begun;

    /// <summary>Begins, and does not wait.</summary>
    public static void Begin()
    {
        if (Interlocked.Exchange(ref _begun, 1) == 0)
            ThreadPool.UnsafeQueueUserWorkItem(static _ => BringIn(), null);
    }

    private static void BringIn()
    {
        try
        {
            _ = EngineTelemetry.Requests?.Enabled;
            using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            hash.GetHashAndReset();
            BicubicResize.Resize(new byte[12], width: 2, height: 2, outWidth: 1, outHeight: 1);
        }
        catch (Exception error) when (error is not OutOfMemoryException)
        {
            // Nobody waits here: whoever uses it meets the same error, and has a caller to tell.
        }
    }
}
