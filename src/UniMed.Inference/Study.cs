using UniMed.Inference.Imaging;
using UniMed.Inference.Model;
using UniMed.Inference.Scheduling;
using UniMed.Native;

namespace UniMed.Inference;

/// <summary>
/// One image opened by a model or an engine. It is encoded once: its vision features, and each task's visual tokens, are kept and shared by all questions about it, whichever come first.
/// </summary>
/// <remarks>Thread-safe. Dispose gives the features back when running questions have ended.</remarks>
public sealed class Study : IDisposable, IOpenedImage
{
    private readonly Intake _intake;
    private readonly Lifetime _lifetime;
    private readonly Dictionary<VisualKey, VisualCache.Lease> _kept = [];

    internal Study(Intake intake, MedicalImage image)
    {
        _intake = intake;
        Image = image;
        _lifetime = new Lifetime(typeof(Study), Release);
    }

    /// <summary>Opens an image of which something is computed already, which the study keeps.</summary>
    internal Study(Intake intake, MedicalImage image, VisualKey key, VisualCache.Lease kept)
        : this(intake, image) =>
        _kept[key] = kept;

    /// <summary>The image; where it was opened from <see cref="DevicePixels"/>, its size alone.</summary>
    public MedicalImage Image { get; }

    /// <summary>Opens a picture in device memory: encodes it, and keeps that.</summary>
    internal static Study Open(ModelAssembly model, VisualCache visual, Intake intake, DevicePicture picture, CancellationToken cancellationToken)
    {
        (IDisposable features, long bytes) = DeviceImages.Encode(model, picture, cancellationToken);
        var image = new MedicalImage(picture.Pixels.Width, picture.Pixels.Height);
        var key = new VisualKey(image.ContentHash, null);
        return new Study(intake, image, key, visual.Add(key, features, bytes));
    }

    /// <summary>Asks a request about the image.</summary>
    /// <typeparam name="TAnswer">Type of the answer.</typeparam>
    /// <param name="request">The request.</param>
    /// <param name="options">How to answer; null for the defaults.</param>
    /// <param name="cancellationToken">Takes the request out between two steps.</param>
    /// <exception cref="ArgumentException">Raised here: the request is null.</exception>
    /// <exception cref="EngineOverloadedException">Raised here: the queue of the engine that opened the study is full.</exception>
    /// <exception cref="UniMedException">Raised by the answer: an option is out of range, the prompt does not fit, or the task takes no image; the device failed.</exception>
    /// <exception cref="UniMedException">Raised by the answer: its deadline is over (<see cref="UniMedFailure.DeadlineExceeded"/>).</exception>
    /// <exception cref="ObjectDisposedException">Raised here: the study, or the model or engine that opened it, is disposed.</exception>
    public PendingAnswer<TAnswer> AskAsync<TAnswer>(TaskRequest<TAnswer> request, RequestOptions? options = null, CancellationToken cancellationToken = default)
        where TAnswer : TaskAnswer =>
        _intake.Ask(request, [this], options, cancellationToken);

    /// <summary>Asks a question about the image (task vqa).</summary>
    /// <param name="question">The question alone; the evaluation's instruction is put around it.</param>
    /// <param name="options">How to answer; null for the defaults.</param>
    /// <param name="cancellationToken">Takes the request out between two steps.</param>
    /// <exception cref="ArgumentNullException">Raised here: the question is null.</exception>
    /// <exception cref="UniMedException">Raised here: the question is empty or white space.</exception>
    /// <exception cref="UniMedException">Raised by the answer: an option is out of range or the prompt does not fit.</exception>
    /// <exception cref="ObjectDisposedException">Raised here: the study, or the model or engine that opened it, is disposed.</exception>
    public PendingAnswer<TextAnswer> AskAsync(string question, RequestOptions? options = null, CancellationToken cancellationToken = default) =>
        AskAsync(TaskRequest.Ask(question), options, cancellationToken);

    /// <summary>Locates what a phrase names (task refer).</summary>
    /// <param name="phrase">Such as "left frontal lobe".</param>
    /// <param name="options">How to answer; null for the defaults.</param>
    /// <param name="cancellationToken">Takes the request out between two steps.</param>
    /// <exception cref="ArgumentNullException">Raised here: the phrase is null.</exception>
    /// <exception cref="UniMedException">Raised here: the phrase is empty or white space.</exception>
    public PendingAnswer<LocateAnswer> LocateAsync(string phrase, RequestOptions? options = null, CancellationToken cancellationToken = default) =>
        AskAsync(TaskRequest.Locate(phrase), options, cancellationToken);

    /// <summary>Names what lies in a box (task identify).</summary>
    /// <param name="box">Box in percent; <see cref="PercentBox.FromPixels"/> makes one from pixels.</param>
    /// <param name="options">How to answer; null for the defaults.</param>
    /// <param name="cancellationToken">Takes the request out between two steps.</param>
    /// <exception cref="UniMedException">Raised here: the box does not lie in the image, or is turned inside out.</exception>
    public PendingAnswer<TextAnswer> IdentifyAsync(PercentBox box, RequestOptions? options = null, CancellationToken cancellationToken = default) =>
        AskAsync(TaskRequest.Identify(box), options, cancellationToken);

    /// <summary>Describes the image (task caption). Enumerate the result for the text as it grows.</summary>
    /// <param name="instruction">Null for the evaluation's "Describe this input image. "; or another request, without its tag.</param>
    /// <param name="options">How to answer; null for the defaults.</param>
    /// <param name="cancellationToken">Takes the request out between two steps.</param>
    /// <exception cref="UniMedException">Raised here: the request is empty or white space.</exception>
    public PendingAnswer<TextAnswer> DescribeAsync(string? instruction = null, RequestOptions? options = null, CancellationToken cancellationToken = default) =>
        AskAsync(TaskRequest.Describe(instruction), options, cancellationToken);

    /// <summary>Classifies the image (task cls): generates, and scores every category.</summary>
    /// <param name="categories">Two or more categories, each once.</param>
    /// <param name="subject">What is classified; the instruction asks "Which category does this {subject} belong to".</param>
    /// <param name="options">How to answer; null for the defaults.</param>
    /// <param name="cancellationToken">Takes the request out between two steps.</param>
    /// <exception cref="ArgumentException">Raised here: the categories or the subject are null.</exception>
    /// <exception cref="UniMedException">Raised here: there are fewer than two categories, two are equal, one is empty or has white space around it, or the subject is empty.</exception>
    public PendingAnswer<ClassifyAnswer> ClassifyAsync(
        IReadOnlyList<string> categories, string subject = "medical image", RequestOptions? options = null, CancellationToken cancellationToken = default) =>
        AskAsync(TaskRequest.Classify(categories, subject), options, cancellationToken);

    /// <inheritdoc/>
    public void Dispose() => _lifetime.Dispose();

    /// <inheritdoc/>
    IDisposable IOpenedImage.Enter(Intake asked) =>
        ReferenceEquals(asked, _intake)
            ? _lifetime.Enter()
            : throw new UniMedException(UniMedFailure.InvalidInput, "The study was opened by another model or engine. Open the image with the one that is asked.");

    /// <inheritdoc/>
    void IOpenedImage.Keep(VisualCache cache, VisualKey key)
    {
        lock (_kept)
        {
            if (_kept.TryGetValue(key, out VisualCache.Lease? known) && !known.IsForgotten)
                return;
            if (cache.TryRent(key) is not { } lease)
                return;
            known?.Dispose();
            _kept[key] = lease;
        }
    }

    private void Release()
    {
        lock (_kept)
        {
            foreach (VisualCache.Lease lease in _kept.Values)
                lease.Dispose();
            _kept.Clear();
        }
    }
}
