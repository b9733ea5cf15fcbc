using UniMed.Inference.Connector;
using UniMed.Inference.Model;
using UniMed.Inference.Tasks;
using UniMed.Native;

namespace UniMed.Inference.Scheduling;

/// <summary>A prompt with its images seen: ids in which ~i stands for visual token i, and those tokens.</summary>
/// <remarks>Dispose lets the studies go.</remarks>
internal sealed class VisualContext : IDisposable
{
    private readonly List<IDisposable> _visits;
    private readonly DeviceBuffer? _joined;

    private VisualContext(List<IDisposable> visits, DeviceBuffer? joined, Tensor? tokens, int[] ids, IReadOnlyList<VisualTokens> images, double visionMilliseconds, double connectorMilliseconds)
    {
        _visits = visits;
        _joined = joined;
        Tokens = tokens;
        Ids = ids;
        Images = images;
        VisionMilliseconds = visionMilliseconds;
        ConnectorMilliseconds = connectorMilliseconds;
    }

    public int[] Ids { get; }

    public Tensor? Tokens { get; }

    public IReadOnlyList<VisualTokens> Images { get; }

    public double VisionMilliseconds { get; }

    public double ConnectorMilliseconds { get; }

    /// <summary>Tokenizes the prompt and lets its studies be seen for the task.</summary>
    public static async Task<VisualContext> CreateAsync(ModelAssembly model, string promptText, IReadOnlyList<Study> studies, UniMedTask task, CancellationToken cancellationToken)
    {
        TokenizedPrompt prompt = TokenizedPrompt.Tokenize(promptText, model.Tokenizer, model.Config.Prompt);
        prompt.RequireImages(studies.Count);
        var visits = new List<IDisposable>();
        try
        {
            var images = new List<VisualTokens>();
            double vision = 0;
            double connector = 0;
            foreach (Study study in studies)
            {
                visits.Add(study.Enter(model));
                (VisualTokens tokens, double visionTime, double connectorTime) = await study.VisualTokensAsync(task, cancellationToken).ConfigureAwait(false);
                images.Add(tokens);
                vision += visionTime;
                connector += connectorTime;
            }

            (Tensor? joined, DeviceBuffer? buffer) = Join(model.Device, images);
            return new VisualContext(visits, buffer, joined, prompt.Splice([.. images.Select(image => image.Count)]), images, vision, connector);
        }
        catch
        {
            visits.ForEach(visit => visit.Dispose());
            throw;
        }
    }

    /// <summary>Visual tokens of all images side by side; of one image its own.</summary>
    /// <returns>Null without images; a buffer to dispose where one was needed.</returns>
    public static (Tensor? Tokens, DeviceBuffer? Buffer) Join(Device device, IReadOnlyList<VisualTokens> images)
    {
        if (images.Count == 0)
            return (null, null);
        if (images.Count == 1)
            return (images[0].Tokens, null);
        int columns = images[0].Tokens.Columns;
        int rows = images.Sum(image => image.Count);
        DeviceBuffer buffer = device.Allocate((long)rows * columns);
        Tensor joined = buffer.AsTensor(rows, columns);
        int at = 0;
        foreach (VisualTokens image in images)
        {
            device.Copy(image.Tokens, joined.Slice(at, image.Count));
            at += image.Count;
        }

        return (joined, buffer);
    }

    public void Dispose()
    {
        _joined?.Dispose();
        _visits.ForEach(visit => visit.Dispose());
    }
}
