using UniMed.Inference.Language;
using UniMed.Native;

namespace UniMed.Inference.Generation;

/// <summary>Log-probabilities of given continuations of a prompt: the prompt is cached once, all continuations run in one ragged pass.</summary>
/// <remarks>Thread-safe.</remarks>
internal sealed class SequenceScorer(Device device, LanguageModel model, KvBlockPool pool)
{
    /// <summary>Checks that prompt and continuations fit the model.</summary>
    /// <exception cref="UniMedException">They do not.</exception>
    public static void RequireRoom(int promptLength, int longest, int maxPositions)
    {
        (int room, _) = SequenceLimits.NewTokens(promptLength, longest, maxPositions);
        if (room < longest)
            throw new UniMedException(UniMedFailure.InvalidInput, $"A prompt of {promptLength} positions and a continuation of {longest} tokens do not fit the model's {maxPositions} positions. Shorten the instruction or its categories.");
    }

    /// <summary>Scores continuations.</summary>
    /// <param name="ids">Prompt; ~i stands for row i of the visual tokens.</param>
    /// <param name="visualTokens">Visual tokens of the prompt; null without images.</param>
    /// <param name="continuations">Token ids that follow the prompt, each at least one.</param>
    /// <param name="cancellationToken">Looked at before every layer.</param>
    /// <returns>For each continuation the natural logarithm of the model's probability of each of its tokens.</returns>
    /// <exception cref="UniMedException">Prompt and continuation do not fit the model or its cache.</exception>
    public async Task<float[][]> ScoreAsync(ReadOnlyMemory<int> ids, Tensor? visualTokens, IReadOnlyList<int[]> continuations, CancellationToken cancellationToken)
    {
        RequireRoom(ids.Length, continuations.Max(tokens => tokens.Length), model.Config.MaxPositionEmbeddings);
        int blocks = pool.BlocksFor(ids.Length) + continuations.Sum(tokens => pool.BlocksFor(tokens.Length) + 1);
        using KvReservation reservation = await pool.ReserveAsync(blocks, cancellationToken).ConfigureAwait(false);
        int vocabulary = model.LogitColumns;
        var first = new float[vocabulary];
        var prompt = new KvSequence(reservation, pool.Cache.BlockSize);
        using (var prefill = new LanguagePass(device, model, pool.Cache, ids.Length, 1))
        {
            device.Download(prefill.Run([new SequenceInput(prompt, ids, visualTokens)], cancellationToken), first);
            LogitsProcessors.LogSoftmax(first);
        }

        var scores = new float[continuations.Count][];
        for (int k = 0; k < scores.Length; k++)
        {
            scores[k] = new float[continuations[k].Length];
            scores[k][0] = first[continuations[k][0]];
        }

        // The last token of a continuation is scored but never fed.
        int[] fed = [.. Enumerable.Range(0, scores.Length).Where(k => continuations[k].Length > 1)];
        int rows = fed.Sum(k => continuations[k].Length - 1);
        if (rows == 0)
            return scores;

        using var pass = new LanguagePass(device, model, pool.Cache, rows, rows);
        Tensor logits = pass.Run(
            [.. fed.Select(k => new SequenceInput(prompt.Fork(), continuations[k].AsMemory(0, continuations[k].Length - 1), null))],
            [.. Enumerable.Range(0, rows)],
            cancellationToken);
        var row = new float[vocabulary];
        int at = 0;
        foreach (int k in fed)
        {
            for (int i = 1; i < continuations[k].Length; i++)
            {
                device.Download(logits.Slice(at++, 1), row);
                LogitsProcessors.LogSoftmax(row);
                scores[k][i] = row[continuations[k][i]];
            }
        }

        return scores;
    }
}
