using System.Collections.Concurrent;
using System.Diagnostics;
using UniMed.Inference.Connector;
using UniMed.Inference.Model;
using UniMed.Inference.Vision;

namespace UniMed.Inference;

/// <summary>
/// One image opened by a model. It is looked at once: its vision features, and each task's visual tokens, are kept and shared by all questions about it, whichever come first.
/// </summary>
/// <remarks>Thread-safe. Dispose gives the features back when running questions have ended.</remarks>
public sealed class Study : IDisposable
{
    private readonly UniMedModel _model;
    private readonly Lifetime _lifetime;
    private readonly SemaphoreSlim _gate = new(1, 1);
    private readonly ConcurrentDictionary<UniMedTask, VisualTokens> _visualTokens = new();
    private VisionFeatures? _features;

    internal Study(UniMedModel model, MedicalImage image)
    {
        _model = model;
        Image = image;
        _lifetime = new Lifetime(typeof(Study), Release);
    }

    /// <summary>The image.</summary>
    public MedicalImage Image { get; }

    /// <summary>Asks a request about the image.</summary>
    /// <typeparam name="TAnswer">Type of the answer.</typeparam>
    /// <param name="request">The request.</param>
    /// <param name="options">How to answer; null for the defaults.</param>
    /// <param name="cancellationToken">Stops the work before the next layer.</param>
    /// <exception cref="ArgumentException">Raised here: the request is null.</exception>
    /// <exception cref="UniMedException">Raised by the answer: an option is out of range, the prompt does not fit, or the task takes no image.</exception>
    /// <exception cref="ObjectDisposedException">Raised by the answer: the study or its model is disposed.</exception>
    public PendingAnswer<TAnswer> AskAsync<TAnswer>(TaskRequest<TAnswer> request, RequestOptions? options = null, CancellationToken cancellationToken = default)
        where TAnswer : TaskAnswer =>
        _model.AskAsync(request, [this], options, cancellationToken);

    /// <summary>Asks a question about the image (task vqa).</summary>
    /// <param name="question">The question alone; the evaluation's instruction is put around it.</param>
    /// <param name="options">How to answer; null for the defaults.</param>
    /// <param name="cancellationToken">Stops the work before the next layer.</param>
    /// <exception cref="ArgumentException">Raised here: the question is null, empty or white space.</exception>
    /// <exception cref="UniMedException">Raised by the answer: an option is out of range or the prompt does not fit.</exception>
    /// <exception cref="ObjectDisposedException">Raised by the answer: the study or its model is disposed.</exception>
    public PendingAnswer<TextAnswer> AskAsync(string question, RequestOptions? options = null, CancellationToken cancellationToken = default) =>
        AskAsync(TaskRequest.Ask(question), options, cancellationToken);

    /// <summary>Locates what a phrase names (task refer).</summary>
    /// <param name="phrase">Such as "left frontal lobe".</param>
    /// <param name="options">How to answer; null for the defaults.</param>
    /// <param name="cancellationToken">Stops the work before the next layer.</param>
    /// <exception cref="ArgumentException">Raised here: the phrase is null, empty or white space.</exception>
    public PendingAnswer<LocateAnswer> LocateAsync(string phrase, RequestOptions? options = null, CancellationToken cancellationToken = default) =>
        AskAsync(TaskRequest.Locate(phrase), options, cancellationToken);

    /// <summary>Names what lies in a box (task identify).</summary>
    /// <param name="box">Box in percent; <see cref="PercentBox.FromPixels"/> makes one from pixels.</param>
    /// <param name="options">How to answer; null for the defaults.</param>
    /// <param name="cancellationToken">Stops the work before the next layer.</param>
    /// <exception cref="UniMedException">Raised here: the box does not lie in the image, or is turned inside out.</exception>
    public PendingAnswer<TextAnswer> IdentifyAsync(PercentBox box, RequestOptions? options = null, CancellationToken cancellationToken = default) =>
        AskAsync(TaskRequest.Identify(box), options, cancellationToken);

    /// <summary>Describes the image (task caption). Enumerate the result for the text as it grows.</summary>
    /// <param name="instruction">Null for the evaluation's "Describe this input image. "; or another request, without its tag.</param>
    /// <param name="options">How to answer; null for the defaults.</param>
    /// <param name="cancellationToken">Stops the work before the next layer.</param>
    /// <exception cref="ArgumentException">Raised here: the request is empty or white space.</exception>
    public PendingAnswer<TextAnswer> DescribeAsync(string? instruction = null, RequestOptions? options = null, CancellationToken cancellationToken = default) =>
        AskAsync(TaskRequest.Describe(instruction), options, cancellationToken);

    /// <summary>Classifies the image (task cls): generates, and scores every category.</summary>
    /// <param name="categories">Two or more categories, each once.</param>
    /// <param name="subject">What is classified; the instruction asks "Which category does this {subject} belong to".</param>
    /// <param name="options">How to answer; null for the defaults.</param>
    /// <param name="cancellationToken">Stops the work before the next layer.</param>
    /// <exception cref="ArgumentException">Raised here: the categories are null, or the subject is null, empty or white space.</exception>
    /// <exception cref="UniMedException">Raised here: there are fewer than two categories, two are equal, or one is empty or has white space around it.</exception>
    public PendingAnswer<ClassifyAnswer> ClassifyAsync(
        IReadOnlyList<string> categories, string subject = "medical image", RequestOptions? options = null, CancellationToken cancellationToken = default) =>
        AskAsync(TaskRequest.Classify(categories, subject), options, cancellationToken);

    /// <inheritdoc/>
    public void Dispose() => _lifetime.Dispose();

    /// <summary>Keeps the study alive for a question of a model.</summary>
    internal IDisposable Enter(ModelAssembly model) =>
        _model.Owns(model)
            ? _lifetime.Enter()
            : throw new UniMedException("The study was opened by another model. Open the image with the model that is asked.");

    /// <summary>The image as the language model sees it for a task, made when it is first needed.</summary>
    /// <returns>Visual tokens, and the milliseconds spent on vision and connector now.</returns>
    internal async Task<(VisualTokens Tokens, double VisionMilliseconds, double ConnectorMilliseconds)> VisualTokensAsync(UniMedTask task, CancellationToken cancellationToken)
    {
        if (_visualTokens.TryGetValue(task, out VisualTokens? known))
            return (known, 0, 0);
        await _gate.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (_visualTokens.TryGetValue(task, out known))
                return (known, 0, 0);
            ModelAssembly model = _model.Assembly;
            double vision = 0;
            if (_features is null)
            {
                long started = Stopwatch.GetTimestamp();
                _features = model.Vision.Encode([model.Preprocessor.ToPixels(Image)], cancellationToken)[0];
                vision = Stopwatch.GetElapsedTime(started).TotalMilliseconds;
            }

            long projecting = Stopwatch.GetTimestamp();
            VisualTokens tokens = model.Connector.Project(_features, task);
            _visualTokens[task] = tokens;
            return (tokens, vision, Stopwatch.GetElapsedTime(projecting).TotalMilliseconds);
        }
        finally
        {
            _gate.Release();
        }
    }

    private void Release()
    {
        _features?.Dispose();
        foreach (VisualTokens tokens in _visualTokens.Values)
            tokens.Dispose();
    }
}
