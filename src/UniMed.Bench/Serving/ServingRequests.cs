using UniMed.Inference;
using UniMed.Inference.Tasks;

namespace UniMed.Bench.Serving;

/// <summary>Makes the requests of a load: seeded noise for pictures, seeded digits for words, which LLaMA's vocabularies and that of bytes spell with one token each.</summary>
internal static class ServingRequests
{
    private const int Channels = 3;

    /// <summary>Makes them; the same seed makes the same ones.</summary>
    /// <param name="model">The model they are for.</param>
    /// <param name="load">What they are.</param>
    /// <param name="seed">Seed of pictures and prompts.</param>
    /// <exception cref="UniMedException">Prompts of this length cannot be made, or do not fit the model.</exception>
    public static IReadOnlyList<ServingRequest> Make(UniMedModel model, ServingLoad load, int seed)
    {
        int positions = model.Config.Language.MaxPositionEmbeddings;
        if (load.PromptTokens + load.NewTokens - 1 > positions)
            throw new UniMedException(UniMedFailure.InvalidInput, $"{load.PromptTokens} prompt tokens and {load.NewTokens} new ones do not fit the model's {positions} positions. Ask for fewer.");
        var random = new Random(seed);
        UniMedTask[] tasks = TasksOf(load.Mix);
        MedicalImage[] pictures = [.. Enumerable.Range(0, load.Pictures).Select(_ => Noise(random, model.Config.Vision.ImageSize))];
        Dictionary<UniMedTask, string> beginnings = tasks.ToDictionary(task => task, task => Beginning(model, load, task, random));
        return [.. Enumerable.Range(0, load.Requests).Select(i =>
        {
            UniMedTask task = tasks[i / load.Pictures % tasks.Length];
            string prompt = beginnings[task] + Digits(random, load.OwnTokens);
            RequireLength(Length(model, prompt, task), load.PromptTokens);
            return new ServingRequest(prompt, task.TakesImage() ? [pictures[i % load.Pictures]] : [], task);
        })];
    }

    private static UniMedTask[] TasksOf(ServingMix mix) => mix switch
    {
        ServingMix.Qa => [UniMedTask.Qa],
        ServingMix.Vqa => [UniMedTask.Vqa],
        _ => [UniMedTask.Vqa, UniMedTask.Refer, UniMedTask.Identify, UniMedTask.Caption, UniMedTask.Qa],
    };

    /// <summary>What the prompts of a task have in common.</summary>
    private static string Beginning(UniMedModel model, ServingLoad load, UniMedTask task, Random random)
    {
        string start = task.TakesImage() ? "<s>" + model.Config.Prompt.ImagePlaceholder : "<s>";
        // A text has a space in front that a missing one has not.
        int shortest = Length(model, start + "0", task) - 1;
        int digits = load.PromptTokens - shortest - load.OwnTokens;
        return digits >= 1
            ? start + Digits(random, digits)
            : throw new UniMedException(UniMedFailure.InvalidInput, $"A prompt for {task.Name()} with {load.OwnTokens} positions of its own has at least {shortest + load.OwnTokens + 1} in all; {load.PromptTokens} were asked for. Ask for a longer prompt.");
    }

    private static int Length(UniMedModel model, string prompt, UniMedTask task) =>
        TokenizedPrompt.Tokenize(prompt, model.Assembly.Tokenizer, model.Config.Prompt).Splice(task.TakesImage() ? [model.Assembly.Connector.TokensPerImage] : []).Length;

    private static void RequireLength(int length, int asked)
    {
        if (length != asked)
            throw new UniMedException(UniMedFailure.InvalidInput, $"A prompt of {asked} positions came to {length}: the model's vocabulary does not spell digits one by one. Measure it with its own questions: unimed run.");
    }

    private static string Digits(Random random, int count) => string.Concat(Enumerable.Range(0, count).Select(_ => (char)('0' + random.Next(10))));

    private static MedicalImage Noise(Random random, int side)
    {
        var pixels = new byte[Channels * side * side];
        random.NextBytes(pixels);
        return MedicalImage.FromRgb24(pixels, side, side);
    }
}
