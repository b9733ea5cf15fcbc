namespace UniMed.Native.Reference;

/// <summary>Shape checks of operations.</summary>
internal static class Require
{
    public static void Shape(Tensor tensor, long rows, long columns, string name)
    {
        if (tensor.Rows != rows || tensor.Columns != columns)
            throw new ArgumentException($"{name} must be {rows} x {columns}, not {tensor.Rows} x {tensor.Columns}.", name);
    }

    public static void Vector(HostTensor tensor, int columns, string name)
    {
        if (tensor.Rows != 1 || tensor.Columns != columns)
            throw new ArgumentException($"{name} must be 1 x {columns}, not {tensor.Rows} x {tensor.Columns}.", name);
    }

    /// <summary>What may be the matrix of a layer.</summary>
    public static void Weight(HostTensor tensor, string name)
    {
        if (!tensor.IsWeight)
            throw new ArgumentException($"{name} is {tensor.Type.SafetensorsName()}; the reference device takes F32, F16, BF16 and F64 matrices and int8 and int4 blocks.", name);
    }

    /// <summary>Vectors and tables.</summary>
    public static void Float(HostTensor tensor, string name)
    {
        if (tensor.Format != WeightFormat.Plain || !tensor.Type.IsFloat())
        {
            string found = tensor.Format == WeightFormat.Plain ? tensor.Type.SafetensorsName() : tensor.Format.ToString();
            throw new ArgumentException($"{name} is {found}; the reference device takes it as F32, F16, BF16 or F64.", name);
        }
    }

    /// <summary>Every option of a row is in its range, and every id it will touch is in the vocabulary.</summary>
    public static void Sampling(SamplingParameters how, ReadOnlySpan<int> history, int vocabulary, string name)
    {
        if (!(how.RepetitionPenalty > 0) || (how.DoSample && (!(how.Temperature > 0) || !(how.TopP >= 0 && how.TopP <= 1) || how.TopK < 0)))
        {
            throw new ArgumentException(
                $"Repetition penalty {how.RepetitionPenalty}, temperature {how.Temperature}, top-p {how.TopP}, top-k {how.TopK}: penalty and temperature must be positive, top-p in [0, 1], top-k at least 0.", name);
        }

        if (history.Length < how.MinLength && (uint)how.EosTokenId >= (uint)vocabulary)
            throw new ArgumentException($"End token {how.EosTokenId} in a vocabulary of {vocabulary}.", name);
        foreach (int id in history)
        {
            if ((uint)id >= (uint)vocabulary)
                throw new ArgumentException($"Token id {id} of the history in a vocabulary of {vocabulary}.", nameof(history));
        }
    }

    /// <summary>Length of a scratch array, at least 1.</summary>
    public static int Scratch(long elements, string name) =>
        elements <= Array.MaxLength
            ? (int)Math.Max(1, elements)
            : throw new ArgumentException($"{name} has too many rows for one call: {elements} intermediate numbers; the reference device takes up to {Array.MaxLength}.", name);

    public static void Offsets(ReadOnlySpan<int> offsets, int rows, string name)
    {
        if (offsets.Length == 0 || offsets[0] != 0 || offsets[^1] != rows)
            throw new ArgumentException($"{name} must run from 0 to {rows}.", name);
        for (int i = 1; i < offsets.Length; i++)
        {
            if (offsets[i] < offsets[i - 1])
                throw new ArgumentException($"{name} falls from {offsets[i - 1]} to {offsets[i]}.", name);
        }
    }
}
