using UniMed.GpuBench.Card;
using Xunit;

namespace UniMed.GpuBench.Tests;

/// <summary>nvidia-smi's answer as names and values.</summary>
public class NvidiaSmiTests
{
    [Fact]
    public void A_line_becomes_named_values()
    {
        IReadOnlyDictionary<string, string> facts = NvidiaSmi.Parse("550.54.15, 1980 MHz, 2619 MHz, 1980 MHz, 2619 MHz, 118.42 W, 700.00 W, 34, Enabled, Enabled");

        Assert.Equal("550.54.15", facts["driver_version"]);
        Assert.Equal("1980 MHz", facts["clocks.sm"]);
        Assert.Equal("700.00 W", facts["power.limit"]);
        Assert.Equal("34", facts["temperature.gpu"]);
    }

    [Fact]
    public void An_answer_of_another_kind_tells_nothing() => Assert.Empty(NvidiaSmi.Parse("No devices were found"));
}
