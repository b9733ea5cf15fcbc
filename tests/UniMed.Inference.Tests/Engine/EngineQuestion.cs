namespace UniMed.Inference.Tests.Engine;

/// <summary>A request that can be given to an engine and, for comparison, to the model alone.</summary>
internal sealed record EngineQuestion(string Prompt, MedicalImage[] Images, UniMedTask Task, RequestOptions Options)
{
    private static readonly string[] Phrases = ["left insula", "right thalamus", "brain stem", "left frontal lobe"];

    /// <summary>A question of a random task about none, one or two images, greedy or sampled.</summary>
    public static EngineQuestion Random(Random random, UniMedModel model, MedicalImage[] images, int mostNewTokens = 23)
    {
        var template = new PromptTemplate(model.Config.Prompt);
        var generation = new GenerationOptions
        {
            MaxNewTokens = random.Next(1, mostNewTokens + 1),
            DoSample = random.Next(3) == 0,
            Seed = (ulong)random.Next(),
            RepetitionPenalty = random.Next(4) == 0 ? 1.2 : 1,
            LogProbabilities = true,
        };
        var options = new RequestOptions { Generation = generation };
        string phrase = Phrases[random.Next(Phrases.Length)];
        MedicalImage image = images[random.Next(images.Length)];
        return random.Next(7) switch
        {
            0 => new EngineQuestion(template.TextOnly(Instructions.Qa($"Where is the {phrase}?")), [], UniMedTask.Qa, options),
            1 => new EngineQuestion(template.WithImage(Instructions.Refer(phrase)), [image], UniMedTask.Refer, options),
            2 => new EngineQuestion(template.WithImage(Instructions.Caption()), [image], UniMedTask.Caption, options),
            3 => new EngineQuestion(template.WithImage(Instructions.Identify(new PercentBox(10, 20, 40, 60))), [image], UniMedTask.Identify, options),
            4 => new EngineQuestion(template.WithImages("Is the second one later?", 2), [image, images[0]], UniMedTask.Vqa, options),
            _ => new EngineQuestion(template.WithImage(Instructions.Vqa($"Is the {phrase} visible?")), [image], UniMedTask.Vqa, options),
        };
    }

    public PendingAnswer<TextAnswer> Ask(UniMedEngine engine, CancellationToken cancellationToken, int priority = 0, TimeSpan? deadline = null) =>
        engine.GenerateAsync(Prompt, Images, Task, Options with { Priority = priority, Deadline = deadline }, cancellationToken);

    public async Task<TextAnswer> AskAloneAsync(UniMedModel model, CancellationToken cancellationToken)
    {
        Study[] studies = [.. Images.Select(model.Open)];
        try
        {
            return await model.GenerateAsync(Prompt, studies, Task, Options, cancellationToken);
        }
        finally
        {
            foreach (Study study in studies)
                study.Dispose();
        }
    }
}
