using System.Diagnostics;
using System.Runtime.InteropServices;
using UniMed.Inference.Generation.Constraints;
using UniMed.Inference.Language;
using UniMed.Inference.Tokenization;
using UniMed.Native;

namespace UniMed.Inference.Generation;

/// <summary>One request of a batch while it runs: its past, its place in the cache, and what it said so far.</summary>
internal sealed class SequenceState
{
    private readonly List<int> _history;
    private readonly List<float> _logProbabilities;
    private readonly List<double> _milliseconds;
    private readonly StreamingDecoder _decoder;
    private readonly int _maxNewTokens;
    private readonly FinishReason _atLimit;
    private readonly int _eosTokenId;
    private long _lastStep;
    private double _prefillMilliseconds;

    public SequenceState(GenerationRequest request, KvSequence cache, (int NewTokens, FinishReason AtLimit) limit, LlamaTokenizer tokenizer)
    {
        Request = request;
        Cache = cache;
        (_maxNewTokens, _atLimit) = limit;
        _eosTokenId = tokenizer.EosTokenId;
        _history = new List<int>(1 + limit.NewTokens) { tokenizer.BosTokenId };
        _logProbabilities = new List<float>(limit.NewTokens);
        _milliseconds = new List<double>(limit.NewTokens);
        _decoder = new StreamingDecoder(tokenizer);
        Constraint = request.Constraint is { } automaton ? new ConstraintProgress(automaton, limit.NewTokens) : null;
        Sampling = new SamplingParameters(
            request.Options.DoSample,
            (float)request.Options.Temperature,
            request.Options.TopK,
            (float)request.Options.TopP,
            (float)request.Options.RepetitionPenalty,
            request.Options.MinLength,
            _eosTokenId,
            request.Options.Seed);
    }

    public GenerationRequest Request { get; }

    public KvSequence Cache { get; }

    public SamplingParameters Sampling { get; }

    /// <summary>Which tokens may come next; null for all.</summary>
    public ConstraintProgress? Constraint { get; }

    /// <summary>Begin-of-sequence and the new tokens: what counts for penalties and lengths.</summary>
    public ReadOnlySpan<int> History => CollectionsMarshal.AsSpan(_history);

    /// <summary>Why it ended; null while it runs.</summary>
    public FinishReason? Finished { get; private set; }

    public void MarkPrefilled(long started)
    {
        _lastStep = Stopwatch.GetTimestamp();
        _prefillMilliseconds = Stopwatch.GetElapsedTime(started, _lastStep).TotalMilliseconds;
    }

    /// <summary>Takes the next token.</summary>
    public void Append(SampledToken token)
    {
        _history.Add(token.Id);
        _logProbabilities.Add(token.LogProbability);
        long now = Stopwatch.GetTimestamp();
        _milliseconds.Add(Stopwatch.GetElapsedTime(_lastStep, now).TotalMilliseconds);
        _lastStep = now;
        if (token.Id == _eosTokenId)
            Finished = FinishReason.Stop;
        else
            Constraint?.Append(token.Id);
        if (Finished is null && _milliseconds.Count == _maxNewTokens)
            Finished = _atLimit;
        if (Request.OnToken is null)
            return;
        string text = _decoder.Append(token.Id);
        if (Finished is not null)
            text += _decoder.Flush();
        Request.OnToken(new GeneratedToken(token.Id, text, Request.Options.LogProbabilities ? token.LogProbability : null));
    }

    public GeneratedSequence ToResult() =>
        new(_history.GetRange(1, _history.Count - 1).AsReadOnly(), Request.Options.LogProbabilities ? _logProbabilities : null, Finished ?? _atLimit, _prefillMilliseconds, _milliseconds);
}
