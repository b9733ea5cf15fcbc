using System.Diagnostics;
using UniMed.Inference.Language;
using UniMed.Native;

namespace UniMed.Inference.Generation;

/// <summary>Continues prompts: one ragged prefill, then decode steps in which every unfinished sequence gets a token. Greedy and sampled; beams go to <see cref="BeamGenerator"/>.</summary>
/// <remarks>Thread-safe. A request gives the same tokens alone and in any batch.</remarks>
internal sealed class TextGenerator(Device device, LanguageModel model, KvBlockPool pool, DecodePasses passes, LlamaTokenizer tokenizer)
{
    private readonly BeamGenerator _beams = new(device, model, pool, passes, tokenizer);

    /// <summary>Generates for a batch.</summary>
    /// <param name="requests">Any number; they are run in groups that fit the cache.</param>
    /// <param name="cancellationToken">Looked at before every layer.</param>
    /// <returns>One result for each request, in order.</returns>
    /// <exception cref="UniMedException">A prompt is too long for the model or its cache.</exception>
    public async Task<GeneratedSequence[]> GenerateAsync(IReadOnlyList<GenerationRequest> requests, CancellationToken cancellationToken)
    {
        var results = new GeneratedSequence[requests.Count];
        var group = new List<int>();
        int groupBlocks = 0;
        for (int i = 0; i < requests.Count; i++)
        {
            if (requests[i].Options.NumBeams > 1)
            {
                results[i] = await _beams.GenerateAsync(requests[i], cancellationToken).ConfigureAwait(false);
                continue;
            }

            int blocks = BlocksFor(requests[i]);
            if (group.Count > 0 && groupBlocks + blocks > pool.Cache.Blocks)
            {
                await RunGroupAsync(requests, group, groupBlocks, results, cancellationToken).ConfigureAwait(false);
                group.Clear();
                groupBlocks = 0;
            }

            group.Add(i);
            groupBlocks += blocks;
        }

        if (group.Count > 0)
            await RunGroupAsync(requests, group, groupBlocks, results, cancellationToken).ConfigureAwait(false);
        return results;
    }

    private int BlocksFor(GenerationRequest request)
    {
        (int newTokens, _) = Limit(request);
        return pool.BlocksFor(request.Ids.Length + newTokens - 1);
    }

    private (int NewTokens, FinishReason AtLimit) Limit(GenerationRequest request)
    {
        (int NewTokens, FinishReason AtLimit) limit = SequenceLimits.NewTokens(request.Ids.Length, request.Options.MaxNewTokens, model.Config.MaxPositionEmbeddings);
        request.Constraint?.RequireRoom(limit.NewTokens);
        return limit;
    }

    private async Task RunGroupAsync(IReadOnlyList<GenerationRequest> requests, List<int> group, int blocks, GeneratedSequence[] results, CancellationToken cancellationToken)
    {
        using KvReservation reservation = await pool.ReserveAsync(blocks, cancellationToken).ConfigureAwait(false);
        SequenceState[] states =
        [
            .. group.Select(index => new SequenceState(requests[index], new KvSequence(reservation, pool.Cache.BlockSize), Limit(requests[index]), tokenizer)),
        ];
        Run(states, cancellationToken);
        for (int i = 0; i < group.Count; i++)
            results[group[i]] = states[i].ToResult();
    }

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
