using System.Diagnostics;
using UniMed.Inference.Language;
using UniMed.Inference.Tokenization;
using UniMed.Native;

namespace UniMed.Inference.Generation;

/// <summary>Beam search of one request while it runs: beams fork from the cached prompt and from each other, and share every full block.</summary>
/// <remarks>Used by one thread at a time. The caller runs the passes.</remarks>
internal sealed class BeamProgress
{
    private readonly GenerationRequest _request;
    private readonly LlamaTokenizer _tokenizer;
    private readonly FinishReason _atLimit;
    private readonly int _vocabulary;
    private readonly BeamSearch _search;
    private readonly float[] _scores;
    private readonly int[] _tokens;
    private readonly List<double> _milliseconds = [];
    private KvSequence[] _beams = [];
    private KvSequence[] _forks = [];
    private long _lastStep;
    private double _prefillMilliseconds;

    /// <summary>Prepares a search.</summary>
    /// <param name="request">What to continue; its options are validated.</param>
    /// <param name="limit">How many tokens fit behind the prompt.</param>
    /// <param name="tokenizer">The model's.</param>
    /// <param name="vocabulary">Logits of a row.</param>
    public BeamProgress(GenerationRequest request, (int NewTokens, FinishReason AtLimit) limit, LlamaTokenizer tokenizer, int vocabulary)
    {
        GenerationOptions options = request.Options;
        _request = request;
        _tokenizer = tokenizer;
        _atLimit = limit.AtLimit;
        _vocabulary = vocabulary;
        _search = new BeamSearch(
            options.NumBeams, options.LengthPenalty, tokenizer.EosTokenId, tokenizer.BosTokenId, 1 + limit.NewTokens, (float)options.RepetitionPenalty, options.MinLength);
        _scores = new float[options.NumBeams * vocabulary];
        _tokens = new int[options.NumBeams];
    }

    /// <summary>True while its beams are to be continued.</summary>
    public bool IsRunning => _beams.Length > 0 && !_search.Done;

    /// <summary>True when there is nothing left to compute.</summary>
    public bool IsDone => _beams.Length > 0 && _search.Done;

    /// <summary>Cache blocks that beams may take beside those of the prompt: each owns what it adds, and its copy of the prompt's partly filled last block.</summary>
    public static int Blocks(int beams, int newTokens, KvBlockPool pool) => beams * (pool.BlocksFor(newTokens) + 1);

    /// <summary>Takes the first step, in which all beams are the same.</summary>
    /// <param name="device">Device of the logits.</param>
    /// <param name="logits">[1, vocabulary], after the prompt.</param>
    /// <param name="prompt">The whole prompt in the cache.</param>
    /// <param name="started">When the prompt began to be computed.</param>
    /// <exception cref="UniMedException">The logits are not finite numbers.</exception>
    public void Begin(Device device, Tensor logits, KvSequence prompt, long started)
    {
        device.Download(logits, _scores.AsSpan(0, _vocabulary));
        _lastStep = Stopwatch.GetTimestamp();
        _prefillMilliseconds = Stopwatch.GetElapsedTime(started, _lastStep).TotalMilliseconds;
        for (int beam = 1; beam < _tokens.Length; beam++)
            _scores.AsSpan(0, _vocabulary).CopyTo(_scores.AsSpan(beam * _vocabulary));
        _search.Advance(_scores);
        _beams = new KvSequence[_tokens.Length];
        _forks = new KvSequence[_tokens.Length];
        for (int beam = 0; beam < _beams.Length; beam++)
            _beams[beam] = prompt.Fork();
    }

    /// <summary>The next tokens of all beams, each on the past that it continues.</summary>
    /// <param name="inputs">[beams], written.</param>
    public void Continue(Span<SequenceInput> inputs)
    {
        for (int beam = 0; beam < _beams.Length; beam++)
            _forks[beam] = _beams[_search.ParentBeams[beam]].Fork();
        foreach (KvSequence beam in _beams)
            beam.Release();
        (_beams, _forks) = (_forks, _beams);
        for (int beam = 0; beam < _beams.Length; beam++)
        {
            _tokens[beam] = _search.Tokens[beam];
            inputs[beam] = new SequenceInput(_beams[beam], _tokens.AsMemory(beam, 1), null);
        }
    }

    /// <summary>Takes a step.</summary>
    /// <param name="device">Device of the logits.</param>
    /// <param name="logits">[beams, vocabulary], after the tokens that <see cref="Continue"/> gave.</param>
    /// <exception cref="UniMedException">The logits are not finite numbers.</exception>
    public void Advance(Device device, Tensor logits)
    {
        device.Download(logits, _scores);
        _search.Advance(_scores);
        long now = Stopwatch.GetTimestamp();
        _milliseconds.Add(Stopwatch.GetElapsedTime(_lastStep, now).TotalMilliseconds);
        _lastStep = now;
    }

    /// <summary>Ends the search: the best hypothesis, whose tokens the request's listener is given. Call it once.</summary>
    public GeneratedSequence Finish()
    {
        BeamHypothesis best = _search.Finish();
        int[] tokens = [.. best.Ids.Skip(1)];
        FinishReason reason = tokens.Length > 0 && tokens[^1] == _tokenizer.EosTokenId ? FinishReason.Stop : _atLimit;
        IReadOnlyList<float>? logProbabilities = _request.Options.LogProbabilities ? best.LogProbabilities : null;
        Report(tokens, logProbabilities);
        return new GeneratedSequence(tokens, logProbabilities, reason, _prefillMilliseconds, _milliseconds);
    }

    /// <summary>Gives the beams' blocks up.</summary>
    public void Release()
    {
        foreach (KvSequence beam in _beams)
            beam?.Release();
        _beams = [];
    }

    private void Report(int[] tokens, IReadOnlyList<float>? logProbabilities)
    {
        if (_request.OnToken is null)
            return;
        var decoder = new StreamingDecoder(_tokenizer);
        for (int i = 0; i < tokens.Length; i++)
        {
            string text = decoder.Append(tokens[i]);
            if (i == tokens.Length - 1)
                text += decoder.Flush();
            _request.OnToken(new GeneratedToken(tokens[i], text, logProbabilities?[i]));
        }
    }
}
