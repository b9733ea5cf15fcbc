namespace UniMed.Inference.Scheduling;

/// <summary>An image that a caller keeps open: it lives as long as a question about it runs, and keeps what is computed of it.</summary>
/// <remarks>What the scheduler needs to know of a <c>Study</c>, which itself asks the scheduler.</remarks>
internal interface IOpenedImage
{
    /// <summary>The image.</summary>
    MedicalImage Image { get; }

    /// <summary>Keeps it alive for a question; dispose the result to let it go.</summary>
    /// <param name="asked">Who is asked.</param>
    /// <exception cref="UniMedException">Another opened it.</exception>
    IDisposable Enter(Intake asked);

    /// <summary>Keeps what was computed of the image as long as it is open. Called while a question about it runs.</summary>
    /// <param name="cache">Where it is kept.</param>
    /// <param name="key">What it is.</param>
    void Keep(VisualCache cache, VisualKey key);
}
