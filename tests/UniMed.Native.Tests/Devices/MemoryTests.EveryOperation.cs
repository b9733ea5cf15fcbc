namespace UniMed.Native.Tests.Devices;

/// <summary>Every tensor argument of every operation.</summary>
public abstract partial class MemoryTests<TFixture>
{
    private static readonly SamplingParameters Greedy = new(false, 1, 0, 1, 1, 0, 0, 0);

    private List<Operation> EveryOperation()
    {
        var random = new Random(123);
        HostTensor square = new StoredMatrix(random, 4, 4, ElementType.F32).Tensor;
        HostTensor vector = new StoredMatrix(random, 1, 4, ElementType.F32).Tensor;
        LinearWeights linear = Own(Device.LoadLinear(square, vector));
        NormWeights norm = Own(Device.LoadNorm(vector, vector));
        GatedWeights gated = Own(Device.LoadGated(square, square));
        QkvWeights qkv = Own(Device.LoadQkv(square, square, square, 2, 2, new RotaryTable(2, 8, 10000)));
        EmbeddingWeights table = Own(Device.LoadEmbedding(square));
        RouterWeights router = Own(Device.LoadRouter(square, vector, square, vector, 2));
        ExpertWeights experts = Own(Device.LoadExperts([(square, vector), (square, vector)], []));
        PatchEmbeddingWeights patches = Own(Device.LoadPatchEmbedding(
            new StoredMatrix(random, 4, 3, ElementType.F32).Tensor, vector, vector, new StoredMatrix(random, 2, 4, ElementType.F32).Tensor, 1, 1));
        KvCache cache = Own(Device.CreateKvCache(1, 2, 2, 2, 4));
        Tensor four = Output(new float[2, 4]).Tensor;
        Tensor two = Output(new float[2, 2]).Tensor;
        Tensor twelve = Output(new float[2, 12]).Tensor;
        var soft = new RouterOptions(RouterKind.Soft);
        return
        [
            new("Upload to", 2, 4, t => Device.Upload(new float[8], t)),
            new("Download from", 2, 4, t => Device.Download(t, new float[8])),
            new("Copy from", 2, 4, t => Device.Copy(t, Any(2, 4))),
            new("Copy to", 2, 4, t => Device.Copy(four, t)),
            new("LayerNorm input", 2, 4, t => Device.LayerNorm(norm, t, 1e-5f, Any(2, 4))),
            new("LayerNorm output", 2, 4, t => Device.LayerNorm(norm, four, 1e-5f, t)),
            new("RmsNorm input", 2, 4, t => Device.RmsNorm(norm, t, 1e-5f, Any(2, 4))),
            new("RmsNorm output", 2, 4, t => Device.RmsNorm(norm, four, 1e-5f, t)),
            new("Linear input", 2, 4, t => Device.Linear(linear, t, Activation.None, null, Any(2, 4))),
            new("Linear residual", 2, 4, t => Device.Linear(linear, four, Activation.None, t, Any(2, 4))),
            new("Linear output", 2, 4, t => Device.Linear(linear, four, Activation.None, null, t)),
            new("SwiGlu input", 2, 4, t => Device.SwiGlu(gated, t, Any(2, 4))),
            new("SwiGlu output", 2, 4, t => Device.SwiGlu(gated, four, t)),
            new("PatchEmbedding pixels", 1, 3, t => Device.PatchEmbedding(patches, t, Any(2, 4))),
            new("PatchEmbedding output", 2, 4, t => Device.PatchEmbedding(patches, Output(new float[1, 3]).Tensor, t)),
            new("VisionAttention qkv", 2, 12, t => Device.VisionAttention(t, 2, [0, 2], Any(2, 4))),
            new("VisionAttention output", 2, 4, t => Device.VisionAttention(twelve, 2, [0, 2], t)),
            new("QkvRotary input", 2, 4, t => Device.QkvRotary(qkv, t, new AttentionBatch([0, 2], [0], [1], 1), cache, 0, Any(2, 4))),
            new("QkvRotary query", 2, 4, t => Device.QkvRotary(qkv, four, new AttentionBatch([0, 2], [0], [1], 1), cache, 0, t)),
            new("PrefillAttention query", 2, 4, t => Device.PrefillAttention(t, new AttentionBatch([0, 2], [0], [1], 1), cache, 0, Any(2, 4))),
            new("PrefillAttention output", 2, 4, t => Device.PrefillAttention(four, new AttentionBatch([0, 2], [0], [1], 1), cache, 0, t)),
            new("DecodeAttention query", 2, 4, t => Device.DecodeAttention(t, new AttentionBatch([0, 1, 2], [1, 1], [1, 0], 1), cache, 0, Any(2, 4))),
            new("DecodeAttention output", 2, 4, t => Device.DecodeAttention(four, new AttentionBatch([0, 1, 2], [1, 1], [1, 0], 1), cache, 0, t)),
            new("Embed visual tokens", 2, 4, t => Device.Embed(table, [~1, 3], t, Any(2, 4))),
            new("Embed output", 2, 4, t => Device.Embed(table, [1, 3], null, t)),
            new("GatherRows input", 2, 4, t => Device.GatherRows(t, [1], Any(1, 4))),
            new("GatherRows output", 1, 4, t => Device.GatherRows(four, [1], t)),
            new("Pool input", 4, 4, t => Device.Pool(t, 2, PoolKind.Max, Any(1, 4))),
            new("Pool output", 1, 4, t => Device.Pool(Output(new float[4, 4]).Tensor, 2, PoolKind.Max, t)),
            new("FoldTask task tokens", 2, 2, t => Device.FoldTask(router, t, Any(2, 4))),
            new("FoldTask folded", 2, 4, t => Device.FoldTask(router, two, t)),
            new("Router tokens", 2, 2, t => Device.Router(router, soft, t, 2, four, Any(2, 4))),
            new("Router folded", 2, 4, t => Device.Router(router, soft, two, 2, t, Any(2, 4))),
            new("Router routing weights", 2, 4, t => Device.Router(router, soft, two, 2, four, t)),
            new("Router hard routing weights", 2, 4, t => Device.Router(null, new RouterOptions(RouterKind.Hard), two, 2, null, t)),
            new("Router constant routing weights", 2, 4, t => Device.Router(null, new RouterOptions(RouterKind.Constant), two, 2, null, t)),
            new("ExpertProjection tokens", 2, 4, t => Device.ExpertProjection(experts, t, Output(new float[,] { { 1, 0 }, { 0, 1 } }).Tensor, Any(2, 4))),
            new("ExpertProjection routing weights", 2, 2, t => Device.ExpertProjection(experts, four, t, Any(2, 4))),
            new("ExpertProjection output", 2, 4, t => Device.ExpertProjection(experts, four, two, t)),
            new("Sample logits", 2, 4, t => Device.Sample(t, [Greedy, Greedy], [], [0, 0, 0], new SampledToken[2])),
        ];
    }
}
