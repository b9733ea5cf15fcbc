namespace UniMed.Inference.Tests.Engine.Soak;

/// <summary>A request that cannot be answered, and what its error must say.</summary>
/// <param name="Says">Part of the error's message.</param>
/// <param name="Ask">Asks it; a picture that cannot be read fails before there is a request.</param>
internal sealed record BrokenRequest(string Says, Func<UniMedEngine, PendingAnswer<TextAnswer>> Ask)
{
    private const int TooManyWords = 1100;

    /// <summary>One of each kind.</summary>
    /// <param name="model">The model.</param>
    /// <param name="image">A sound picture.</param>
    /// <param name="picture">Bytes of a picture file.</param>
    public static BrokenRequest[] All(UniMedModel model, MedicalImage image, byte[] picture)
    {
        var template = new PromptTemplate(model.Config.Prompt);
        string text = template.TextOnly("x");
        string tooLong = template.TextOnly(string.Join(' ', Enumerable.Repeat("insula", TooManyWords)));
        return
        [
            new("once for each image", engine => engine.GenerateAsync("no place for an image", [image], UniMedTask.Vqa)),
            new("once for each image", engine => engine.GenerateAsync(template.WithImages("x", 2), [image], UniMedTask.Vqa)),
            new("larger KvCacheTokens", engine => engine.GenerateAsync(text, [], UniMedTask.Qa, With(new GenerationOptions { MaxNewTokens = 700 }))),
            new("positions", engine => engine.GenerateAsync(tooLong, [], UniMedTask.Qa)),
            new("text only", engine => engine.GenerateAsync(template.WithImage("x"), [image], UniMedTask.Qa)),
            new("MaxNewTokens is 0", engine => engine.GenerateAsync(text, [], UniMedTask.Qa, With(new GenerationOptions { MaxNewTokens = 0 }))),
            new("beams (NumBeams)", engine => engine.GenerateAsync(text, [], UniMedTask.Qa, With(new GenerationOptions { NumBeams = 8 }))),
            new("broken.png", engine => engine.AskAsync(MedicalImage.Decode(picture.AsSpan(0, picture.Length / 2), source: "broken.png"), "Is this a picture?")),
        ];
    }

    private static RequestOptions With(GenerationOptions generation) => new() { Generation = generation };
}
