using UniMed.Bench.Synthetic;
using UniMed.Native;

namespace UniMed.GpuBench.Checks;

/// <content>Linear layers, norms, copies.</content>
internal sealed partial class OperationChecks
{
    private void CheckMemory(CheckShape shape)
    {
        float[] values = _numbers.Activations(7, shape.Hidden);
        Compare("Upload, Copy, Download", $"{shape.Name} 7 x {shape.Hidden}", 0, buffers =>
        {
            Tensor copy = buffers.Empty(7, shape.Hidden);
            buffers.Device.Copy(buffers.Put(values, 7, shape.Hidden), copy);
            return copy;
        });
        Compare("GatherRows", $"{shape.Name} 4 of 7 rows", 0, buffers =>
        {
            Tensor gathered = buffers.Empty(4, shape.Hidden);
            buffers.Device.GatherRows(buffers.Put(values, 7, shape.Hidden), [6, 0, 3, 6], gathered);
            return gathered;
        });
    }

    private void CheckLinear(CheckShape shape)
    {
        foreach (SyntheticDtype dtype in _dtypes)
        {
            Linear(shape, dtype, shape.Hidden, shape.Intermediate);
            SwiGlu(shape, dtype);
        }
    }

    private void Linear(CheckShape shape, SyntheticDtype dtype, int columns, int rows)
    {
        HostTensor weight = _numbers.Matrix(dtype, rows, columns);
        HostTensor bias = _numbers.Vector(rows);
        int most = shape.Tokens.Max();
        float[] input = _numbers.Activations(most, columns);
        float[] residual = _numbers.Activations(most, rows);
        using var loaded = new BenchBuffers(_device);
        LinearWeights weights = loaded.DisposeWithThis(_device.LoadLinear(weight, bias));
        float[]? whole = null;
        foreach (int tokens in shape.Tokens.OrderDescending())
        {
            float[] rowsOfInput = input[..(tokens * columns)];
            string what = $"{shape.Name} {Label(dtype)}, {tokens} x {columns} -> {rows}";
            Compare("Linear", $"{what}, bias, GELU", Bound(dtype), buffers =>
            {
                LinearWeights own = buffers.Device == _device ? weights : buffers.DisposeWithThis(buffers.Device.LoadLinear(weight, bias));
                Tensor output = buffers.Empty(tokens, rows);
                buffers.Device.Linear(own, buffers.Put(rowsOfInput, tokens, columns), Activation.Gelu, null, output);
                return output;
            });
            Compare("Linear", $"{what}, residual in place", Bound(dtype), buffers =>
            {
                LinearWeights own = buffers.Device == _device ? weights : buffers.DisposeWithThis(buffers.Device.LoadLinear(weight, bias));
                Tensor output = buffers.Put(residual[..(tokens * rows)], tokens, rows);
                buffers.Device.Linear(own, buffers.Put(rowsOfInput, tokens, columns), Activation.None, output, output);
                return output;
            });
            float[] alone = On(_device, buffers =>
            {
                Tensor output = buffers.Empty(tokens, rows);
                _device.Linear(weights, buffers.Put(rowsOfInput, tokens, columns), Activation.None, null, output);
                return output;
            }).Values;
            whole ??= alone;
            if (tokens != most)
                Same("Linear", $"{what}: bits as among {most}", whole[..alone.Length], alone);
        }
    }

    private void SwiGlu(CheckShape shape, SyntheticDtype dtype)
    {
        HostTensor gate = _numbers.Matrix(dtype, shape.Intermediate, shape.Hidden);
        HostTensor up = _numbers.Matrix(dtype, shape.Intermediate, shape.Hidden);
        foreach (int tokens in (int[])[1, 9])
        {
            float[] input = _numbers.Activations(tokens, shape.Hidden);
            // A product of two sums has the errors of both.
            Compare("SwiGlu", $"{shape.Name} {Label(dtype)}, {tokens} x {shape.Hidden} -> {shape.Intermediate}", 2 * Bound(dtype), buffers =>
            {
                Tensor output = buffers.Empty(tokens, shape.Intermediate);
                buffers.Device.SwiGlu(buffers.DisposeWithThis(buffers.Device.LoadGated(gate, up)), buffers.Put(input, tokens, shape.Hidden), output);
                return output;
            });
        }
    }

    private void CheckNorms(CheckShape shape)
    {
        foreach (int columns in (int[])[shape.Hidden, shape.VisionWidth])
        {
            const int Rows = 33;
            HostTensor scale = _numbers.Vector(columns, 1);
            HostTensor shift = _numbers.Vector(columns);
            float[] input = _numbers.Activations(Rows, columns, 5);
            Compare("LayerNorm", $"{shape.Name} {Rows} x {columns}", Fp32Bound, buffers =>
            {
                Tensor output = buffers.Empty(Rows, columns);
                buffers.Device.LayerNorm(buffers.DisposeWithThis(buffers.Device.LoadNorm(scale, shift)), buffers.Put(input, Rows, columns), 1e-6f, output);
                return output;
            });
            Compare("RmsNorm", $"{shape.Name} {Rows} x {columns}, in place", Fp32Bound, buffers =>
            {
                Tensor output = buffers.Put(input, Rows, columns);
                buffers.Device.RmsNorm(buffers.DisposeWithThis(buffers.Device.LoadNorm(scale, null)), output, 1e-5f, output);
                return output;
            });
        }
    }
}
