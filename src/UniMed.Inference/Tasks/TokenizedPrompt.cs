namespace UniMed.Inference.Tasks;

/// <summary>
/// A prompt as token ids: the text split at every image placeholder, each segment tokenized on its own, the first one with the
/// beginning-of-sequence token in front (also where it spells <c>&lt;s&gt;</c>, which makes two). The visual tokens of image i go between the
/// segments i and i + 1. Immutable and thread-safe.
/// </summary>
internal sealed class TokenizedPrompt
{
    private TokenizedPrompt(IReadOnlyList<int[]> segments, string placeholder)
    {
        Segments = segments;
        Placeholder = placeholder;
    }

    /// <summary>Token ids of the segments, one more than there are images; segments after the first may be empty.</summary>
    public IReadOnlyList<int[]> Segments { get; }

    /// <summary>Number of images the prompt has a place for.</summary>
    public int ImageSlots => Segments.Count - 1;

    private string Placeholder { get; }

    /// <summary>Splits and tokenizes a whole prompt.</summary>
    /// <param name="prompt">The raw prompt, such as <see cref="PromptTemplate"/> makes.</param>
    /// <param name="tokenizer">The language model's tokenizer.</param>
    /// <param name="config">Names the placeholder.</param>
    public static TokenizedPrompt Tokenize(string prompt, LlamaTokenizer tokenizer, PromptConfig config)
    {
        string[] texts = prompt.Split(config.ImagePlaceholder);
        int[][] segments = new int[texts.Length][];
        for (int i = 0; i < texts.Length; i++)
            segments[i] = [.. tokenizer.Encode(texts[i], addBos: i == 0)];
        return new TokenizedPrompt(segments, config.ImagePlaceholder);
    }

    /// <summary>One row of ids: the segments, and between them ~i for visual token i of all images.</summary>
    /// <param name="visualTokens">Visual tokens of each image.</param>
    public int[] Splice(IReadOnlyList<int> visualTokens)
    {
        var ids = new List<int>(Segments[0]);
        int visual = 0;
        for (int image = 0; image < visualTokens.Count; image++)
        {
            for (int i = 0; i < visualTokens[image]; i++)
                ids.Add(~visual++);
            ids.AddRange(Segments[image + 1]);
        }

        return [.. ids];
    }

    /// <summary>Checks that every image has its place.</summary>
    /// <param name="images">Number of images given.</param>
    /// <exception cref="UniMedException">The numbers differ.</exception>
    public void RequireImages(int images)
    {
        if (images != ImageSlots)
        {
            throw new UniMedException(
                UniMedFailure.InvalidInput,
                $"The prompt holds {Placeholder} {ImageSlots} times, but the number of images given is {images}. " +
                $"Write {Placeholder} once for each image.");
        }
    }
}
