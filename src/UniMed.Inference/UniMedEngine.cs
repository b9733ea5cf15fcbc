using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using UniMed.Inference.Imaging;
using UniMed.Inference.Language;
using UniMed.Inference.Messages;
using UniMed.Inference.Model;
using UniMed.Inference.Scheduling;
using UniMed.Native;

namespace UniMed.Inference;

/// <summary>
/// Answers many requests at once over one model: requests join and leave between steps, long prompts advance in chunks, waiting images are encoded together, equal prompt
/// beginnings, features and visual tokens are computed once. Every answer has the bits it has alone.
/// </summary>
/// <remarks>Thread-safe. One thread does the work. Dispose the engine before its model.</remarks>
/// <example><code>
/// await using var engine = UniMedEngine.Create(model);
/// TextAnswer answer = await engine.AskAsync(image, "Which plane is this MRI slice in?");
/// </code></example>
public sealed class UniMedEngine : IAsyncDisposable, IDisposable
{
    private const string AfterFaults = "Dispose it and the model, and load the model again.";

    private readonly IDisposable _visit;
    private readonly UniMedModel _model;
    private readonly EngineLog _log;
    private readonly VisualCache _visual;
    private readonly Scheduler _scheduler;
    private readonly Intake _intake;
    private Task? _disposal;

    private UniMedEngine(UniMedModel model, EngineOptions options)
    {
        Options = options;
        _visit = model.Enter();
        try
        {
            _model = model;
            _log = new EngineLog(options.LoggerFactory?.CreateLogger<UniMedEngine>() ?? NullLogger<UniMedEngine>.Instance);
            ModelAssembly assembly = model.Assembly;
            int blocks = BlocksOf(assembly, options);
            KvShare share = model.TryTakeBlocks(blocks)
                ?? throw new UniMedException(UniMedFailure.OutOfMemory, $"The engine cannot have {blocks} blocks of the model's key-value cache now: {assembly.Cache.Free} are free. Create it before requests run, or with a smaller KvCacheTokens.");
            _visual = new VisualCache(options.VisualCacheBytes);
            _scheduler = new Scheduler(assembly, options, _log, share, _visual, AfterFaults);
            _intake = new Intake(assembly, enter: null, Submit);
            DeviceInfo device = assembly.Device.Info;
            _log.Started(
                device.Name, device.Description, assembly.DeviceChoice.ToString(), options.MaxRunningRequests, options.MaxQueuedRequests, blocks * assembly.Cache.Cache.BlockSize, options.VisualCacheBytes);
        }
        catch
        {
            _visit.Dispose();
            throw;
        }
    }

    /// <summary>The limits that it was created with.</summary>
    public EngineOptions Options { get; }

    /// <summary>What it did and what it holds.</summary>
    public EngineStatistics Statistics => _scheduler.Statistics;

    /// <summary>The device's error after which the engine gave up and takes no more requests; null while it works. Whoever watches a host's health looks here.</summary>
    public Exception? Failure => _scheduler.Failure;

    /// <summary>Starts an engine.</summary>
    /// <param name="model">The model; it stays usable by itself, with what the engine leaves of its cache.</param>
    /// <param name="options">Limits; null for the defaults.</param>
    /// <exception cref="UniMedException">An option is out of range, or the model's cache has not the room.</exception>
    public static UniMedEngine Create(UniMedModel model, EngineOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        options ??= new EngineOptions();
        options.Validate();
        return new UniMedEngine(model, options);
    }

    /// <summary>Opens an encoded image file.</summary>
    /// <exception cref="ImageException">It cannot be read, is broken, or exceeds the model's limits.</exception>
    /// <exception cref="ArgumentNullException">The path is null.</exception>
    /// <exception cref="ObjectDisposedException">The engine is disposed.</exception>
    public Study Open(string imagePath)
    {
        Argument.Text(imagePath);
        return Open(_model.LoadImage(imagePath));
    }

    /// <summary>Opens an image, to be asked about in the engine. It is encoded when it is first asked about; the study keeps what is computed of it, and shares it with requests about the same picture.</summary>
    /// <exception cref="ObjectDisposedException">The engine is disposed.</exception>
    public Study Open(MedicalImage image)
    {
        ArgumentNullException.ThrowIfNull(image);
        ObjectDisposedException.ThrowIf(Volatile.Read(ref _disposal) is not null, this);
        return new Study(_intake, image);
    }

    /// <summary>Opens a picture that lies in the card's memory (<see cref="UniMedModelOptions.CudaHost"/>). It is read and encoded at once, and its bytes never come to the host.</summary>
    /// <remarks>
    /// Waits on the card for what the host's stream held at the call, and returns when the picture has been read: the host may overwrite or free it then, in any stream.
    /// The study keeps what was computed; two openings of equal pictures are computed twice.
    /// </remarks>
    /// <param name="pixels">Where the picture is.</param>
    /// <param name="windowing">The window of 16-bit gray; null takes the range from the smallest to the largest sample, as <see cref="MedicalImage"/> does.</param>
    /// <param name="monochrome1">Whether small samples are white (DICOM MONOCHROME1).</param>
    /// <param name="cancellationToken">Looked at before every block of the transformer.</param>
    /// <exception cref="ImageException">A window or MONOCHROME1 is asked of a colour picture, the memory is not there, of another card or the host's, or a number is not finite.</exception>
    /// <exception cref="InvalidOperationException">The host's stream is being captured.</exception>
    /// <exception cref="UniMedException">The engine's model was loaded without <see cref="UniMedModelOptions.CudaHost"/>, the device failed, or there is no memory for the pass.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    /// <exception cref="ObjectDisposedException">The engine is disposed.</exception>
    public Study Open(DevicePixels pixels, Windowing? windowing = null, bool monochrome1 = false, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(pixels);
        ObjectDisposedException.ThrowIf(Volatile.Read(ref _disposal) is not null, this);
        using IDisposable visit = _model.Enter();
        Study study = Study.Open(_model.Assembly, _visual, _intake, new DevicePicture(pixels, windowing, monochrome1), cancellationToken);
        if (Volatile.Read(ref _disposal) is null)
            return study;
        study.Dispose();
        throw new ObjectDisposedException(nameof(UniMedEngine));
    }

    /// <summary>Asks a request without images.</summary>
    /// <inheritdoc cref="AskAsync{TAnswer}(TaskRequest{TAnswer}, IReadOnlyList{MedicalImage}, RequestOptions, CancellationToken)"/>
    public PendingAnswer<TAnswer> AskAsync<TAnswer>(TaskRequest<TAnswer> request, RequestOptions? options = null, CancellationToken cancellationToken = default)
        where TAnswer : TaskAnswer =>
        AskAsync(request, Array.Empty<MedicalImage>(), options, cancellationToken);

    /// <summary>Asks a request about opened images.</summary>
    /// <typeparam name="TAnswer">Type of the answer.</typeparam>
    /// <param name="request">The request.</param>
    /// <param name="images">Images that this engine opened, in the order in which the prompt shows them.</param>
    /// <param name="options">How to answer, priority and deadline; null for the defaults.</param>
    /// <param name="cancellationToken">Takes the request out between two steps.</param>
    /// <inheritdoc cref="AskAsync{TAnswer}(TaskRequest{TAnswer}, IReadOnlyList{MedicalImage}, RequestOptions, CancellationToken)" path="/exception"/>
    public PendingAnswer<TAnswer> AskAsync<TAnswer>(TaskRequest<TAnswer> request, IReadOnlyList<Study> images, RequestOptions? options = null, CancellationToken cancellationToken = default)
        where TAnswer : TaskAnswer =>
        _intake.Ask(request, images, options, cancellationToken);

    /// <summary>Asks a request about images.</summary>
    /// <typeparam name="TAnswer">Type of the answer.</typeparam>
    /// <param name="request">The request.</param>
    /// <param name="images">Images, in the order in which the prompt shows them.</param>
    /// <param name="options">How to answer, priority and deadline; null for the defaults.</param>
    /// <param name="cancellationToken">Takes the request out between two steps.</param>
    /// <exception cref="ArgumentException">Something is null that may not be; the parameter is named.</exception>
    /// <exception cref="EngineOverloadedException">The queue is full.</exception>
    /// <exception cref="ObjectDisposedException">The engine is disposed, or drained.</exception>
    /// <exception cref="UniMedException">Raised by the answer: prompt, images, options or task do not fit; the device failed. Raised here: there is no such task, or the engine gave up.</exception>
    /// <exception cref="UniMedException">Raised by the answer: its deadline is over (<see cref="UniMedFailure.DeadlineExceeded"/>).</exception>
    public PendingAnswer<TAnswer> AskAsync<TAnswer>(TaskRequest<TAnswer> request, IReadOnlyList<MedicalImage> images, RequestOptions? options = null, CancellationToken cancellationToken = default)
        where TAnswer : TaskAnswer =>
        _intake.Ask(request, images, options, cancellationToken);

    /// <summary>Answers a question without an image (task qa).</summary>
    /// <inheritdoc cref="GenerateAsync"/>
    public PendingAnswer<TextAnswer> AnswerAsync(string question, RequestOptions? options = null, CancellationToken cancellationToken = default) =>
        AskAsync(TaskRequest.Answer(question), options, cancellationToken);

    /// <summary>Asks a question about an image (task vqa).</summary>
    /// <inheritdoc cref="GenerateAsync"/>
    public PendingAnswer<TextAnswer> AskAsync(MedicalImage image, string question, RequestOptions? options = null, CancellationToken cancellationToken = default) =>
        AskAsync(TaskRequest.Ask(question), One(image), options, cancellationToken);

    /// <summary>Locates what a phrase names (task refer).</summary>
    /// <inheritdoc cref="GenerateAsync"/>
    public PendingAnswer<LocateAnswer> LocateAsync(MedicalImage image, string phrase, RequestOptions? options = null, CancellationToken cancellationToken = default) =>
        AskAsync(TaskRequest.Locate(phrase), One(image), options, cancellationToken);

    /// <summary>Names what lies in a box (task identify).</summary>
    /// <inheritdoc cref="GenerateAsync"/>
    public PendingAnswer<TextAnswer> IdentifyAsync(MedicalImage image, PercentBox box, RequestOptions? options = null, CancellationToken cancellationToken = default) =>
        AskAsync(TaskRequest.Identify(box), One(image), options, cancellationToken);

    /// <summary>Describes an image (task caption).</summary>
    /// <param name="image">The image.</param>
    /// <param name="instruction">Null for the evaluation's "Describe this input image. "; or another request, without its tag.</param>
    /// <param name="options">How to answer, priority and deadline; null for the defaults.</param>
    /// <param name="cancellationToken">Takes the request out between two steps.</param>
    /// <inheritdoc cref="GenerateAsync"/>
    public PendingAnswer<TextAnswer> DescribeAsync(MedicalImage image, string? instruction = null, RequestOptions? options = null, CancellationToken cancellationToken = default) =>
        AskAsync(TaskRequest.Describe(instruction), One(image), options, cancellationToken);

    /// <summary>Classifies an image (task cls): generates, and scores every category. The categories share the prompt's cache and are scored beside the others' tokens.</summary>
    /// <param name="image">The image.</param>
    /// <param name="categories">Two or more categories.</param>
    /// <param name="subject">What is classified; the instruction asks "Which category does this {subject} belong to".</param>
    /// <param name="options">How to answer, priority and deadline; null for the defaults.</param>
    /// <param name="cancellationToken">Takes the request out between two steps.</param>
    /// <inheritdoc cref="GenerateAsync"/>
    public PendingAnswer<ClassifyAnswer> ClassifyAsync(
        MedicalImage image, IReadOnlyList<string> categories, string subject = "medical image", RequestOptions? options = null, CancellationToken cancellationToken = default) =>
        AskAsync(TaskRequest.Classify(categories, subject), One(image), options, cancellationToken);

    /// <summary>Continues a whole prompt that the caller wrote.</summary>
    /// <param name="prompt">Raw prompt with one placeholder for each image.</param>
    /// <param name="images">Images, in the order of the placeholders.</param>
    /// <param name="task">The task whose token routes the images.</param>
    /// <param name="options">How to answer, priority and deadline; null for the defaults.</param>
    /// <param name="cancellationToken">Takes the request out between two steps.</param>
    /// <inheritdoc cref="AskAsync{TAnswer}(TaskRequest{TAnswer}, IReadOnlyList{MedicalImage}, RequestOptions, CancellationToken)" path="/exception"/>
    public PendingAnswer<TextAnswer> GenerateAsync(
        string prompt, IReadOnlyList<MedicalImage> images, UniMedTask task, RequestOptions? options = null, CancellationToken cancellationToken = default) =>
        AskAsync(TaskRequest.Raw(task, prompt), images, options, cancellationToken);

    /// <summary>Takes no more requests and waits until those it has are answered.</summary>
    /// <exception cref="ObjectDisposedException">The engine is disposed.</exception>
    public async Task DrainAsync()
    {
        ObjectDisposedException.ThrowIf(Volatile.Read(ref _disposal) is not null, this);
        await _scheduler.DrainAsync().ConfigureAwait(false);
    }

    /// <summary>Cancels what waits and runs, and gives everything back. Whoever calls it again waits for the same end.</summary>
    public ValueTask DisposeAsync()
    {
        var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        return new ValueTask(Interlocked.CompareExchange(ref _disposal, ended.Task, null) ?? EndAsync(ended));
    }

    private async Task EndAsync(TaskCompletionSource ended)
    {
        try
        {
            await EndAsync().ConfigureAwait(false);
            ended.SetResult();
        }
        catch (Exception error)
        {
            ended.SetException(error);
        }

        await ended.Task.ConfigureAwait(false);
    }

    private async Task EndAsync()
    {
        await _scheduler.DisposeAsync().ConfigureAwait(false);
        EngineStatistics end = Statistics;
        _log.Ended(end.Completed, end.Failed, end.Cancelled);
        _visual.Dispose();
        _visit.Dispose();
    }

    /// <summary>As <see cref="DisposeAsync"/>, waiting for it, on any thread but the engine's own (where loggers and meter listeners are called); for containers that dispose synchronously.</summary>
    public void Dispose() => DisposeAsync().AsTask().GetAwaiter().GetResult();

    private static int BlocksOf(ModelAssembly assembly, EngineOptions options)
    {
        int all = assembly.Cache.Cache.Blocks;
        int context = assembly.Cache.BlocksFor(assembly.Config.Language.MaxPositionEmbeddings);
        return options.KvCacheTokens is { } tokens ? assembly.Cache.BlocksFor(tokens) : Math.Max(all - context, (all + 1) / 2);
    }

    private void Submit(EngineJob job)
    {
        if (_scheduler.TrySubmit(job))
            return;
        ObjectDisposedException.ThrowIf(Failure is null, this);
        throw new UniMedException(UniMedFailure.DeviceFailed, $"The engine gave up: {Failure.Message} {AfterFaults}", Failure);
    }

    private static MedicalImage[] One(MedicalImage image)
    {
        ArgumentNullException.ThrowIfNull(image);
        return [image];
    }
}
