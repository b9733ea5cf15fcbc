using System.Numerics;
using System.Runtime.InteropServices;
using UniMed.Native;
using UniMed.WeightsConverter.Sources;
using UniMed.WeightsConverter.Torch;

namespace UniMed.WeightsConverter.Conversion;

/// <summary>
/// Adds (alpha / rank) B A to rows of a weight, in fp32. Each element sums its rank products in the order 0, 1, 2, ... with one rounding after each multiplication
/// and each addition, whatever the vector width: the same files give the same bytes on every machine.
/// </summary>
internal sealed class LoraMerger
{
    private readonly float[] _a;
    private readonly float[] _b;
    private readonly int _rank;
    private readonly int _columns;
    private readonly float _scale;
    private readonly float[] _update;

    /// <summary>Reads both halves.</summary>
    /// <param name="pair">A pair whose shapes were checked.</param>
    public LoraMerger(LoraPair pair)
    {
        _rank = pair.Rank;
        _columns = (int)pair.A.Shape[1];
        _scale = (float)(pair.Alpha / pair.Rank);
        _a = ReadSingles(pair.A);
        _b = ReadSingles(pair.B);
        _update = new float[_columns];
    }

    /// <summary>Adds the update to one row of the weight.</summary>
    /// <param name="row">Number of the row.</param>
    /// <param name="weights">Its elements, [in].</param>
    public void AddTo(long row, Span<float> weights)
    {
        Span<float> update = _update;
        update.Clear();
        for (int k = 0; k < _rank; k++)
            MultiplyAdd(_a.AsSpan(k * _columns, _columns), _b[(row * _rank) + k], update);
        MultiplyAdd(update, _scale, weights);
    }

    private static void MultiplyAdd(ReadOnlySpan<float> values, float factor, Span<float> sums)
    {
        ReadOnlySpan<Vector<float>> wideValues = MemoryMarshal.Cast<float, Vector<float>>(values);
        Span<Vector<float>> wideSums = MemoryMarshal.Cast<float, Vector<float>>(sums);
        for (int i = 0; i < wideValues.Length; i++)
            wideSums[i] += wideValues[i] * factor;
        for (int i = wideValues.Length * Vector<float>.Count; i < values.Length; i++)
            sums[i] += values[i] * factor;
    }

    private static float[] ReadSingles(SourceTensor tensor)
    {
        var bytes = new byte[checked(tensor.Count * tensor.Type.Size())];
        tensor.Read(0, bytes);
        var values = new float[tensor.Count];
        FloatConversion.ToSingle(bytes, tensor.Type.ToElementType()!.Value, values);
        return values;
    }
}
