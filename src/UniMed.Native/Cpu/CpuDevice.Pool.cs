using UniMed.Native.Host;

namespace UniMed.Native.Cpu;

/// <summary>2 x 2 pooling of the patch grid: <see cref="Pooling"/>.</summary>
public sealed partial class CpuDevice
{
    /// <inheritdoc/>
    protected override unsafe void PoolCore(Tensor input, int grid, PoolKind kind, Tensor output)
    {
        Pooling.Run(Data(input), grid, input.Columns, kind, Data(output), output.Rows);
    }
}
