using System.Runtime.Intrinsics;
using UniMed.Native.Cpu.Lanes;

namespace UniMed.Native.Cpu;

/// <summary>The arithmetic of the CPU device for one width of vectors, chosen once by what the processor has.</summary>
/// <remarks>
/// Everything here runs on the calling thread over a part of the outputs. An output's sum has one order for each
/// instruction set: it does not depend on which other rows or tokens are computed with it. Methods with loops are
/// marked for full optimization at their first call: vector code without it is many times slower, and a process that
/// answers a few questions would spend its time there.
/// </remarks>
internal abstract unsafe class Kernels
{
    /// <summary>
    /// The widest the processor has. DOTNET_EnableAVX512=0, DOTNET_EnableAVX2=0 and DOTNET_EnableHWIntrinsic=0 force
    /// the others.
    /// </summary>
    public static Kernels Best { get; } = Create(ProcessorPrefetch.Hint);

    /// <summary>The widest the processor has, with another hint than the processor's own.</summary>
    public static Kernels Create(PrefetchHint prefetch) =>
        Lanes512.IsSupported ? new Kernels<Lanes512, Vector512<float>>(prefetch)
        : Lanes256.IsSupported ? new Kernels<Lanes256, Vector256<float>>(prefetch)
        : new Kernels<Lanes128, Vector128<float>>(prefetch);

    /// <summary>Columns are padded to a multiple of this in scratch memory: the widest vector.</summary>
    public const int Pad = 16;

    /// <summary>Tokens that a tile of products takes at once.</summary>
    public const int TileTokens = 6;

    /// <summary>Weight rows that a tile of products takes at once.</summary>
    public const int TileRows = 4;

    /// <summary>Weight rows of a panel of quantized blocks.</summary>
    public const int PanelRows = 32;

    /// <summary>Bytes of a step of such a panel: four of each row.</summary>
    public const int StepBytes = 4 * PanelRows;

    /// <summary>Blocks of a row that such a panel holds at most.</summary>
    public const int ChunkBlocks = 16;

    /// <summary>Bytes that memory gives at once.</summary>
    public const int CacheLine = 64;

    /// <summary>Bits of a vector.</summary>
    public abstract int VectorBits { get; }

    /// <summary>How weights are fetched ahead that one token reads.</summary>
    public abstract PrefetchHint Prefetch { get; }

    /// <summary>Rounds up to whole tiles of rows.</summary>
    public static int PadRows(int rows) => (rows + TileRows - 1) / TileRows * TileRows;

    /// <summary>Rounds up to whole vectors of the widest kind.</summary>
    public static int PadColumns(int columns) => (columns + Pad - 1) / Pad * Pad;

    /// <summary>Rows that results of tiles take: behind the last token a tile may write some more.</summary>
    public static int PadTokens(int tokens) => tokens <= 2 ? tokens : (tokens + TileTokens - 1) / TileTokens * TileTokens;

    /// <summary>
    /// product[t][r] = sum over k of weight[first + r][k] * x[t][k]. Floating-point weights are widened exactly and
    /// sums are fp32; sums of a quantized block are exact, and added in fp32.
    /// </summary>
    /// <param name="weight">The matrix.</param>
    /// <param name="first">First row, a multiple of <see cref="TileRows"/>.</param>
    /// <param name="rows">Rows.</param>
    /// <param name="x">Tokens, as <see cref="CpuActivations"/> says for the weight's format.</param>
    /// <param name="tokens">Number of tokens.</param>
    /// <param name="product">Results, a row for each token, and room for <see cref="PadTokens"/> rows.</param>
    /// <param name="productStride">Numbers from one row of results to the next, at least PadRows(rows).</param>
    public abstract void Product(in CpuMatrix weight, int first, int rows, in CpuActivations x, int tokens, float* product, nint productStride);

    /// <summary>
    /// Quantizes a row of activations for weights in int4 or int8: see <see cref="CpuActivations"/>. Corrections are
    /// written for int4 only.
    /// </summary>
    public abstract void Quantize(float* row, int columns, StoredAs weights, byte* values, float* scales, int* corrections);

    /// <summary>
    /// Dot products of padded fp32 rows in place: product[t][r] = rows[r] . x[t]. Rows behind the last are read up to
    /// a whole tile, and their results written; so are results of tokens up to PadTokens.
    /// </summary>
    public abstract void Dots(float* rows, nint rowStride, int count, float* x, nint xStride, int tokens, int columns, float* product, nint productStride);

    /// <summary>
    /// sums[q][c] += sum over k of weights[q][k] * values[k][c], k in order; columns are whole vectors of the widest
    /// kind.
    /// </summary>
    public abstract void Accumulate(float* weights, nint weightStride, int queries, float* values, nint valueStride, int count, float* sums, nint sumStride, int columns);

    /// <summary>
    /// Softmax over keys that come block by block: takes a block of scores into the running maximum and sum and turns
    /// them into weights.
    /// </summary>
    /// <param name="scores">Scores; behind count up to a whole vector of the widest kind anything may stand. Become
    /// weights, and 0 behind count.</param>
    /// <param name="count">Scores that count, at least 1.</param>
    /// <param name="largest">Largest score so far; negative infinity at first.</param>
    /// <param name="sum">Sum of weights so far; 0 at first.</param>
    /// <param name="sums">Weighted sum so far; rescaled.</param>
    /// <param name="columns">Its length, whole vectors of the widest kind.</param>
    public abstract void SoftmaxStep(float* scores, int count, ref float largest, ref float sum, float* sums, int columns);

    /// <summary>
    /// output = activation(product + bias) + residual; bias and residual may be null, the output may be either of the
    /// others.
    /// </summary>
    public abstract void Finish(float* product, float* bias, Activation activation, float* residual, float* output, int count);

    /// <summary>output = silu(gate) * up.</summary>
    public abstract void SwiGlu(float* gate, float* up, float* output, int count);

    /// <summary>output += (product + bias) * factor.</summary>
    public abstract void AddScaled(float* product, float* bias, float factor, float* output, int count);

    /// <summary>output = input * factor.</summary>
    public abstract void Scale(float* input, float factor, float* output, int count);

    /// <summary>x * cos + rotate_half(x) * sin for one head, in place.</summary>
    public abstract void Rotate(float* head, float* cos, float* sin, int half);

    /// <summary>Layer norm of one row.</summary>
    public abstract void LayerNorm(float* input, float* weight, float* bias, float eps, float* output, int count);

    /// <summary>RMS norm of one row.</summary>
    public abstract void RmsNorm(float* input, float* weight, float eps, float* output, int count);

    /// <summary>Widens numbers of one row of a matrix to fp32.</summary>
    public abstract void Widen(in CpuMatrix matrix, int row, int column, int count, float* output);

    /// <summary>Index of the largest number; the lowest among equals, and the first NaN if there is one.</summary>
    public abstract int ArgMax(float* scores, int count);

    /// <summary>scores[token] - log(sum(exp(scores))), the sum in double precision.</summary>
    public abstract float LogProbability(float* scores, int count, int token);
}
