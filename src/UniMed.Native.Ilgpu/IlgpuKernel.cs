using System.Reflection;
using ILGPU;
using ILGPU.Runtime;

namespace UniMed.Native.Ilgpu;

/// <summary>A kernel that is compiled for its device when it is first wanted, and kept. Thread-safe.</summary>
/// <typeparam name="TArguments">What it is given.</typeparam>
internal sealed class IlgpuKernel<TArguments> : IIlgpuKernel
    where TArguments : struct
{
    private readonly Lazy<Action<AcceleratorStream, KernelConfig, TArguments>> _launch;
    private readonly int _threads;

    /// <summary>Names a kernel.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="loader">What compiles it; null for a kernel that is only looked at.</param>
    /// <param name="threads">Threads of a group.</param>
    /// <param name="body">What a thread does.</param>
    public IlgpuKernel(string name, IIlgpuLoader? loader, int threads, Action<TArguments> body)
    {
        Name = name;
        Method = body.Method;
        _threads = threads;
        _launch = new(() => Load(loader ?? throw new InvalidOperationException($"Kernel {name} has no device."), body));
    }

    /// <inheritdoc/>
    public string Name { get; }

    /// <inheritdoc/>
    public MethodInfo Method { get; }

    /// <inheritdoc/>
    public void Compile() => _ = _launch.Value;

    private Action<AcceleratorStream, KernelConfig, TArguments> Load(IIlgpuLoader loader, Action<TArguments> body)
    {
        try
        {
            return loader.Load(body);
        }
        catch (Exception error) when (error is AcceleratorException or InternalCompilerException or NotSupportedException)
        {
            throw new InvalidOperationException($"The ILGPU kernel {Name} does not compile for {loader.Name}: {error.Message} Choose another device; 'unimed devices' lists them.", error);
        }
    }

    /// <summary>Asks for a run on a grid of groups.</summary>
    public void Launch(AcceleratorStream stream, Index3D grid, TArguments arguments) => _launch.Value(stream, new KernelConfig(grid, new Index3D(_threads, 1, 1)), arguments);
}
