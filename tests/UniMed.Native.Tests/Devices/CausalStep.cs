namespace UniMed.Native.Tests.Devices;

/// <summary>The rows that one sequence brings to a call.</summary>
/// <param name="Input">[rows, hidden].</param>
/// <param name="Start">Position of the first row.</param>
/// <param name="Blocks">The sequence's cache blocks, in order of position; may be longer than needed.</param>
public sealed record CausalStep(float[,] Input, int Start, int[] Blocks);
