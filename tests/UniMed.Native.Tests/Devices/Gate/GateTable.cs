using static UniMed.Native.Tests.Devices.Gate.GateArguments;

namespace UniMed.Native.Tests.Devices.Gate;

/// <summary>
/// Every public operation of <see cref="Device"/>, with an argument for each parameter and all that is wrong with others. Sizes: 4 channels in 2 heads of 2, 2 experts of 4 channels between their layers,
/// 3 task columns and 5 token columns, a vocabulary of 7, a cache of 2 layers and 3 blocks of 4 positions, a rotary table of 8 positions.
/// </summary>
internal static class GateTable
{
    private static readonly Type Refused = typeof(ArgumentException);
    private static readonly Type OutOfRange = typeof(ArgumentOutOfRangeException);
    private static readonly Type IsNull = typeof(ArgumentNullException);

    private static readonly SamplingParameters Greedy = new(false, 1, 0, 1, 1, 0, 0, 0);
    private static readonly SamplingParameters Drawn = new(true, 1, 0, 1, 1, 0, 0, 0);
    private static readonly GateBatch Prompt = new([0, 2], [0], [1], 1);
    private static readonly GateBatch Decode = new([0, 1, 2], [1, 1], [1, 0], 1);

    public static IReadOnlyList<GateOperation> Operations { get; } = [.. Memory(), .. Loading(), .. Linear(), .. Vision(), .. Connector(), .. Cache(), .. Language()];

    private static GateOperation[] Memory() =>
    [
        new("Allocate", (d, a) => d.Allocate((long)a[0]!).Dispose(), Value("elements", 3L, (-1L, OutOfRange), (long.MinValue, OutOfRange))),
        new("CreateStep", (d, _) => d.CreateStep().Dispose()),
        new("Upload", (d, a) => d.Upload((float[])a[0]!, (Tensor)a[1]!), Value("source", new float[8], (new float[7], Refused), (new float[9], Refused)), Matrix("destination", 2, 4)),
        new("Download", (d, a) => d.Download((Tensor)a[0]!, (float[])a[1]!), Matrix("source", 2, 4), Value("destination", new float[8], (new float[7], Refused), (Array.Empty<float>(), Refused))),
        new("Copy", (d, a) => d.Copy((Tensor)a[0]!, (Tensor)a[1]!), Matrix("source", 2, 4), Matrix("destination", 2, 4)) { Apart = [("destination", "source")] },
    ];

    private static GateOperation[] Loading() =>
    [
        new("LoadLinear", (d, a) => d.LoadLinear((HostTensor)a[0]!, (HostTensor?)a[1]).Dispose(), Weight("weight", 3, 4, anyColumns: true), Float("bias", 1, 3)),
        new("LoadNorm", (d, a) => d.LoadNorm((HostTensor)a[0]!, (HostTensor?)a[1]).Dispose(), Float("weight", 1, 4), Float("bias", 1, 4)),
        new("LoadGated", (d, a) => d.LoadGated((HostTensor)a[0]!, (HostTensor)a[1]!).Dispose(), Weight("gate", 3, 4), Weight("up", 3, 4)),
        new(
            "LoadQkv",
            (d, a) => d.LoadQkv((HostTensor)a[0]!, (HostTensor)a[1]!, (HostTensor)a[2]!, (int)a[3]!, (int)a[4]!, (RotaryTable)a[5]!).Dispose(),
            Weight("query", 4, 4),
            Weight("key", 2, 4),
            Weight("value", 2, 4),
            Value("heads", 2, (0, OutOfRange), (-2, OutOfRange), (1, Refused), (3, Refused)),
            Value("kvHeads", 1, (0, OutOfRange), (-1, OutOfRange), (2, Refused)),
            Value("rotary", new RotaryTable(2, 8, 10000), (null, IsNull), (new RotaryTable(4, 8, 10000), Refused))),
        new(
            "LoadPatchEmbedding",
            (d, a) => d.LoadPatchEmbedding((HostTensor)a[0]!, (HostTensor)a[1]!, (HostTensor)a[2]!, (HostTensor)a[3]!, (int)a[4]!, (int)a[5]!).Dispose(),
            Float("weight", 4, 12),
            Float("bias", 1, 4),
            Float("classToken", 1, 4),
            Float("positions", 5, 4),
            Value("patchSize", 2, (0, OutOfRange), (-2, OutOfRange), (3, Refused)),
            Value("grid", 2, (0, OutOfRange), (-2, OutOfRange), (3, Refused))),
        new("LoadEmbedding", (d, a) => d.LoadEmbedding((HostTensor)a[0]!).Dispose(), Float("table", 7, 4, anyRows: true, anyColumns: true)),
        new(
            "LoadRouter",
            (d, a) => d.LoadRouter((HostTensor)a[0]!, (HostTensor)a[1]!, (HostTensor)a[2]!, (HostTensor)a[3]!, (int)a[4]!).Dispose(),
            Weight("fc1", 6, 8, anyColumns: true),
            Float("fc1Bias", 1, 6),
            Weight("fc2", 2, 6),
            Float("fc2Bias", 1, 2),
            Value("taskColumns", 3, (-1, OutOfRange), (9, OutOfRange))),
        new(
            "LoadRouter (quantized)",
            (d, a) => d.LoadRouter((HostTensor)a[0]!, (HostTensor)a[1]!, (HostTensor)a[2]!, (HostTensor)a[3]!, (int)a[4]!).Dispose(),
            Value("fc1", Stored(6, 70, ElementType.U8)),
            Value("fc1Bias", Stored(1, 6)),
            Value("fc2", Stored(2, 6)),
            Value("fc2Bias", Stored(1, 2)),
            Value("taskColumns", 32, (31, Refused), (-32, OutOfRange), (96, OutOfRange))),
        new(
            "LoadExperts",
            (d, a) => d.LoadExperts((List<(HostTensor, HostTensor)>)a[0]!, (List<(HostTensor, HostTensor)>)a[1]!).Dispose(),
            Layers("first", 2, 4, 5, anyColumns: true),
            Layers("second", 2, 3, 4)),
    ];

    private static GateOperation[] Linear()
    {
        Argument layerNorm = Made("weights", d => d.LoadNorm(Stored(1, 4), Stored(1, 4)), new WrongArgument("without a bias", Refused, bench => bench.Keep(bench.Device.LoadNorm(Stored(1, 4), null))));
        Argument linear = Made("weights", d => d.LoadLinear(Stored(3, 4), null));
        Argument eps = Value("eps", 1e-5f, (-1e-5f, OutOfRange), (float.NaN, OutOfRange), (float.PositiveInfinity, OutOfRange));
        return
        [
            new("LayerNorm", (d, a) => d.LayerNorm((NormWeights)a[0]!, (Tensor)a[1]!, (float)a[2]!, (Tensor)a[3]!), layerNorm, Matrix("input", 2, 4), eps, Matrix("output", 2, 4)) { ApartOrSame = [("output", "input")] },
            new(
                "RmsNorm",
                (d, a) => d.RmsNorm((NormWeights)a[0]!, (Tensor)a[1]!, (float)a[2]!, (Tensor)a[3]!),
                Made("weights", d => d.LoadNorm(Stored(1, 4), null)),
                Matrix("input", 2, 4),
                eps,
                Matrix("output", 2, 4)) { ApartOrSame = [("output", "input")] },
            new(
                "Linear",
                (d, a) => d.Linear((LinearWeights)a[0]!, (Tensor)a[1]!, (Activation)a[2]!, (Tensor?)a[3], (Tensor)a[4]!),
                linear,
                Matrix("input", 2, 4),
                Value("activation", Activation.Gelu, ((Activation)7, OutOfRange), ((Activation)(-1), OutOfRange)),
                Matrix("residual", 2, 3),
                Matrix("output", 2, 3)) { Apart = [("output", "input")], ApartOrSame = [("output", "residual")] },
            new("SwiGlu", (d, a) => d.SwiGlu((GatedWeights)a[0]!, (Tensor)a[1]!, (Tensor)a[2]!), Made("weights", d => d.LoadGated(Stored(3, 4), Stored(3, 4))), Matrix("input", 2, 4), Matrix("output", 2, 3))
            {
                Apart = [("output", "input")],
            },
        ];
    }

    private static GateOperation[] Vision() =>
    [
        new(
            "PatchEmbedding",
            (d, a) => d.PatchEmbedding((PatchEmbeddingWeights)a[0]!, (Tensor)a[1]!, (Tensor)a[2]!),
            Made("weights", d => d.LoadPatchEmbedding(Stored(4, 12), Stored(1, 4), Stored(1, 4), Stored(5, 4), 2, 2)),
            Matrix("pixels", 2, 48),
            Matrix("output", 10, 4)) { Apart = [("output", "pixels")] },
        new(
            "VisionAttention",
            (d, a) => d.VisionAttention((Tensor)a[0]!, (int)a[1]!, (int[])a[2]!, (Tensor)a[3]!),
            Matrix("qkv", 2, 12),
            Value("heads", 2, (0, OutOfRange), (-2, OutOfRange), (3, Refused), (8, Refused)),
            Value("rowOffsets", new[] { 0, 2 }, (Array.Empty<int>(), Refused), (new[] { 0, 1 }, Refused), (new[] { 1, 2 }, Refused), (new[] { 0, 3, 2 }, Refused), (new[] { 0, -1, 2 }, Refused)),
            Matrix("output", 2, 4)) { Apart = [("output", "qkv")] },
        new(
            "Pool",
            (d, a) => d.Pool((Tensor)a[0]!, (int)a[1]!, (PoolKind)a[2]!, (Tensor)a[3]!),
            Matrix("input", 4, 3),
            Value("grid", 2, (0, OutOfRange), (-2, OutOfRange), (3, Refused), (int.MaxValue, Refused)),
            Value("kind", PoolKind.Max, ((PoolKind)2, OutOfRange), ((PoolKind)(-1), OutOfRange)),
            Matrix("output", 1, 3)) { Apart = [("output", "input")] },
    ];

    private static GateOperation[] Connector()
    {
        Argument router = Made("weights", d => d.LoadRouter(Stored(6, 8), Stored(1, 6), Stored(2, 6), Stored(1, 2), 3));
        return
        [
            new("FoldTask", (d, a) => d.FoldTask((RouterWeights)a[0]!, (Tensor)a[1]!, (Tensor)a[2]!), router, Matrix("taskTokens", 2, 3), Matrix("folded", 2, 6)) { Apart = [("folded", "taskTokens")] },
            new(
                "Router",
                Route,
                router,
                Value(
                    "options",
                    new RouterOptions(RouterKind.Sparse, TopK: 1),
                    (new RouterOptions(RouterKind.Sparse, TopK: 0), Refused),
                    (new RouterOptions(RouterKind.Sparse, TopK: -1), Refused),
                    (new RouterOptions(RouterKind.Sparse, TopK: 3), Refused),
                    (new RouterOptions((RouterKind)9), OutOfRange)),
                Matrix("tokens", 4, 5),
                Value("tokensPerImage", 2, (0, OutOfRange), (-2, OutOfRange), (3, Refused)),
                Matrix("folded", 2, 6, isNeeded: true),
                Matrix("routingWeights", 8, 2)) { Apart = [("routingWeights", "tokens"), ("routingWeights", "folded")] },
            new(
                "Router (soft)",
                Route,
                router,
                Value("options", new RouterOptions(RouterKind.Soft)),
                Matrix("tokens", 4, 5),
                Value("tokensPerImage", 2, (0, OutOfRange), (-2, OutOfRange), (3, Refused)),
                Matrix("folded", 2, 6, isNeeded: true),
                Matrix("routingWeights", 8, 2)) { Apart = [("routingWeights", "tokens"), ("routingWeights", "folded")] },
            new(
                "Router (hard)",
                Route,
                Value("weights", null),
                Value("options", new RouterOptions(RouterKind.Hard, Expert: 1), (new RouterOptions(RouterKind.Hard, Expert: 2), Refused), (new RouterOptions(RouterKind.Hard, Expert: -1), Refused)),
                Matrix("tokens", 4, 5, anyColumns: true),
                Value("tokensPerImage", 2, (0, OutOfRange), (-2, OutOfRange), (3, Refused)),
                Value("folded", null),
                Matrix("routingWeights", 4, 2, anyColumns: true)) { Apart = [("routingWeights", "tokens")] },
            new(
                "Router (constant)",
                Route,
                Value("weights", null),
                Value("options", new RouterOptions(RouterKind.Constant)),
                Matrix("tokens", 4, 5, anyColumns: true),
                Value("tokensPerImage", 4, (0, OutOfRange), (-4, OutOfRange), (3, Refused)),
                Value("folded", null),
                Matrix("routingWeights", 4, 2, anyColumns: true)) { Apart = [("routingWeights", "tokens")] },
            new(
                "ExpertProjection",
                (d, a) => d.ExpertProjection((ExpertWeights)a[0]!, (Tensor)a[1]!, (Tensor)a[2]!, (Tensor)a[3]!),
                Made("weights", d => d.LoadExperts(LayersOf(2, 4, 5), LayersOf(2, 3, 4))),
                Matrix("tokens", 2, 5),
                Matrix("routingWeights", 4, 2),
                Matrix("output", 4, 3)) { Apart = [("output", "tokens"), ("output", "routingWeights")] },
        ];

        static void Route(Device d, object?[] a) =>
            d.Router((RouterWeights?)a[0], (RouterOptions)a[1]!, (Tensor)a[2]!, (int)a[3]!, (Tensor?)a[4], (Tensor)a[5]!);
    }

    private static GateOperation[] Cache() =>
    [
        new(
            "CreateKvCache",
            (d, a) => d.CreateKvCache((int)a[0]!, (int)a[1]!, (int)a[2]!, (int)a[3]!, (int)a[4]!).Dispose(),
            Size("layers", 2),
            Size("kvHeads", 1),
            Size("headDim", 2),
            Size("blocks", 3),
            Size("blockSize", 4)),
        new(
            "CopyKvBlocks",
            (d, a) => d.CopyKvBlocks((KvCache)a[0]!, (int[])a[1]!, (int[])a[2]!),
            Pages(),
            Value("sources", new[] { 0 }, (new[] { -1 }, Refused), (new[] { 3 }, Refused), (new[] { 0, 1 }, Refused), (new[] { 2 }, Refused), (Array.Empty<int>(), Refused)),
            Value("destinations", new[] { 2 }, (new[] { -1 }, Refused), (new[] { 3 }, Refused), (new[] { 2, 2 }, Refused), (new[] { 0 }, Refused))),
    ];

    private static GateOperation[] Language() =>
    [
        new(
            "QkvRotary",
            (d, a) => d.QkvRotary((QkvWeights)a[0]!, (Tensor)a[1]!, ((GateBatch)a[2]!).Batch, (KvCache)a[3]!, (int)a[4]!, (Tensor)a[5]!),
            Made("weights", d => d.LoadQkv(Stored(4, 4), Stored(2, 4), Stored(2, 4), 2, 1, new RotaryTable(2, 8, 10000))),
            Matrix("input", 2, 4),
            Value("batch", Prompt, [.. WrongBatches(), (new GateBatch([0, 2], [7], [0, 1, 2], 3), Refused)]),
            Pages(OtherPages(2, 2), OtherPages(1, 4)),
            Layer(),
            Matrix("query", 2, 4)) { Apart = [("query", "input")] },
        new(
            "PrefillAttention",
            (d, a) => d.PrefillAttention((Tensor)a[0]!, ((GateBatch)a[1]!).Batch, (KvCache)a[2]!, (int)a[3]!, (Tensor)a[4]!),
            Matrix("query", 2, 4),
            Value("batch", Prompt, WrongBatches()),
            Pages(OtherPages(3, 2), OtherPages(1, 3)),
            Layer(),
            Matrix("output", 2, 4)) { Apart = [("output", "query")] },
        new(
            "DecodeAttention",
            (d, a) => d.DecodeAttention((Tensor)a[0]!, ((GateBatch)a[1]!).Batch, (KvCache)a[2]!, (int)a[3]!, (Tensor)a[4]!),
            Matrix("query", 2, 4),
            Value("batch", Decode, [.. WrongBatches(), (Prompt, Refused), (new GateBatch([0, 0, 2], [0, 0], [0, 1], 1), Refused)]),
            Pages(OtherPages(3, 2), OtherPages(1, 3)),
            Layer(),
            Matrix("output", 2, 4)) { Apart = [("output", "query")] },
        new(
            "Embed",
            (d, a) => d.Embed((EmbeddingWeights)a[0]!, (int[])a[1]!, (Tensor?)a[2], (Tensor)a[3]!),
            Made("weights", d => d.LoadEmbedding(Stored(7, 4))),
            Value("ids", new[] { 6, ~1 }, (new[] { 7, 0 }, Refused), (new[] { 0, ~2 }, Refused), (new[] { int.MinValue, 0 }, Refused), (new[] { 0, int.MaxValue }, Refused), (new[] { 0 }, Refused)),
            Matrix("visualTokens", 2, 4, anyRows: true),
            Matrix("output", 2, 4)) { Apart = [("output", "visualTokens")] },
        new(
            "Embed (no visual tokens)",
            (d, a) => d.Embed((EmbeddingWeights)a[0]!, (int[])a[1]!, (Tensor?)a[2], (Tensor)a[3]!),
            Made("weights", d => d.LoadEmbedding(Stored(7, 4))),
            Value("ids", new[] { 6, 1 }, (new[] { 0, ~0 }, Refused)),
            Value("visualTokens", null),
            Matrix("output", 2, 4)),
        new(
            "GatherRows",
            (d, a) => d.GatherRows((Tensor)a[0]!, (int[])a[1]!, (Tensor)a[2]!),
            Matrix("input", 3, 4, anyRows: true),
            Value("rows", new[] { 1, 0 }, (new[] { 0, 3 }, Refused), (new[] { -1, 0 }, Refused), (new[] { 0 }, Refused)),
            Matrix("output", 2, 4)) { Apart = [("output", "input")] },
        new(
            "Sample",
            (d, a) => d.Sample((Tensor)a[0]!, (SamplingParameters[])a[1]!, (int[])a[2]!, (int[])a[3]!, (SampledToken[])a[4]!),
            Matrix("logits", 1, 7, anyColumns: true),
            Value(
                "parameters",
                new[] { Greedy },
                [
                    (Array.Empty<SamplingParameters>(), Refused),
                    .. new[]
                    {
                        Drawn with { Temperature = 0 }, Drawn with { Temperature = -1 }, Drawn with { TopP = -0.1f }, Drawn with { TopP = 1.1f }, Drawn with { TopK = -1 },
                        Greedy with { RepetitionPenalty = 0 }, Greedy with { RepetitionPenalty = -1 }, Greedy with { MinLength = 5, EosTokenId = 7 }, Greedy with { MinLength = 5, EosTokenId = -1 },
                    }.Select(wrong => ((object?)new[] { wrong }, Refused)),
                ]),
            Value("history", new[] { 6 }, (new[] { 7 }, Refused), (new[] { -1 }, Refused), (Array.Empty<int>(), Refused), (new[] { 0, 1 }, Refused)),
            Value("historyOffsets", new[] { 0, 1 }, (new[] { 0 }, Refused), (new[] { 1, 1 }, Refused), (new[] { 0, 2 }, Refused), (new[] { 0, -1 }, Refused)),
            Value("result", new SampledToken[1], (Array.Empty<SampledToken>(), Refused), (new SampledToken[2], Refused))),
    ];

    private static Argument Pages(params WrongArgument[] others) => Made("cache", d => d.CreateKvCache(2, 1, 2, 3, 4), others);

    private static WrongArgument OtherPages(int kvHeads, int headDim) =>
        new($"{kvHeads} heads of {headDim}", Refused, bench => bench.Keep(bench.Device.CreateKvCache(2, kvHeads, headDim, 3, 4)));

    private static Argument Layer() => Value("layer", 1, (2, Refused), (-1, Refused), (int.MinValue, Refused));

    private static (object?, Type)[] WrongBatches() =>
    [
        (new GateBatch([0, 3], [0], [1], 1), Refused),
        (new GateBatch([0], [], [], 1), Refused),
        (new GateBatch([0, 1, 2], [0, 0], [1, 3], 1), Refused),
        (new GateBatch([0, 1, 2], [0, 0], [-1, 1], 1), Refused),
        (new GateBatch([0, 1, 2], [0, 4], [1, 0], 1), Refused),
        (new GateBatch([0, 1, 2], [0, int.MaxValue - 1], [1, 0], 1), Refused),
    ];
}
