using UniMed.Inference.Messages;

namespace UniMed.Inference;

/// <summary>
/// The instructions of the authors' evaluation code, character for character: the model was trained with these, and other wordings cost
/// accuracy. An instruction starts with its task's tag and goes into a prompt with <see cref="PromptTemplate"/>. Thread-safe.
/// </summary>
public static class Instructions
{
    private const int LargestPercent = 100;

    /// <summary>Visual question answering.</summary>
    /// <param name="question">The question, as it is.</param>
    /// <exception cref="UniMedException">The question is empty or white space.</exception>
    public static string Vqa(string question) =>
        $"{UniMedTask.Vqa.Tag()} Based on the image, respond to this question with a short answer: {Argument.Text(question)}";

    /// <summary>Where something is in the image.</summary>
    /// <param name="phrase">What to look for, such as "left kidney".</param>
    /// <exception cref="UniMedException">The phrase is empty or white space.</exception>
    public static string Refer(string phrase) => $"{UniMedTask.Refer.Tag()} give me the location of {Argument.Text(phrase)}";

    /// <summary>What a part of the image shows.</summary>
    /// <param name="box">The part, every side in 0-100 percent.</param>
    /// <exception cref="UniMedException">A side is outside 0-100, or the box is turned inside out.</exception>
    public static string Identify(PercentBox box)
    {
        bool inside = box is { X1: >= 0, Y1: >= 0, X2: <= LargestPercent, Y2: <= LargestPercent } && box.X1 <= box.X2 && box.Y1 <= box.Y2;
        return inside
            ? $"{UniMedTask.Identify.Tag()} what object is in this location {box}"
            : throw new UniMedException(
                UniMedFailure.InvalidInput,
                $"The box {box} does not lie in the image: x1, y1, x2, y2 are percent of its width and height, 0 to 100, " +
                "with x1 <= x2 and y1 <= y2. Give the box in percent, or make it from pixels with PercentBox.FromPixels.");
    }

    /// <summary>
    /// A report of the image. The instruction ends in a space, as in the evaluation code, so two spaces stand in front of <c>[/INST]</c> in the
    /// prompt; that is one more token than without.
    /// </summary>
    /// <param name="chestXray">True for chest x-rays, which have a wording of their own (the MIMIC-CXR one).</param>
    public static string Caption(bool chestXray = false) => chestXray
        ? $"{UniMedTask.Caption.Tag()} Describe the given chest x-ray image in detail. "
        : $"{UniMedTask.Caption.Tag()} Describe this input image. ";

    /// <summary>Another request about the image, with the tag of reports.</summary>
    /// <param name="instruction">The request, as it is; null for the evaluation's.</param>
    /// <exception cref="UniMedException">The request is empty or white space.</exception>
    internal static string Caption(string? instruction) => instruction is null ? Caption() : $"{UniMedTask.Caption.Tag()} {Argument.Text(instruction)}";

    /// <summary>Which of several categories the image belongs to.</summary>
    /// <param name="subject">What the image is, such as "CT image"; it follows "this".</param>
    /// <param name="categories">
    /// Two or more. With two, the list reads "a or b?", which the evaluation's data sets (7 and 11 categories) have no example of.
    /// </param>
    /// <exception cref="UniMedException">The subject is empty or white space; fewer than two categories, two equal ones, an empty one, or one with white space around it.</exception>
    public static string Cls(string subject, IReadOnlyList<string> categories) =>
        $"{UniMedTask.Cls.Tag()} Which category does this {Argument.Text(subject)} belong to: {CategoryList.Join(categories)}?";

    /// <summary>A question without an image.</summary>
    /// <param name="question">The question, as it is.</param>
    /// <exception cref="UniMedException">The question is empty or white space.</exception>
    public static string Qa(string question) => $"{UniMedTask.Qa.Tag()} {Argument.Text(question)}";

    /// <summary>A question without an image, in the wording of the MedQA evaluation.</summary>
    /// <param name="question">The question, as it is.</param>
    /// <exception cref="UniMedException">The question is empty or white space.</exception>
    public static string BriefQa(string question) =>
        Qa($"If you are a doctor, please answer the following question briefly: {Argument.Text(question)}");
}
