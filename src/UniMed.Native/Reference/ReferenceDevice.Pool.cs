using UniMed.Native.Host;

namespace UniMed.Native.Reference;

/// <summary>2 x 2 pooling of the patch grid: <see cref="Pooling"/>.</summary>
public sealed partial class ReferenceDevice
{
    /// <inheritdoc/>
    public override unsafe void Pool(Tensor input, int grid, PoolKind kind, Tensor output)
    {
        Require.Pool(input, grid, output);
        Pooling.Run(Data(input), grid, input.Columns, kind, Data(output), output.Rows);
        KeepAlive(input, output);
    }
}
