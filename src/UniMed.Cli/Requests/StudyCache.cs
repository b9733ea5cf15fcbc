using UniMed.Cli.Streams;
using UniMed.Inference;

namespace UniMed.Cli.Requests;

/// <summary>
/// Keeps the studies last asked about open, so that six questions about one image in a row cost one vision pass. Not thread-safe.
/// </summary>
/// <param name="engine">Opens images.</param>
/// <param name="decoding">How pictures are read.</param>
/// <param name="cancellationToken">Ends the wait for a pipe that nobody writes to.</param>
internal sealed class StudyCache(UniMedEngine engine, ImageDecodeOptions decoding, CancellationToken cancellationToken) : IDisposable
{
    private const int Capacity = 4;

    private readonly LinkedList<(string Path, Study Study)> _latestFirst = new();

    /// <summary>The study of an image file, opened now or kept. It stays open until <see cref="Trim"/>.</summary>
    /// <exception cref="ImageException">The image cannot be used.</exception>
    public Study Open(string path)
    {
        for (LinkedListNode<(string Path, Study Study)>? node = _latestFirst.First; node is not null; node = node.Next)
        {
            if (node.Value.Path != path)
                continue;
            _latestFirst.Remove(node);
            _latestFirst.AddFirst(node);
            return node.Value.Study;
        }

        Study study = engine.Open(Load(path));
        _latestFirst.AddFirst((path, study));
        return study;
    }

    /// <summary>Closes all but the last few studies.</summary>
    public void Trim() => CloseDownTo(Capacity);

    public void Dispose() => CloseDownTo(0);

    private MedicalImage Load(string path)
    {
        if (FileFacts.Of(path).Kind is not (FileKind.Pipe or FileKind.CharacterDevice))
            return MedicalImage.Load(path, decoding);
        Task<MedicalImage> loading = Task.Run(() => MedicalImage.Load(path, decoding), CancellationToken.None);
        return loading.WaitAsync(cancellationToken).GetAwaiter().GetResult();
    }

    private void CloseDownTo(int count)
    {
        while (_latestFirst.Count > count)
        {
            _latestFirst.Last!.Value.Study.Dispose();
            _latestFirst.RemoveLast();
        }
    }
}
