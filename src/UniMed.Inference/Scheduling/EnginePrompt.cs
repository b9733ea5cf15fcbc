using UniMed.Inference.Connector;
using UniMed.Inference.Generation;
using UniMed.Inference.Generation.Constraints;
using UniMed.Inference.Model;
using UniMed.Inference.Tasks;

namespace UniMed.Inference.Scheduling;

/// <summary>A request's prompt as the engine works with it.</summary>
/// <param name="Ids">Token ids; ~i stands for visual token i.</param>
/// <param name="Keys">Key of each full block.</param>
/// <param name="Blocks">Cache blocks that prompt and answer can come to occupy.</param>
/// <param name="Limit">How many tokens fit behind the prompt.</param>
/// <param name="Constraint">The answer's constraint over the model's vocabulary; null for none.</param>
internal sealed record EnginePrompt(int[] Ids, PrefixKey[] Keys, int Blocks, (int NewTokens, FinishReason AtLimit) Limit, TokenAutomaton? Constraint)
{
    /// <summary>Tokenizes and checks it.</summary>
    /// <exception cref="UniMedException">It does not fit the model, its images or its task.</exception>
    public static EnginePrompt Read(ModelAssembly model, string promptText, IReadOnlyList<MedicalImage> images, UniMedTask task, GenerationOptions options)
    {
        options.Validate();
        TokenizedPrompt prompt = TokenizedPrompt.Tokenize(promptText, model.Tokenizer, model.Config.Prompt);
        prompt.RequireImages(images.Count);
        if (images.Count > 0)
            VisualConnector.RequireImageTask(task);
        int[] ids = prompt.Splice([.. images.Select(_ => model.Connector.TokensPerImage)]);
        (int NewTokens, FinishReason AtLimit) limit = SequenceLimits.NewTokens(ids.Length, options.MaxNewTokens, model.Config.Language.MaxPositionEmbeddings);
        TokenAutomaton? constraint = model.Constraints.For(options.Constraint);
        constraint?.RequireRoom(limit.NewTokens);
        PrefixKey[] keys = PrefixKey.Of(ids, [.. images.Select(image => image.ContentHash)], model.Connector.TokensPerImage, task, model.Cache.Cache.BlockSize);
        int blocks = options.NumBeams == 1
            ? model.Cache.BlocksFor(ids.Length + limit.NewTokens - 1)
            : model.Cache.BlocksFor(ids.Length) + BeamProgress.Blocks(options.NumBeams, limit.NewTokens, model.Cache);
        return new EnginePrompt(ids, keys, blocks, limit, constraint);
    }
}
