using System.Diagnostics;
using UniMed.Inference.Language;
using UniMed.Inference.Tokenization;
using UniMed.Native;

namespace UniMed.Inference.Generation;

/// <summary>Continues prompts: one ragged prefill, then decode steps in which every unfinished sequence gets a token. Greedy and sampled; beams go to <see cref="BeamGenerator"/>.</summary>
/// <remarks>Thread-safe. A request gives the same tokens alone and in any batch.</remarks>
internal sealed class TextGenerator(IDevice device, LanguageModel model, KvBlockPool pool, LlamaTokenizer tokenizer)
{
    private readonly BeamGenerator _beams = new(device, model, pool, tokenizer);

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
                results[i] = await _beams.GenerateAsync(requests[i], cancellationToken);
                continue;
            }

            int blocks = BlocksFor(requests[i]);
            if (group.Count > 0 && groupBlocks + blocks > pool.Cache.Blocks)
            {
                await RunGroupAsync(requests, group, groupBlocks, results, cancellationToken);
                group.Clear();
                groupBlocks = 0;
            }

            group.Add(i);
            groupBlocks += blocks;
        }

        if (group.Count > 0)
            await RunGroupAsync(requests, group, groupBlocks, results, cancellationToken);
        return results;
    }

    private int BlocksFor(GenerationRequest request)
    {
        (int newTokens, _) = Limit(request);
        return pool.BlocksFor(request.Ids.Length + newTokens - 1);
    }

    private (int NewTokens, FinishReason AtLimit) Limit(GenerationRequest request) =>
        SequenceLimits.NewTokens(request.Ids.Length, request.Options.MaxNewTokens, model.Config.MaxPositionEmbeddings);

    private async Task RunGroupAsync(IReadOnlyList<GenerationRequest> requests, List<int> group, int blocks, GeneratedSequence[] results, CancellationToken cancellationToken)
    {
        using KvReservation reservation = await pool.ReserveAsync(blocks, cancellationToken);
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
        int rows = states.Sum(state => state.Request.Ids.Length);
        using (var prefill = new LanguagePass(device, model, pool.Cache, rows, states.Length))
        {
            Tensor logits = prefill.Run(
                [.. states.Select(state => state.Cache)],
                [.. states.Select(state => state.Request.Ids)],
                [.. states.Select(state => state.Request.VisualTokens)],
                null,
                cancellationToken);
            foreach (SequenceState state in states)
                state.MarkPrefilled(started);
            Choose(states, logits);
        }

        using var decode = new LanguagePass(device, model, pool.Cache, states.Length, states.Length);
        SequenceState[] active = [.. states.Where(state => state.Finished is null)];
        while (active.Length > 0)
        {
            Tensor logits = decode.Run(
                [.. active.Select(state => state.Cache)],
                [.. active.Select(state => (ReadOnlyMemory<int>)new[] { state.History[^1] })],
                new Tensor?[active.Length],
                null,
                cancellationToken);
            Choose(active, logits);
            active = [.. active.Where(state => state.Finished is null)];
        }
    }

    private void Choose(SequenceState[] states, Tensor logits)
    {
        int[] history = [.. states.SelectMany(state => state.History)];
        var offsets = new int[states.Length + 1];
        for (int i = 0; i < states.Length; i++)
            offsets[i + 1] = offsets[i] + states[i].History.Count;
        var chosen = new SampledToken[states.Length];
        device.Sample(logits, [.. states.Select(state => state.Sampling)], history, offsets, chosen);
        for (int i = 0; i < states.Length; i++)
        {
            FiniteLogits.Require(chosen[i].LogProbability);
            states[i].Append(chosen[i]);
        }
    }
}
