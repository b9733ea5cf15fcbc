using UniMed.Inference.Messages;
using UniMed.Inference.Model;

namespace UniMed.Inference.Scheduling;

/// <summary>Where questions come in: task requests are checked, become jobs of a scheduler, and their callers get the pending answers.</summary>
/// <remarks>Thread-safe.</remarks>
/// <param name="model">The model.</param>
/// <param name="enter">Keeps what the scheduler needs alive; what it gives is disposed when the answer has ended.</param>
/// <param name="submit">Gives a job to the scheduler.</param>
internal sealed class Intake(ModelAssembly model, Func<LifetimeVisit>? enter, Action<EngineJob> submit)
{
    private readonly PromptTemplate _template = new(model.Config.Prompt);
    private long _requests;

    /// <summary>Asks about opened images.</summary>
    public PendingAnswer<TAnswer> Ask<TAnswer>(TaskRequest<TAnswer> request, IReadOnlyList<IOpenedImage> images, RequestOptions? options, CancellationToken cancellationToken)
        where TAnswer : TaskAnswer
    {
        ArgumentNullException.ThrowIfNull(request);
        IOpenedImage[] opened = Argument.Items(images);
        return Submit(request, [.. opened.Select(one => one.Image)], opened, options, cancellationToken);
    }

    /// <summary>Asks about images.</summary>
    public PendingAnswer<TAnswer> Ask<TAnswer>(TaskRequest<TAnswer> request, IReadOnlyList<MedicalImage> images, RequestOptions? options, CancellationToken cancellationToken)
        where TAnswer : TaskAnswer
    {
        ArgumentNullException.ThrowIfNull(request);
        return Submit(request, Argument.Items(images), [], options, cancellationToken);
    }

    private PendingAnswer<TAnswer> Submit<TAnswer>(TaskRequest<TAnswer> request, MedicalImage[] images, IOpenedImage[] opened, RequestOptions? options, CancellationToken cancellationToken)
        where TAnswer : TaskAnswer
    {
        options = request.Formed((options ?? new RequestOptions()).Whole());
        string prompt = request.PromptFor(_template, images.Length);
        LifetimeVisit? visit = null;
        var open = new List<IDisposable>(opened.Length);
        var cancellation = new AnswerCancellation(cancellationToken);
        EngineJob? job = null;
        try
        {
            visit = enter?.Invoke();
            foreach (IOpenedImage one in opened)
                open.Add(one.Enter(this));
            // Compiled here, not on the scheduler's thread: others wait there for their tokens.
            model.Constraints.Prepare(options.Generation.Constraint);
            LabelScoring? labels = request.Labels.Count == 0 ? null : new LabelScoring(request.Labels, LabelScoring.Encode(model.Tokenizer, request.Labels));
            job = new EngineJob(Interlocked.Increment(ref _requests), prompt, images, request.Task, options, cancellation) { Labels = labels, Opened = opened };
            var pending = new PendingAnswer<TAnswer>(onToken => AnswerAsync(job, request, onToken, open, visit), cancellation);
            submit(job);
            return pending;
        }
        catch (Exception refused)
        {
            cancellation.End();
            job?.Refuse(refused);
            open.ForEach(one => one.Dispose());
            visit?.Dispose();
            throw;
        }
    }

    /// <summary>Waits for the reply and reads it, on the scheduler's thread: to read takes less than to go to another.</summary>
    private static async Task<TAnswer> AnswerAsync<TAnswer>(EngineJob job, TaskRequest<TAnswer> request, Action<GeneratedToken> onToken, List<IDisposable> open, LifetimeVisit? visit)
        where TAnswer : TaskAnswer
    {
        try
        {
            job.OnToken = onToken;
            return request.Read(await job.Result.ConfigureAwait(false));
        }
        finally
        {
            // Opened images before their model.
            open.ForEach(one => one.Dispose());
            if (visit is not null && !visit.TryLeave())
            {
                // The last one to leave a disposed model ends its scheduler, and waits for the thread that runs this.
                await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
                visit.Dispose();
            }
        }
    }
}
