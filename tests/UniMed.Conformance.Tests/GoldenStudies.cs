using UniMed.Inference;

namespace UniMed.Conformance.Tests;

/// <summary>Images of golden cases, opened once each: while they are open, what was computed of them is there for the next question.</summary>
internal sealed class GoldenStudies(UniMedModel model) : IDisposable
{
    private readonly Dictionary<string, Study> _studies = [];

    /// <summary>The study of a file.</summary>
    public Study Open(string path)
    {
        if (!_studies.TryGetValue(path, out Study? study))
            _studies.Add(path, study = model.Open(path));
        return study;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (Study study in _studies.Values)
            study.Dispose();
    }
}
