namespace UniMed.Native.Tests.Devices;

/// <summary>Sizes of a causal attention test.</summary>
/// <param name="Hidden">Channels of a row.</param>
/// <param name="Heads">Query heads.</param>
/// <param name="KvHeads">Key and value heads.</param>
/// <param name="HeadDim">Channels of a head.</param>
/// <param name="BlockSize">Positions in a cache block.</param>
/// <param name="Positions">Positions the rotary table holds.</param>
public sealed record CausalShape(int Hidden, int Heads, int KvHeads, int HeadDim, int BlockSize, int Positions = 64);
