using UniMed.Native.Ilgpu.Kernels;

namespace UniMed.Native.Ilgpu;

/// <summary>All kernels, for one shape of groups. docs/kernels.md lists them.</summary>
internal sealed class IlgpuKernels
{
    private IlgpuKernels(IReadOnlyList<IIlgpuKernel> all, IGroupShape shape)
    {
        All = all;
        Threads = shape.Threads;
        MaxNarrowTokens = shape.MaxNarrowTokens;
        WideRows = LinearKernels.WideSide * shape.WideRowThreads;
        WideTokens = LinearKernels.WideSide * (shape.Threads / shape.WideRowThreads);
    }

    /// <summary>Every kernel.</summary>
    public IReadOnlyList<IIlgpuKernel> All { get; }

    /// <summary>Threads of a group.</summary>
    public int Threads { get; }

    /// <summary>At most so many tokens go to the narrow linear kernel.</summary>
    public int MaxNarrowTokens { get; }

    /// <summary>Rows of a wide tile.</summary>
    public int WideRows { get; }

    /// <summary>Tokens of a wide tile.</summary>
    public int WideTokens { get; }

    /// <summary>By <see cref="WordFormat"/>.</summary>
    public required IReadOnlyList<IlgpuKernel<LinearArguments>> LinearNarrow { get; init; }

    /// <summary>By <see cref="WordFormat"/>.</summary>
    public required IReadOnlyList<IlgpuKernel<LinearArguments>> LinearWide { get; init; }

    /// <summary>By <see cref="WordFormat"/>: F32, F16, BF16.</summary>
    public required IReadOnlyList<IlgpuKernel<RowArguments>> Embed { get; init; }

    public required IlgpuKernel<NormArguments> LayerNorm { get; init; }

    public required IlgpuKernel<NormArguments> RmsNorm { get; init; }

    public required IlgpuKernel<RowArguments> Gather { get; init; }

    public required IlgpuKernel<RowArguments> Pool { get; init; }

    public required IlgpuKernel<RowArguments> Patches { get; init; }

    public required IlgpuKernel<RowArguments> ImageTokens { get; init; }

    public required IlgpuKernel<CausalArguments> VisionAttention { get; init; }

    public required IlgpuKernel<CausalArguments> PrefillAttention { get; init; }

    public required IlgpuKernel<CausalArguments> DecodeUnits { get; init; }

    public required IlgpuKernel<CausalArguments> DecodeCombine { get; init; }

    public required IlgpuKernel<CausalArguments> QkvRotary { get; init; }

    public required IlgpuKernel<RowArguments> CopyBlocks { get; init; }

    public required IlgpuKernel<RouterHiddenArguments> RouterHidden { get; init; }

    public required IlgpuKernel<RoutingArguments> RoutingWeights { get; init; }

    public required IlgpuKernel<RoutingArguments> WeightedSum { get; init; }

    public required IlgpuKernel<SampleArguments> Sample { get; init; }

    /// <summary>Names the kernels; none is compiled yet.</summary>
    /// <typeparam name="TShape">Shape of the groups.</typeparam>
    /// <param name="loader">What compiles them; null for kernels that are only looked at.</param>
    public static IlgpuKernels Create<TShape>(IIlgpuLoader? loader)
        where TShape : unmanaged, IGroupShape
    {
        TShape shape = default;
        var all = new List<IIlgpuKernel>();
        return new IlgpuKernels(all, shape)
        {
            LinearNarrow =
            [
                New<LinearArguments>("linear_narrow_f32", LinearKernels.Narrow<TShape, F32Words>),
                New<LinearArguments>("linear_narrow_f16", LinearKernels.Narrow<TShape, F16Words>),
                New<LinearArguments>("linear_narrow_bf16", LinearKernels.Narrow<TShape, BF16Words>),
                New<LinearArguments>("linear_narrow_int8", LinearKernels.Narrow<TShape, Int8Words>),
                New<LinearArguments>("linear_narrow_int4", LinearKernels.Narrow<TShape, Int4Words>),
            ],
            LinearWide =
            [
                New<LinearArguments>("linear_wide_f32", LinearKernels.Wide<TShape, F32Words>),
                New<LinearArguments>("linear_wide_f16", LinearKernels.Wide<TShape, F16Words>),
                New<LinearArguments>("linear_wide_bf16", LinearKernels.Wide<TShape, BF16Words>),
                New<LinearArguments>("linear_wide_int8", LinearKernels.Wide<TShape, Int8Words>),
                New<LinearArguments>("linear_wide_int4", LinearKernels.Wide<TShape, Int4Words>),
            ],
            Embed =
            [
                New<RowArguments>("embed_f32", RowKernels.Embed<TShape, F32Words>),
                New<RowArguments>("embed_f16", RowKernels.Embed<TShape, F16Words>),
                New<RowArguments>("embed_bf16", RowKernels.Embed<TShape, BF16Words>),
            ],
            LayerNorm = New<NormArguments>("layer_norm", NormKernels.LayerNorm<TShape>),
            RmsNorm = New<NormArguments>("rms_norm", NormKernels.RmsNorm<TShape>),
            Gather = New<RowArguments>("gather_rows", RowKernels.Gather<TShape>),
            Pool = New<RowArguments>("pool_2x2", RowKernels.Pool<TShape>),
            Patches = New<RowArguments>("patches", RowKernels.Patches<TShape>),
            ImageTokens = New<RowArguments>("image_tokens", RowKernels.ImageTokens<TShape>),
            VisionAttention = New<CausalArguments>("vision_attention", AttentionKernels.Rows<TShape, ImageRows>),
            PrefillAttention = New<CausalArguments>("prefill_attention", AttentionKernels.Rows<TShape, CachedRows>),
            DecodeUnits = New<CausalArguments>("decode_units", AttentionKernels.Units<TShape>),
            DecodeCombine = New<CausalArguments>("decode_combine", AttentionKernels.Combine<TShape>),
            QkvRotary = New<CausalArguments>("qkv_rotary", CacheKernels.QkvRotary<TShape>),
            CopyBlocks = New<RowArguments>("copy_blocks", CacheKernels.CopyBlocks<TShape>),
            RouterHidden = New<RouterHiddenArguments>("router_hidden", ConnectorKernels.RouterHidden<TShape>),
            RoutingWeights = New<RoutingArguments>("routing_weights", ConnectorKernels.RoutingWeights<TShape>),
            WeightedSum = New<RoutingArguments>("weighted_sum", ConnectorKernels.WeightedSum<TShape>),
            Sample = New<SampleArguments>("sample_tokens", SampleKernels.Choose<TShape>),
        };

        IlgpuKernel<TArguments> New<TArguments>(string name, Action<TArguments> body)
            where TArguments : struct
        {
            var kernel = new IlgpuKernel<TArguments>(name, loader, shape.Threads, body);
            all.Add(kernel);
            return kernel;
        }
    }
}
