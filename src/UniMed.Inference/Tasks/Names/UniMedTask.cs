namespace UniMed.Inference;

/// <summary>The six tasks of Uni-Med (docs/uni-med.md, sections 1 and 5).</summary>
public enum UniMedTask
{
    /// <summary>Visual question answering: a question about the image, a short answer.</summary>
    Vqa,

    /// <summary>Referring expression comprehension: a phrase, the box where it is.</summary>
    Refer,

    /// <summary>Referring expression generation: a box, the phrase for what is in it.</summary>
    Identify,

    /// <summary>Report generation: the image, a description.</summary>
    Caption,

    /// <summary>Image classification: the image and a list of categories, one of them.</summary>
    Cls,

    /// <summary>Question answering without an image.</summary>
    Qa,
}
