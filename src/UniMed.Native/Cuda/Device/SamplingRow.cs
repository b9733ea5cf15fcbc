using System.Runtime.InteropServices;

namespace UniMed.Native.Cuda;

/// <summary><see cref="SamplingParameters"/> as native/cuda/sampling/sampling_row.h lays them out.</summary>
[StructLayout(LayoutKind.Sequential, Pack = 4)]
internal readonly struct SamplingRow(SamplingParameters how)
{
    private readonly int _doSample = how.DoSample ? 1 : 0;
    private readonly float _temperature = how.Temperature;
    private readonly int _topK = how.TopK;
    private readonly uint _dropUnits = TokenSampler.DropUnits(how);
    private readonly float _repetitionPenalty = how.RepetitionPenalty;
    private readonly int _minLength = how.MinLength;
    private readonly int _eosTokenId = how.EosTokenId;
    private readonly uint _seedLow = (uint)how.Seed;
    private readonly uint _seedHigh = (uint)(how.Seed >> 32);
}
