using UniMed.Inference.Imaging;
using UniMed.Inference.Language;
using UniMed.Inference.Messages;
using UniMed.Inference.Model;
using UniMed.Inference.Scheduling;
using UniMed.Inference.Weights;
using UniMed.Native;

namespace UniMed.Inference;

/// <summary>
/// A loaded Uni-Med model. Load it once, open images with <see cref="Open(MedicalImage)"/>, ask about them, from any number of threads.
/// </summary>
/// <remarks>Immutable and thread-safe. Dispose gives memory and files back when running questions have ended. Source: Uni-Med, NeurIPS 2024, arXiv 2409.17508.</remarks>
public sealed class UniMedModel : IDisposable
{
    private readonly Lifetime _lifetime;
    private readonly UniMedModelOptions _options;
    private readonly Intake _intake;
    private readonly Lock _gate = new();
    private Scheduler? _scheduler;

    private UniMedModel(ModelAssembly assembly, UniMedModelOptions options)
    {
        Assembly = assembly;
        _options = options;
        _lifetime = new Lifetime(typeof(UniMedModel), Release);
        _intake = new Intake(assembly, _lifetime.Enter, Submit);
    }

    /// <summary>Sizes, options and provenance of the model.</summary>
    public UniMedConfig Config => Assembly.Config;

    /// <summary>The device the model runs on.</summary>
    public DeviceInfo Device => Assembly.Device.Info;

    /// <summary>How the device was chosen, and what was passed over for it. It stays the model's device for good.</summary>
    public DeviceChoice DeviceChoice => Assembly.DeviceChoice;

    /// <summary>Bytes of device memory now in use: cache, features, folded constants. Weights used in place from the mapped files do not count.</summary>
    public long AllocatedBytes => Assembly.Device.AllocatedBytes;

    /// <summary>The language model's tokenizer, for instance to count the tokens of a question. As in the reference, decoding skips the piece <c>$$</c> too, its padding token.</summary>
    public LlamaTokenizer Tokenizer => Assembly.Tokenizer;

    /// <summary>Positions of the model's key-value cache: what <see cref="UniMedModelOptions.KvCacheTokens"/> asked for, in whole blocks.</summary>
    public int KvCacheTokens => Assembly.Cache.Cache.Blocks * Assembly.Cache.Cache.BlockSize;

    /// <summary>Largest images that the model opens by their path; whoever decodes pictures for it holds them to the same.</summary>
    public ImageLimits ImageLimits => _options.ImageLimits;

    internal ModelAssembly Assembly { get; }

    /// <summary>What studies keep.</summary>
    internal VisualCache Visual { get; } = new(budgetBytes: 0);

    /// <summary>Limits of the scheduler of a model's own callers: nobody is refused, prompts are computed whole where they can be, and images are kept by their studies alone.</summary>
    private static EngineOptions SchedulerOptions { get; } = new() { MaxQueuedRequests = int.MaxValue, MaxRunningRequests = 64, MaxPrefillRows = 512, VisualCacheBytes = 0 };

    /// <summary>Loads a model folder that unimed-convert wrote. Weights are mapped, not read: loading takes time with their use.</summary>
    /// <param name="path">The folder: config.json, tokenizer.model and safetensors.</param>
    /// <param name="options">Device and limits; null for the defaults.</param>
    /// <exception cref="UniMedException">A file is missing, broken, or does not fit another; the message says which and what to do.</exception>
    public static UniMedModel Load(string path, UniMedModelOptions? options = null)
    {
        Argument.Text(path);
        options ??= new UniMedModelOptions();
        options.Validate();
        FirstUses.Begin();
        return new UniMedModel(ModelAssembly.Load(path, options), options);
    }

    /// <summary>Loads a model folder onto a device, which the model takes over.</summary>
    internal static UniMedModel Load(string path, UniMedModelOptions options, Device device) => new(ModelAssembly.Load(path, options, device), options);

    /// <summary>Makes a model of parts that lie in no folder; it takes the weights over.</summary>
    internal static UniMedModel Of(string name, UniMedConfig config, LlamaTokenizer tokenizer, IWeightSource weights, UniMedModelOptions options)
    {
        options.Validate();
        return new UniMedModel(ModelAssembly.Of(name, config, tokenizer, weights, options), options);
    }

    /// <summary>Opens an encoded image file (PNG, JPEG, BMP, GIF, WebP).</summary>
    /// <exception cref="ImageException">It cannot be read, is broken, or exceeds the limits.</exception>
    /// <exception cref="UniMedException">The path is empty.</exception>
    public Study Open(string imagePath)
    {
        Argument.Text(imagePath);
        return Open(LoadImage(imagePath));
    }

    /// <summary>Opens an image. It is encoded when it is first asked about.</summary>
    /// <exception cref="ObjectDisposedException">The model is disposed.</exception>
    public Study Open(MedicalImage image)
    {
        ArgumentNullException.ThrowIfNull(image);
        using IDisposable visit = _lifetime.Enter();
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
    /// <exception cref="UniMedException">The model was loaded without <see cref="UniMedModelOptions.CudaHost"/>, the device failed, or there is no memory for the pass.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    /// <exception cref="ObjectDisposedException">The model is disposed.</exception>
    public Study Open(DevicePixels pixels, Windowing? windowing = null, bool monochrome1 = false, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(pixels);
        using IDisposable visit = _lifetime.Enter();
        return Study.Open(Assembly, Visual, _intake, new DevicePicture(pixels, windowing, monochrome1), cancellationToken);
    }

    /// <summary>Asks a request without images.</summary>
    /// <typeparam name="TAnswer">Type of the answer.</typeparam>
    /// <param name="request">The request.</param>
    /// <param name="options">How to answer; null for the defaults.</param>
    /// <param name="cancellationToken">Takes the request out between two steps.</param>
    /// <exception cref="ObjectDisposedException">Raised here: the model is disposed.</exception>
    public PendingAnswer<TAnswer> AskAsync<TAnswer>(TaskRequest<TAnswer> request, RequestOptions? options = null, CancellationToken cancellationToken = default)
        where TAnswer : TaskAnswer =>
        AskAsync(request, [], options, cancellationToken);

    /// <summary>Asks a request about images.</summary>
    /// <typeparam name="TAnswer">Type of the answer.</typeparam>
    /// <param name="request">The request.</param>
    /// <param name="images">Opened images, in the order in which the prompt shows them.</param>
    /// <param name="options">How to answer; null for the defaults.</param>
    /// <param name="cancellationToken">Takes the request out between two steps.</param>
    /// <exception cref="ArgumentException">Raised here: the request, the images or one of them is null.</exception>
    /// <exception cref="UniMedException">Raised by the answer: an option is out of range, the prompt does not fit, its placeholders and the images do not match, or the task takes no image.</exception>
    /// <exception cref="ObjectDisposedException">Raised here: a study or the model is disposed.</exception>
    public PendingAnswer<TAnswer> AskAsync<TAnswer>(TaskRequest<TAnswer> request, IReadOnlyList<Study> images, RequestOptions? options = null, CancellationToken cancellationToken = default)
        where TAnswer : TaskAnswer =>
        _intake.Ask(request, images, options, cancellationToken);

    /// <summary>Answers a question without an image (task qa).</summary>
    /// <param name="question">The question alone; the evaluation's instruction is put around it.</param>
    /// <param name="options">How to answer; null for the defaults.</param>
    /// <param name="cancellationToken">Takes the request out between two steps.</param>
    /// <exception cref="ArgumentNullException">Raised here: the question is null.</exception>
    /// <exception cref="UniMedException">Raised here: the question is empty or white space.</exception>
    /// <exception cref="ObjectDisposedException">Raised here: the model is disposed.</exception>
    public PendingAnswer<TextAnswer> AnswerAsync(string question, RequestOptions? options = null, CancellationToken cancellationToken = default) =>
        AskAsync(TaskRequest.Answer(question), options, cancellationToken);

    /// <summary>Continues a whole prompt that the caller wrote.</summary>
    /// <param name="prompt">Raw prompt with one placeholder for each image.</param>
    /// <param name="images">Opened images, in the order of the placeholders.</param>
    /// <param name="task">The task whose token routes the images.</param>
    /// <param name="options">How to answer; null for the defaults.</param>
    /// <param name="cancellationToken">Takes the request out between two steps.</param>
    /// <exception cref="ArgumentNullException">Raised here: the prompt is null, or images or one of them is null.</exception>
    /// <exception cref="UniMedException">Raised here: the prompt is empty or white space.</exception>
    /// <exception cref="UniMedException">Raised by the answer: placeholders and images do not match, or the task takes no image. Raised here: there is no such task.</exception>
    public PendingAnswer<TextAnswer> GenerateAsync(
        string prompt, IReadOnlyList<Study> images, UniMedTask task, RequestOptions? options = null, CancellationToken cancellationToken = default) =>
        AskAsync(TaskRequest.Raw(task, prompt), images, options, cancellationToken);

    /// <summary>Continues several prompts together. Each answer has the same bits as alone.</summary>
    /// <param name="requests">The requests.</param>
    /// <param name="cancellationToken">Takes the request out between two steps.</param>
    /// <returns>One answer for each request, in order.</returns>
    /// <exception cref="ArgumentException">Requests, or something in one of them, is null.</exception>
    /// <exception cref="UniMedException">One of the requests cannot be answered.</exception>
    public async Task<IReadOnlyList<TextAnswer>> GenerateBatchAsync(IReadOnlyList<RawRequest> requests, CancellationToken cancellationToken = default)
    {
        RawRequest[] all = Argument.Items(requests);
        using IDisposable visit = _lifetime.Enter();
        return await AnswersTogether.CollectAsync(
            all.Length, (i, cancellation) => GenerateAsync(all[i].Prompt, all[i].Images, all[i].Task, all[i].Options, cancellation), cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Prepares what the first question would otherwise wait for: kernels that the device compiles on this machine (<see cref="IKernelCompiler"/>). Ends at once on devices that compile none.</summary>
    /// <param name="cancellationToken">Stops the work after the kernel that runs.</param>
    /// <exception cref="ObjectDisposedException">The model is disposed.</exception>
    public async Task WarmUpAsync(CancellationToken cancellationToken = default)
    {
        using IDisposable visit = _lifetime.Enter();
        if (Assembly.Device is IKernelCompiler compiler)
            await compiler.CompileAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public void Dispose() => _lifetime.Dispose();

    /// <summary>Keeps the model alive; dispose the result to let it go.</summary>
    internal IDisposable Enter() => _lifetime.Enter();

    /// <summary>Loads an image file within the model's limits.</summary>
    internal MedicalImage LoadImage(string imagePath) => MedicalImage.Load(imagePath, new ImageDecodeOptions { Limits = ImageLimits });

    /// <summary>Takes cache blocks, if need be those that no question of the model's own callers needs now; null when there are not so many.</summary>
    internal KvShare? TryTakeBlocks(int count)
    {
        Scheduler? idle;
        lock (_gate)
        {
            if (KvShare.TryTake(Assembly.Cache, count) is { } free)
                return free;
            idle = _scheduler is { IsIdle: true } ? TakeScheduler() : null;
        }

        idle?.Dispose();
        return idle is null ? null : KvShare.TryTake(Assembly.Cache, count);
    }

    /// <summary>Gives a job to the model's own scheduler, which begins with the first one.</summary>
    private void Submit(EngineJob job)
    {
        while (true)
        {
            Scheduler? ended;
            lock (_gate)
            {
                _scheduler ??= new Scheduler(
                    Assembly,
                    SchedulerOptions,
                    EngineLog.None,
                    KvShare.Growing(Assembly.Cache, Assembly.Cache.BlocksFor(Assembly.Config.Language.MaxPositionEmbeddings)),
                    Visual,
                    "Ask again; when it happens again, the device needs attention.");
                if (_scheduler.TrySubmit(job))
                    return;
                // A device's errors ended it. Another one begins: a caller may ask again as often as he likes.
                ended = TakeScheduler();
            }

            ended?.Dispose();
        }
    }

    /// <summary>Takes the scheduler out, to be ended outside the gate: its thread may tell a host's listeners something, and they may ask the model.</summary>
    private Scheduler? TakeScheduler()
    {
        Scheduler? taken = _scheduler;
        _scheduler = null;
        return taken;
    }

    private void Release()
    {
        Scheduler? last;
        lock (_gate)
            last = TakeScheduler();
        last?.Dispose();
        Visual.Dispose();
        Assembly.Dispose();
    }
}
