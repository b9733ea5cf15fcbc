using System.Runtime.InteropServices;

namespace UniMed.Native.Ilgpu.Kernels;

/// <summary><see cref="SamplingParameters"/> as the kernel reads them.</summary>
[StructLayout(LayoutKind.Sequential, Pack = 4)]
internal struct SamplingRow
{
    public int DoSample;
    public float Temperature;
    public int TopK;
    public float RepetitionPenalty;
    public int MinLength;
    public int EosTokenId;
    public uint SeedLow;
    public uint SeedHigh;

    /// <inheritdoc cref="TokenSampler.DropUnits"/>
    public uint DropUnits;

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
        DropUnits = TokenSampler.DropUnits(how),
    };
}
