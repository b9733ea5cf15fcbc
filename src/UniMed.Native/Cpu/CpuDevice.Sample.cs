namespace UniMed.Native.Cpu;

/// <summary>
/// Choice of the next token; a unit is one row. Shapes: logits [rows, vocabulary] -> one token a row. Greedy choice without penalties reads the logits in place; the log-probability
/// needs one exp a logit.
/// </summary>
public sealed partial class CpuDevice
{
    /// <summary>What a logit costs, in multiply-adds: its exp in double precision.</summary>
    private const int LogitWork = 16;

    /// <inheritdoc/>
    protected override unsafe void SampleCore(Tensor logits, ReadOnlySpan<SamplingParameters> parameters, ReadOnlySpan<int> history, ReadOnlySpan<int> historyOffsets, Memory<SampledToken> result)
    {
        fixed (SamplingParameters* how = parameters)
        fixed (int* past = history)
        fixed (int* offsets = historyOffsets)
        fixed (SampledToken* chosen = result.Span)
        {
            var job = new SampleJob { Logits = Data(logits), Vocabulary = logits.Columns, Parameters = how, History = past, HistoryOffsets = offsets, Result = chosen };
            Run(logits.Rows, LogitWork * logits.Length, &SampleUnit, &job);
        }
    }

    private static unsafe void SampleUnit(void* state, int row)
    {
        ref SampleJob job = ref *(SampleJob*)state;
        float* raw = job.Logits + ((nint)row * job.Vocabulary);
        int first = job.HistoryOffsets[row];
        var past = new ReadOnlySpan<int>(job.History + first, job.HistoryOffsets[row + 1] - first);
        ref readonly SamplingParameters how = ref job.Parameters[row];
        int token = how.DoSample || how.RepetitionPenalty != 1 || past.Length < how.MinLength ? Choose(raw, job.Vocabulary, past, how) : Kernels.Best.ArgMax(raw, job.Vocabulary);
        job.Result[row] = new SampledToken(token, Kernels.Best.LogProbability(raw, job.Vocabulary, token));
    }

    private static unsafe int Choose(float* raw, int count, ReadOnlySpan<int> past, in SamplingParameters how)
    {
        var scores = new Span<float>(Scratch.Of(Scratch.Products, count), count);
        new ReadOnlySpan<float>(raw, count).CopyTo(scores);
        LogitsProcessors.RepetitionPenalty(scores, past, how.RepetitionPenalty);
        LogitsProcessors.MinLength(scores, past.Length, how.MinLength, how.EosTokenId);
        return how.DoSample ? TokenSampler.Draw(scores, how, past.Length) : LogitsProcessors.ArgMax(scores);
    }

    private unsafe struct SampleJob
    {
        public float* Logits;
        public int Vocabulary;
        public SamplingParameters* Parameters;
        public int* History;
        public int* HistoryOffsets;
        public SampledToken* Result;
    }
}
