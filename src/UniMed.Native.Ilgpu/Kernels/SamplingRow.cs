using System.Runtime.InteropServices;

namespace UniMed.Native.Ilgpu.Kernels;

/// <summary><see cref="SamplingParameters"/> as the kernel reads them.</summary>
[StructLayout(LayoutKind.Sequential, Pack = 4)]
internal struct SamplingRow
{
    /// <summary>The unit in which <see cref="DropLimit"/> counts: 2^-24, since 1 - top_p has no finer digits in fp32.</summary>
    private const float LimitUnits = 1 << 24;

    public int DoSample;
    public float Temperature;
    public int TopK;
    public float RepetitionPenalty;
    public int MinLength;
    public int EosTokenId;
    public uint SeedLow;
    public uint SeedHigh;

    /// <summary>1: top-p is on.</summary>
    public int HasTopP;

    /// <summary>1 - top_p: the probability that may be dropped.</summary>
    public uint DropLimit;

    public static SamplingRow Of(SamplingParameters how) => new()
    {
        DoSample = how.DoSample ? 1 : 0,
        Temperature = how.Temperature,
        TopK = how.TopK,
        RepetitionPenalty = how.RepetitionPenalty,
        MinLength = how.MinLength,
        EosTokenId = how.EosTokenId,
        SeedLow = (uint)how.Seed,
        SeedHigh = (uint)(how.Seed >> 32),
        HasTopP = how.DoSample && how.TopP < 1 ? 1 : 0,
        DropLimit = how.DoSample ? (uint)((1 - how.TopP) * LimitUnits) : 0,
    };
}
