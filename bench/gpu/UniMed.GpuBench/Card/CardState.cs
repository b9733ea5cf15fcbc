namespace UniMed.GpuBench.Card;

/// <summary>Clocks and limits of a card at a moment, as nvidia-smi spells them.</summary>
/// <param name="Time">UTC.</param>
/// <param name="Facts">nvidia-smi's names and values; empty where it does not run.</param>
internal sealed record CardState(DateTime Time, IReadOnlyDictionary<string, string> Facts);
