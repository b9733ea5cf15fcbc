using UniMed.Inference.Model;
using UniMed.Inference.Scheduling;
using UniMed.Inference.Tasks;
using UniMed.Inference.Weights.Synthetic;
using UniMed.Native;

namespace UniMed.Inference;

/// <summary>
/// A loaded Uni-Med model. Load it once, open images with <see cref="Open(MedicalImage)"/>, ask about them, from any number of threads.
/// </summary>
/// <remarks>Immutable and thread-safe. Dispose gives memory and files back when running questions have ended. Source: Uni-Med, NeurIPS 2024, arXiv 2409.17508.</remarks>
public sealed class UniMedModel : IDisposable
{
    private readonly Lifetime _lifetime;
    private readonly QuestionRunner _runner;
    private readonly PromptTemplate _template;
    private readonly UniMedModelOptions _options;

    private UniMedModel(ModelAssembly assembly, UniMedModelOptions options)
    {
        Assembly = assembly;
        _options = options;
        _runner = new QuestionRunner(assembly);
        _template = new PromptTemplate(assembly.Config.Prompt);
        _lifetime = new Lifetime(typeof(UniMedModel), assembly.Dispose);
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

    internal ModelAssembly Assembly { get; }

    /// <summary>Loads a model folder that unimed-convert wrote. Weights are mapped, not read: loading takes time with their use.</summary>
    /// <param name="path">The folder: config.json, tokenizer.model and safetensors.</param>
    /// <param name="options">Device and limits; null for the defaults.</param>
    /// <exception cref="UniMedException">A file is missing, broken, or does not fit another; the message says which and what to do.</exception>
    public static UniMedModel Load(string path, UniMedModelOptions? options = null)
    {
        Argument.Text(path);
        options ??= new UniMedModelOptions();
        options.Validate();
        return new UniMedModel(ModelAssembly.Load(path, options), options);
    }

    /// <summary>Loads a model folder onto a device, which the model takes over.</summary>
    internal static UniMedModel Load(string path, UniMedModelOptions options, Device device) => new(ModelAssembly.Load(path, options, device), options);

    /// <summary>Makes a model with random weights, for measuring: what it says means nothing.</summary>
    internal static UniMedModel Synthetic(SyntheticShape shape, SyntheticDtype dtype, int seed, UniMedModelOptions options)
    {
        options.Validate();
        return new UniMedModel(ModelAssembly.Synthetic(shape, dtype, seed, options), options);
    }

    /// <summary>Opens an encoded image file (PNG, JPEG, BMP, GIF, WebP).</summary>
    /// <exception cref="ImageException">It cannot be read, is broken, or exceeds the limits.</exception>
    /// <exception cref="ArgumentException">The path is null or empty.</exception>
    public Study Open(string imagePath)
    {
        ArgumentException.ThrowIfNullOrEmpty(imagePath);
        return Open(MedicalImage.Load(imagePath, new ImageDecodeOptions { Limits = _options.ImageLimits }));
    }

    /// <summary>Opens an image. It is looked at when it is first asked about.</summary>
    /// <exception cref="ObjectDisposedException">The model is disposed.</exception>
    public Study Open(MedicalImage image)
    {
        ArgumentNullException.ThrowIfNull(image);
        using IDisposable visit = _lifetime.Enter();
        return new Study(this, image);
    }

    /// <summary>Asks a request without images.</summary>
    /// <typeparam name="TAnswer">Type of the answer.</typeparam>
    /// <param name="request">The request.</param>
    /// <param name="options">How to answer; null for the defaults.</param>
    /// <param name="cancellationToken">Stops the work before the next layer.</param>
    /// <exception cref="ObjectDisposedException">Raised by the answer: the model is disposed.</exception>
    public PendingAnswer<TAnswer> AskAsync<TAnswer>(TaskRequest<TAnswer> request, RequestOptions? options = null, CancellationToken cancellationToken = default)
        where TAnswer : TaskAnswer =>
        AskAsync(request, [], options, cancellationToken);

    /// <summary>Asks a request about images.</summary>
    /// <typeparam name="TAnswer">Type of the answer.</typeparam>
    /// <param name="request">The request.</param>
    /// <param name="images">Opened images, in the order in which the prompt shows them.</param>
    /// <param name="options">How to answer; null for the defaults.</param>
    /// <param name="cancellationToken">Stops the work before the next layer.</param>
    /// <exception cref="ArgumentException">Raised here: the request, the images or one of them is null.</exception>
    /// <exception cref="UniMedException">Raised by the answer: an option is out of range, the prompt does not fit, its placeholders and the images do not match, or the task takes no image.</exception>
    /// <exception cref="ObjectDisposedException">Raised by the answer: a study or the model is disposed.</exception>
    public PendingAnswer<TAnswer> AskAsync<TAnswer>(TaskRequest<TAnswer> request, IReadOnlyList<Study> images, RequestOptions? options = null, CancellationToken cancellationToken = default)
        where TAnswer : TaskAnswer
    {
        ArgumentNullException.ThrowIfNull(request);
        Study[] studies = Argument.Items(images);
        var question = new Question(request.PromptFor(_template, studies.Length), studies, request.Task, request.Formed((options ?? new RequestOptions()).Whole()), null);
        return new PendingAnswer<TAnswer>(
            async (onToken, cancellation) =>
            {
                using IDisposable visit = _lifetime.Enter();
                Question listening = question with { OnToken = onToken };
                Reply reply = (await _runner.RunAsync([listening], cancellation).ConfigureAwait(false))[0];
                return request.Read(request.Labels.Count == 0 ? reply : reply with { LabelScores = await _runner.ScoreAsync(listening, request.Labels, cancellation).ConfigureAwait(false) });
            },
            cancellationToken);
    }

    /// <summary>Answers a question without an image (task qa).</summary>
    /// <param name="question">The question alone; the evaluation's instruction is put around it.</param>
    /// <param name="options">How to answer; null for the defaults.</param>
    /// <param name="cancellationToken">Stops the work before the next layer.</param>
    /// <exception cref="ArgumentException">Raised here: the question is null, empty or white space.</exception>
    /// <exception cref="ObjectDisposedException">Raised by the answer: the model is disposed.</exception>
    public PendingAnswer<TextAnswer> AnswerAsync(string question, RequestOptions? options = null, CancellationToken cancellationToken = default) =>
        AskAsync(TaskRequest.Answer(question), options, cancellationToken);

    /// <summary>Continues a whole prompt that the caller wrote.</summary>
    /// <param name="prompt">Raw prompt with one placeholder for each image.</param>
    /// <param name="images">Opened images, in the order of the placeholders.</param>
    /// <param name="task">The task whose token routes the images.</param>
    /// <param name="options">How to answer; null for the defaults.</param>
    /// <param name="cancellationToken">Stops the work before the next layer.</param>
    /// <exception cref="ArgumentException">Raised here: the prompt is null, empty or white space, or images or one of them is null.</exception>
    /// <exception cref="UniMedException">Raised by the answer: placeholders and images do not match, or the task takes no image. Raised here: there is no such task.</exception>
    public PendingAnswer<TextAnswer> GenerateAsync(
        string prompt, IReadOnlyList<Study> images, UniMedTask task, RequestOptions? options = null, CancellationToken cancellationToken = default) =>
        AskAsync(TaskRequest.Raw(task, prompt), images, options, cancellationToken);

    /// <summary>Continues several prompts in one ragged batch. Each answer has the same bits as alone.</summary>
    /// <param name="requests">The requests.</param>
    /// <param name="cancellationToken">Stops the work before the next layer.</param>
    /// <returns>One answer for each request, in order.</returns>
    /// <exception cref="ArgumentException">Requests, or something in one of them, is null, or a prompt is empty or white space.</exception>
    /// <exception cref="UniMedException">One of the requests cannot be answered.</exception>
    public async Task<IReadOnlyList<TextAnswer>> GenerateBatchAsync(IReadOnlyList<RawRequest> requests, CancellationToken cancellationToken = default)
    {
        Question[] questions = [.. Argument.Items(requests).Select(request => Question.Of(request, null))];
        using IDisposable visit = _lifetime.Enter();
        Reply[] replies = await Task.Run(() => _runner.RunAsync(questions, cancellationToken), cancellationToken).ConfigureAwait(false);
        return [.. replies.Select(reply => new TextAnswer(reply))];
    }

    /// <summary>Prepares what the first question would otherwise wait for: kernels that the device compiles on this machine (<see cref="IKernelCompiler"/>). Ends at once on devices that compile none.</summary>
    /// <param name="cancellationToken">Stops the work after the kernel at hand.</param>
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

    internal bool Owns(ModelAssembly assembly) => ReferenceEquals(assembly, Assembly);
}
