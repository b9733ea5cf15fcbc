using System.Buffers;

namespace UniMed.Inference;

/// <summary>Puts an instruction into the prompt the model was trained with (docs/uni-med.md, section 5). Immutable and thread-safe.</summary>
public sealed class PromptTemplate
{
    private const string Slot = "{instruction}";
    private const int MaxImages = 10_000;

    private static readonly SearchValues<char> WhiteSpace = SearchValues.Create(" \t\r\n");

    private readonly (string Before, string After) _text;
    private readonly string _beforeImage;
    private readonly string _image;
    private readonly string _afterImage;
    private readonly string _afterInstruction;

    /// <summary>Takes the templates of a model folder.</summary>
    /// <exception cref="UniMedException">
    /// A template does not hold <c>{instruction}</c> exactly once, or the image template does not hold the placeholder exactly once, before it.
    /// </exception>
    public PromptTemplate(PromptConfig config)
    {
        ArgumentNullException.ThrowIfNull(config);
        _text = SplitOnce(config.TextTemplate, Slot, "text template");
        (string before, _afterInstruction) = SplitOnce(config.ImageTemplate, Slot, "image template");
        if (config.ImagePlaceholder.Length == 0)
        {
            throw new UniMedException(
                UniMedFailure.ModelFiles,
                "The image placeholder of the prompt is empty. Correct the model folder's config.json; UniMed's is <ImageHere>.");
        }

        (string left, string right) = SplitOnce(before, config.ImagePlaceholder, "image template, in front of {instruction},");

        // The tags that touch the placeholder belong to the image and are repeated with it.
        int imageStart = left.AsSpan().LastIndexOfAny(WhiteSpace) + 1;
        int tagEnd = right.AsSpan().IndexOfAny(WhiteSpace);
        if (tagEnd < 0)
            tagEnd = right.Length;
        _beforeImage = left[..imageStart];
        _image = left[imageStart..] + config.ImagePlaceholder + right[..tagEnd];
        _afterImage = right[tagEnd..];
    }

    /// <summary>The prompt with one image, <c>&lt;s&gt;[INST] &lt;Img&gt;&lt;ImageHere&gt;&lt;/Img&gt; {instruction} [/INST]</c>.</summary>
    /// <exception cref="ArgumentNullException">The instruction is null.</exception>
    public string WithImage(string instruction) => WithImages(instruction, 1);

    /// <summary>The prompt with several images: their tags one after the other, a space between them, in front of the instruction.</summary>
    /// <param name="instruction">The instruction, as it is.</param>
    /// <param name="count">Number of images, 1 to 10,000: more than any model has positions for.</param>
    /// <exception cref="ArgumentNullException">The instruction is null.</exception>
    /// <exception cref="UniMedException">The count is out of range.</exception>
    public string WithImages(string instruction, int count)
    {
        ArgumentNullException.ThrowIfNull(instruction);
        return count is >= 1 and <= MaxImages
            ? _beforeImage + string.Join(' ', Enumerable.Repeat(_image, count)) + _afterImage + instruction + _afterInstruction
            : throw new UniMedException(
                UniMedFailure.InvalidInput,
                $"A prompt with {count} images cannot be made from the image template. Give 1 to {MaxImages} images, or use a text-only task.");
    }

    /// <summary>The prompt without an image, <c>&lt;s&gt;[INST] {instruction} [/INST]</c>.</summary>
    /// <param name="instruction">The instruction, as it is.</param>
    /// <exception cref="ArgumentNullException">The instruction is null.</exception>
    public string TextOnly(string instruction)
    {
        ArgumentNullException.ThrowIfNull(instruction);
        return _text.Before + instruction + _text.After;
    }

    private static (string Before, string After) SplitOnce(string template, string part, string name)
    {
        string[] sides = template.Split(part);
        return sides.Length == 2
            ? (sides[0], sides[1])
            : throw new UniMedException(
                UniMedFailure.ModelFiles,
                $"The prompt's {name} must hold {part} exactly once; '{template}' holds it {sides.Length - 1} times. " +
                "Correct the model folder's config.json.");
    }
}
