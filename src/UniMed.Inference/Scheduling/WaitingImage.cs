namespace UniMed.Inference.Scheduling;

/// <summary>An image that is to be encoded.</summary>
/// <param name="Image">The image; of equal ones the first.</param>
/// <param name="For">The requests that wait for it.</param>
internal sealed record WaitingImage(MedicalImage Image, List<EngineJob> For)
{
    /// <summary>The picture.</summary>
    public string ContentHash => Image.ContentHash;
}
