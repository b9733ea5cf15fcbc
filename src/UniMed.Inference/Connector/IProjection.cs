using UniMed.Native;

namespace UniMed.Inference.Connector;

/// <summary>Maps resampled features to the width of the language model.</summary>
internal interface IProjection : IDisposable
{
    /// <summary>Projects.</summary>
    /// <param name="input">[tokens, in].</param>
    /// <param name="routing">[tokens, experts]; null without experts.</param>
    /// <param name="output">[tokens, hidden_size].</param>
    void Project(Tensor input, Tensor? routing, Tensor output);
}
