namespace UniMed.Native.Reference;

/// <summary>
/// Linear layers. Shapes: input [rows, in], weight [out, in], output [rows, out]. Work: 2 * rows * in * out FLOP; the weight is read once.
/// </summary>
public sealed partial class ReferenceDevice
{
    /// <inheritdoc/>
    public override unsafe void Linear(LinearWeights weights, Tensor input, Activation activation, Tensor? residual, Tensor output)
    {
        var own = Own<ReferenceLinearWeights>(weights);
        int columns = own.Weight.Rows;
        Require.Shape(input, input.Rows, own.Weight.Columns, nameof(input));
        Require.Shape(output, input.Rows, columns, nameof(output));
        if (residual is { } r)
            Require.Shape(r, input.Rows, columns, nameof(residual));
        float* add = residual is { } given ? Data(given) : null;
        float* to = Data(output);
        MatrixRows.Product(own.Weight, Data(input), input.Rows, (row, token, value) =>
        {
            if (own.Bias is not null)
                value += own.Bias[row];
            if (activation == Activation.Gelu)
                value = Gelu.Apply(value);
            long at = ((long)token * columns) + row;
            to[at] = add == null ? value : value + add[at];
        });
        KeepAlive(input, residual, output);
    }

    /// <inheritdoc/>
    public override unsafe void SwiGlu(GatedWeights weights, Tensor input, Tensor output)
    {
        var own = Own<ReferenceGatedWeights>(weights);
        int columns = own.Gate.Rows;
        Require.Shape(input, input.Rows, own.Gate.Columns, nameof(input));
        Require.Shape(output, input.Rows, columns, nameof(output));
        float* to = Data(output);
        MatrixRows.Product(own.Gate, Data(input), input.Rows, (row, token, value) => to[((long)token * columns) + row] = value / (1 + MathF.Exp(-value)));
        MatrixRows.Product(own.Up, Data(input), input.Rows, (row, token, value) => to[((long)token * columns) + row] *= value);
        KeepAlive(input, output);
    }
}
