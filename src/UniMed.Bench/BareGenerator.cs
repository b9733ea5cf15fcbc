using System.Diagnostics;
using UniMed.Inference;
using UniMed.Inference.Generation;
using UniMed.Inference.Language;
using UniMed.Native;

namespace UniMed.Bench;

/// <summary>The bare steps that a scheduler adds to: one ragged prefill, then decode steps in which every unfinished sequence gets a token. Greedy and sampled.</summary>
/// <remarks>Thread-safe.</remarks>
internal sealed class BareGenerator(Device device, LanguageModel model, KvBlockPool pool, DecodePasses passes, LlamaTokenizer tokenizer)
{
    /// <summary>Continues a batch.</summary>
    /// <param name="requests">The requests; together they fit the free blocks of the cache.</param>
    /// <param name="cancellationToken">Looked at before every layer.</param>
    /// <returns>One result for each request, in order.</returns>
    /// <exception cref="UniMedException">A prompt is too long for the model, or the requests for its cache.</exception>
    public GeneratedSequence[] Generate(IReadOnlyList<GenerationRequest> requests, CancellationToken cancellationToken)
    {
        int blocks = requests.Sum(request => pool.BlocksFor(request.Ids.Length + Limit(request).NewTokens - 1));
        using KvReservation reservation = pool.TryLend(blocks)
            ?? throw new UniMedException(UniMedFailure.InvalidInput, $"The requests need a key-value cache of {blocks * (long)pool.Cache.BlockSize} positions; {pool.Free * (long)pool.Cache.BlockSize} are free. Measure a smaller batch or shorter prompts and answers.");
        SequenceState[] states = [.. requests.Select(request => new SequenceState(request, new KvSequence(reservation, pool.Cache.BlockSize), Limit(request), tokenizer))];
        Run(states, cancellationToken);
        return [.. states.Select(state => state.ToResult())];
    }

    private (int NewTokens, FinishReason AtLimit) Limit(GenerationRequest request) =>
        SequenceLimits.NewTokens(request.Ids.Length, request.Options.MaxNewTokens, model.Config.MaxPositionEmbeddings);

    private void Run(SequenceState[] states, CancellationToken cancellationToken)
    {
        long started = Stopwatch.GetTimestamp();
        var batch = new DecodeBatch(device, states);
        using (var prefill = new LanguagePass(device, model, pool.Cache, states.Sum(state => state.Request.Ids.Length), states.Length))
        {
            Tensor logits = prefill.Run([.. states.Select(state => new SequenceInput(state.Cache, state.Request.Ids, state.Request.VisualTokens))], cancellationToken);
            foreach (SequenceState state in states)
                state.MarkPrefilled(started);
            batch.Choose(logits);
        }

        using DecodePasses.Lease decode = passes.Rent(states.Length);
        while (batch.Count > 0)
            batch.Choose(decode.Pass.Run(batch.Inputs, cancellationToken));
    }
}
