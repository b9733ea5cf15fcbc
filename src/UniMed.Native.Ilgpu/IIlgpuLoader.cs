using ILGPU;
using ILGPU.Runtime;

namespace UniMed.Native.Ilgpu;

/// <summary>Makes kernels ready to run.</summary>
internal interface IIlgpuLoader
{
    /// <summary>What runs them, for errors.</summary>
    string Name { get; }

    /// <summary>Compiles a kernel.</summary>
    /// <typeparam name="TArguments">What it is given.</typeparam>
    /// <param name="body">What a thread does.</param>
    /// <returns>Asks for a run of it on a grid of groups.</returns>
    Action<AcceleratorStream, KernelConfig, TArguments> Load<TArguments>(Action<TArguments> body)
        where TArguments : struct;
}
