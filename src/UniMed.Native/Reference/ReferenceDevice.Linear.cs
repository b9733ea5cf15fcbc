using UniMed.Native.Host;

namespace UniMed.Native.Reference;

/// <summary>
/// Linear layers. Shapes: input [rows, in], weight [out, in], output [rows, out]. Work: 2 * rows * in * out FLOP; the weight is read once.
/// </summary>
public sealed partial class ReferenceDevice
{
    /// <inheritdoc/>
    protected override unsafe void LinearCore(LinearWeights weights, Tensor input, Activation activation, Tensor? residual, Tensor output)
    {
        var own = (InPlaceLinear<HostTensor>)weights;
        int columns = own.OutFeatures;
        float* add = residual is { } given ? Data(given) : null;
        float* to = Data(output);
        MatrixRows.Product(own.Matrix, Data(input), input.Rows, (row, token, value) =>
        {
            if (own.Bias is not null)
                value += own.Bias[row];
            if (activation == Activation.Gelu)
                value = Gelu.Apply(value);
            long at = ((long)token * columns) + row;
            to[at] = add == null ? value : value + add[at];
        });
    }

    /// <inheritdoc/>
    protected override unsafe void SwiGluCore(GatedWeights weights, Tensor input, Tensor output)
    {
        var own = (InPlaceGated<HostTensor>)weights;
        int columns = own.OutFeatures;
        float* to = Data(output);
        MatrixRows.Product(own.Gate, Data(input), input.Rows, (row, token, value) => to[((long)token * columns) + row] = value / (1 + MathF.Exp(-value)));
        MatrixRows.Product(own.Up, Data(input), input.Rows, (row, token, value) => to[((long)token * columns) + row] *= value);
    }
}
