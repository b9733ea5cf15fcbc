using UniMed.Native.Cpu.Lanes;

namespace UniMed.Native.Cpu;

/// <summary>The kernels, compiled for one vector: hands each call to the class that has it.</summary>
/// <param name="prefetch">How weights are fetched ahead that one token reads; results do not depend on it.</param>
internal sealed unsafe class Kernels<TLanes, TVec>(PrefetchHint prefetch) : Kernels
    where TLanes : struct, ILanes<TVec>
    where TVec : struct
{
    public override int VectorBits => TLanes.Width * 32;

    public override PrefetchHint Prefetch => prefetch;

    public override void Product(in CpuMatrix weight, int first, int rows, in CpuActivations x, int tokens, float* product, nint productStride)
    {
        if (weight.Columns == 0)
        {
            for (int t = 0; t < tokens; t++)
                new Span<float>(product + (t * productStride), PadRows(rows)).Clear();
        }
        else if (weight.Stored == StoredAs.Int8)
        {
            BlockProducts<TLanes, TVec>.Product<Int8Blocks<TLanes, TVec>>(prefetch, weight, first, rows, x, tokens, product, productStride);
        }
        else if (weight.Stored == StoredAs.Int4)
        {
            BlockProducts<TLanes, TVec>.Product<Int4Blocks<TLanes, TVec>>(prefetch, weight, first, rows, x, tokens, product, productStride);
        }
        else
        {
            FloatProducts<TLanes, TVec>.Product(prefetch, weight, first, rows, x.Numbers, x.Stride, tokens, product, productStride);
        }
    }

    public override void Quantize(float* row, int columns, StoredAs weights, byte* values, float* scales, int* corrections) =>
        Quantization<TLanes, TVec>.Quantize(row, columns, weights, values, scales, corrections);

    public override void Dots(float* rows, nint rowStride, int count, float* x, nint xStride, int tokens, int columns, float* product, nint productStride) =>
        Tiles<TLanes, TVec>.Multiply(rows, rowStride, count, x, xStride, tokens, columns, product, productStride, add: false);

    public override void Accumulate(float* weights, nint weightStride, int queries, float* values, nint valueStride, int count, float* sums, nint sumStride, int columns) =>
        Attention<TLanes, TVec>.Accumulate(weights, weightStride, queries, values, valueStride, count, sums, sumStride, columns);

    public override void SoftmaxStep(float* scores, int count, ref float largest, ref float sum, float* sums, int columns) =>
        Attention<TLanes, TVec>.SoftmaxStep(scores, count, ref largest, ref sum, sums, columns);

    public override void Finish(float* product, float* bias, Activation activation, float* residual, float* output, int count) =>
        Functions<TLanes, TVec>.Finish(product, bias, activation, residual, output, count);

    public override void SwiGlu(float* gate, float* up, float* output, int count) => Functions<TLanes, TVec>.SwiGlu(gate, up, output, count);

    public override void AddScaled(float* product, float* bias, float factor, float* output, int count) => Functions<TLanes, TVec>.AddScaled(product, bias, factor, output, count);

    public override void Scale(float* input, float factor, float* output, int count) => Functions<TLanes, TVec>.Scale(input, factor, output, count);

    public override void Rotate(float* head, float* cos, float* sin, int half) => Functions<TLanes, TVec>.Rotate(head, cos, sin, half);

    public override void LayerNorm(float* input, float* weight, float* bias, float eps, float* output, int count) => Norms<TLanes, TVec>.LayerNorm(input, weight, bias, eps, output, count);

    public override void RmsNorm(float* input, float* weight, float eps, float* output, int count) => Norms<TLanes, TVec>.RmsNorm(input, weight, eps, output, count);

    public override void Widen(in CpuMatrix matrix, int row, int column, int count, float* output) => Widening<TLanes, TVec>.Widen(matrix, row, column, count, output);

    public override int ArgMax(float* scores, int count) => Choice<TLanes, TVec>.ArgMax(scores, count);

    public override float LogProbability(float* scores, int count, int token) => Choice<TLanes, TVec>.LogProbability(scores, count, token);
}
