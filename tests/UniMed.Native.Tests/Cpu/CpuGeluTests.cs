using UniMed.Native.Cpu;
using UniMed.Native.Tests.Expected;
using Xunit;

namespace UniMed.Native.Tests.Cpu;

/// <summary>GELU far from zero, where its exact value leaves the range of fp32's normal numbers.</summary>
public sealed class CpuGeluTests
{
    [Fact]
    public void Nothing_subnormal_reaches_the_next_layer_and_nothing_is_lost_that_fp32_holds()
    {
        float[] inputs = [.. Enumerable.Range(0, 20_001).Select(i => (i - 10_000) * 0.002f)];

        float[] outputs = Gelu(inputs);

        for (int i = 0; i < inputs.Length; i++)
        {
            double x = inputs[i];
            double expected = x * ErrorFunction.Erfc(-x / Math.Sqrt(2)) / 2;
            Assert.False(float.IsSubnormal(outputs[i]), $"GELU({x}) is {outputs[i]}.");
            Assert.True(Math.Abs(outputs[i] - expected) <= (Math.Abs(expected) * (1e-6 + (x * x * 1e-7))) + 5e-35, $"GELU({x}) is {outputs[i]}, not {expected}.");
        }
    }

    [Fact]
    public void Infinities_and_NaN_show()
    {
        float[] outputs = Gelu([float.PositiveInfinity, float.NegativeInfinity, float.NaN, float.MaxValue, float.MinValue, -12.5f]);

        Assert.Equal(float.PositiveInfinity, outputs[0]);
        Assert.True(float.IsNaN(outputs[1]));
        Assert.True(float.IsNaN(outputs[2]));
        Assert.Equal(float.MaxValue, outputs[3]);
        Assert.Equal(0, outputs[4]);
        Assert.InRange(outputs[5], -5e-35f, -4e-35f);
    }

    /// <summary>A layer whose only row is all ones, on one number each.</summary>
    private static float[] Gelu(float[] inputs)
    {
        using var device = new CpuDevice();
        using LinearWeights one = device.LoadLinear(HostTensor.FromArray([1f], 1, 1), null);
        using DeviceBuffer buffer = device.Allocate(2 * inputs.Length);
        Tensor all = buffer.AsTensor(2 * inputs.Length, 1);
        device.Upload(inputs, all.Slice(0, inputs.Length));
        device.Linear(one, all.Slice(0, inputs.Length), Activation.Gelu, null, all.Slice(inputs.Length, inputs.Length));
        var outputs = new float[inputs.Length];
        device.Download(all.Slice(inputs.Length, inputs.Length), outputs);
        return outputs;
    }
}
