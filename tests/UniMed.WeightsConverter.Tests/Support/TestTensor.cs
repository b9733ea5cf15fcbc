using System.Runtime.InteropServices;

namespace UniMed.WeightsConverter.Tests.Support;

/// <summary>A tensor to put into a test archive, contiguous in a storage of its own.</summary>
internal sealed record TestTensor(string StorageClass, long[] Shape, byte[] Bytes)
{
    public static TestTensor Singles(long[] shape, Func<int, float> value)
    {
        float[] values = [.. Enumerable.Range(0, (int)shape.Aggregate(1L, (a, b) => a * b)).Select(value)];
        return new TestTensor("FloatStorage", shape, MemoryMarshal.AsBytes<float>(values).ToArray());
    }

    public static TestTensor Zeros(params long[] shape) => Singles(shape, _ => 0);
}
