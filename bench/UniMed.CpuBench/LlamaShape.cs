namespace UniMed.CpuBench;

/// <summary>Sizes of a LLaMA.</summary>
internal sealed record LlamaShape(string Name, int Hidden, int Layers, int Heads, int KvHeads, int Intermediate, int Vocabulary)
{
    public static LlamaShape TinyLlama { get; } = new("tinyllama-1.1b", 2048, 22, 32, 4, 5632, 32000);

    public static LlamaShape Llama2 { get; } = new("llama2-7b", 4096, 32, 32, 32, 11008, 32000);

    public int HeadDim => Hidden / Heads;

    /// <summary>Weights of the matrices of all layers.</summary>
    public long LayerWeights => Layers * (((long)Hidden * Hidden * 2) + ((long)Hidden * HeadDim * KvHeads * 2) + (3L * Hidden * Intermediate));

    /// <summary>Weights that a new token reads: those of the layers and lm_head.</summary>
    public long TokenWeights => LayerWeights + ((long)Hidden * Vocabulary);
}
