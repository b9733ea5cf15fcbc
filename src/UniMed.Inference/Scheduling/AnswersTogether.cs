namespace UniMed.Inference.Scheduling;

/// <summary>Several answers that are wanted together: when one cannot be had, the others are stopped.</summary>
internal static class AnswersTogether
{
    /// <summary>Asks all at once and waits for all.</summary>
    /// <param name="count">How many.</param>
    /// <param name="ask">Asks one, by its number, with a cancellation that it must pass on.</param>
    /// <param name="cancellationToken">Stops all.</param>
    /// <returns>The answers, in order.</returns>
    public static async Task<TAnswer[]> CollectAsync<TAnswer>(int count, Func<int, CancellationToken, PendingAnswer<TAnswer>> ask, CancellationToken cancellationToken)
    {
        using var together = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var running = new List<Task<TAnswer>>(count);
        try
        {
            for (int i = 0; i < count; i++)
                running.Add(StopOthersAsync((ask(i, together.Token) ?? throw new InvalidOperationException("The function that asks gave null; it must give the answer it began.")).AsTask(), together));
            return await Task.WhenAll(running).ConfigureAwait(false);
        }
        catch (Exception error)
        {
            await together.CancelAsync().ConfigureAwait(false);
            // None outlives the call, and none of their errors goes unseen.
            foreach (Task<TAnswer> answer in running)
                await answer.ContinueWith(static ended => ended.Exception, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default).ConfigureAwait(false);
            if (error is OperationCanceledException && cancellationToken.IsCancellationRequested)
                throw new OperationCanceledException(error.Message, error, cancellationToken);
            throw;
        }
    }

    private static async Task<TAnswer> StopOthersAsync<TAnswer>(Task<TAnswer> answer, CancellationTokenSource together)
    {
        try
        {
            return await answer.ConfigureAwait(false);
        }
        catch (Exception error) when (error is not OperationCanceledException)
        {
            await together.CancelAsync().ConfigureAwait(false);
            throw;
        }
    }
}
