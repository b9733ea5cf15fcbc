using ILGPU;
using ILGPU.Runtime;

namespace UniMed.Native.Ilgpu;

/// <summary>Has kernels compiled by ILGPU for a device that it opened.</summary>
internal sealed class AcceleratorLoader(Accelerator accelerator) : IIlgpuLoader
{
    /// <inheritdoc/>
    public string Name => accelerator.Name;

    /// <inheritdoc/>
    public Action<AcceleratorStream, KernelConfig, TArguments> Load<TArguments>(Action<TArguments> body)
        where TArguments : struct => accelerator.LoadKernel(body);
}
