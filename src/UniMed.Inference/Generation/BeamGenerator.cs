using System.Diagnostics;
using UniMed.Inference.Language;
using UniMed.Inference.Tokenization;
using UniMed.Native;

namespace UniMed.Inference.Generation;

/// <summary>Beam search for one request: the prompt is cached once, beams fork from it and share every full block.</summary>
/// <remarks>Thread-safe.</remarks>
internal sealed class BeamGenerator(Device device, LanguageModel model, KvBlockPool pool, DecodePasses passes, LlamaTokenizer tokenizer)
{
    /// <summary>Generates the best hypothesis.</summary>
    /// <exception cref="UniMedException">The prompt is too long for the model or its cache.</exception>
    public async Task<GeneratedSequence> GenerateAsync(GenerationRequest request, CancellationToken cancellationToken)
    {
        GenerationOptions options = request.Options;
        (int newTokens, FinishReason atLimit) = SequenceLimits.NewTokens(request.Ids.Length, options.MaxNewTokens, model.Config.MaxPositionEmbeddings);
        // Each beam owns what it adds behind the prompt, and for a moment the copy of a block it is about to leave.
        int blocks = pool.BlocksFor(request.Ids.Length) + (2 * options.NumBeams * (pool.BlocksFor(newTokens) + 1));
        using KvReservation reservation = await pool.ReserveAsync(blocks, cancellationToken).ConfigureAwait(false);
        GeneratedSequence best = Run(request, reservation, newTokens, atLimit, cancellationToken);
        Report(request, best);
        return best;
    }

    private GeneratedSequence Run(GenerationRequest request, KvReservation reservation, int newTokens, FinishReason atLimit, CancellationToken cancellationToken)
    {
        GenerationOptions options = request.Options;
        int beams = options.NumBeams;
        int vocabulary = model.LogitColumns;
        var search = new BeamSearch(beams, options.LengthPenalty, tokenizer.EosTokenId, tokenizer.BosTokenId, 1 + newTokens, (float)options.RepetitionPenalty, options.MinLength);
        var scores = new float[beams * vocabulary];
        var milliseconds = new List<double>();
        long started = Stopwatch.GetTimestamp();

        var prompt = new KvSequence(reservation, pool.Cache.BlockSize);
        using (var prefill = new LanguagePass(device, model, pool.Cache, request.Ids.Length, 1))
        {
            Tensor logits = prefill.Run([new SequenceInput(prompt, request.Ids, request.VisualTokens)], cancellationToken);
            device.Download(logits, scores.AsSpan(0, vocabulary));
        }

        double prefillMilliseconds = Stopwatch.GetElapsedTime(started).TotalMilliseconds;
        for (int beam = 1; beam < beams; beam++)
            scores.AsSpan(0, vocabulary).CopyTo(scores.AsSpan(beam * vocabulary));

        KvSequence[] sequences = [.. Enumerable.Range(0, beams).Select(_ => prompt.Fork())];
        prompt.Release();
        using DecodePasses.Lease decode = passes.Rent(beams);
        long step = Stopwatch.GetTimestamp();
        search.Advance(scores);
        while (!search.Done)
        {
            KvSequence[] forked = [.. search.ParentBeams.Select(parent => sequences[parent].Fork())];
            foreach (KvSequence sequence in sequences)
                sequence.Release();
            sequences = forked;
            Tensor logits = decode.Pass.Run([.. sequences.Select((sequence, beam) => new SequenceInput(sequence, new[] { search.Tokens[beam] }, null))], cancellationToken);
            device.Download(logits, scores);
            search.Advance(scores);
            milliseconds.Add(Stopwatch.GetElapsedTime(step).TotalMilliseconds);
            step = Stopwatch.GetTimestamp();
        }

        BeamHypothesis hypothesis = search.Finish();
        int[] tokens = [.. hypothesis.Ids.Skip(1)];
        FinishReason reason = tokens.Length > 0 && tokens[^1] == tokenizer.EosTokenId ? FinishReason.Stop : atLimit;
        return new GeneratedSequence(tokens, options.LogProbabilities ? hypothesis.LogProbabilities : null, reason, prefillMilliseconds, milliseconds);
    }

    private void Report(GenerationRequest request, GeneratedSequence best)
    {
        if (request.OnToken is null)
            return;
        var decoder = new StreamingDecoder(tokenizer);
        for (int i = 0; i < best.TokenIds.Count; i++)
        {
            string text = decoder.Append(best.TokenIds[i]);
            if (i == best.TokenIds.Count - 1)
                text += decoder.Flush();
            request.OnToken(new GeneratedToken(best.TokenIds[i], text, best.LogProbabilities?[i]));
        }
    }
}
