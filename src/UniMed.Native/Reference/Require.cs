namespace UniMed.Native.Reference;

/// <summary>Shape checks of operations.</summary>
internal static class Require
{
    public static void Shape(Tensor tensor, int rows, int columns, string name)
    {
        if (tensor.Rows != rows || tensor.Columns != columns)
            throw new ArgumentException($"{name} must be {rows} x {columns}, not {tensor.Rows} x {tensor.Columns}.", name);
    }

    public static void Vector(HostTensor tensor, int columns, string name)
    {
        if (tensor.Rows != 1 || tensor.Columns != columns)
            throw new ArgumentException($"{name} must be 1 x {columns}, not {tensor.Rows} x {tensor.Columns}.", name);
    }

    public static void Float(HostTensor tensor, string name)
    {
        if (!tensor.Type.IsFloat())
            throw new ArgumentException($"{name} is {tensor.Type.SafetensorsName()}; the reference device takes F32, F16, BF16 and F64 weights.", name);
    }

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
