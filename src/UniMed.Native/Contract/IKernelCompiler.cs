namespace UniMed.Native;

/// <summary>A device whose kernels are compiled on this machine, each when it is first wanted: the first question waits for that unless the compiling is asked for before.</summary>
public interface IKernelCompiler
{
    /// <summary>Compiles every kernel that is not compiled yet. Thread-safe; other operations may run meanwhile.</summary>
    /// <param name="cancellationToken">Stops after the kernel that is being compiled.</param>
    /// <returns>Ends when all kernels are there.</returns>
    Task CompileAsync(CancellationToken cancellationToken = default);
}
