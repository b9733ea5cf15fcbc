using UniMed.Inference.Generation;
using UniMed.Inference.Model;
using UniMed.Inference.Tasks;

namespace UniMed.Inference.Scheduling;

/// <summary>The way of a question: images seen, prompt spliced, text generated, text cleaned. Nothing reaches back.</summary>
/// <remarks>Thread-safe.</remarks>
internal sealed class QuestionRunner(ModelAssembly model)
{
    /// <summary>Answers questions together; each answer is the same as alone.</summary>
    public async Task<Reply[]> RunAsync(IReadOnlyList<Question> questions, CancellationToken cancellationToken)
    {
        foreach (Question question in questions)
            question.Options.Generation.Validate();
        var contexts = new List<VisualContext>();
        try
        {
            foreach (Question question in questions)
                contexts.Add(await VisualContext.CreateAsync(model, question.Prompt, question.Studies, question.Task, cancellationToken).ConfigureAwait(false));
            GeneratedSequence[] sequences = await model.Generator.GenerateAsync(
                [.. questions.Select((question, i) => new GenerationRequest(contexts[i].Ids, contexts[i].Tokens, question.Options.Generation, question.OnToken, model.Constraints.For(question.Options.Generation.Constraint)))],
                cancellationToken).ConfigureAwait(false);
            return [.. questions.Select((question, i) => ReplyReader.Read(
                model,
                question.Options,
                sequences[i],
                contexts[i].Ids.Length,
                [.. question.Studies.Select(study => study.Image)],
                contexts[i].Images,
                (contexts[i].VisionMilliseconds, contexts[i].ConnectorMilliseconds),
                []))];
        }
        finally
        {
            contexts.ForEach(context => context.Dispose());
        }
    }

    /// <summary>Scores categories as whole answers to a question, the end token included.</summary>
    public async Task<IReadOnlyList<LabelScore>> ScoreAsync(Question question, IReadOnlyList<string> labels, CancellationToken cancellationToken)
    {
        using VisualContext context = await VisualContext.CreateAsync(model, question.Prompt, question.Studies, question.Task, cancellationToken).ConfigureAwait(false);
        float[][] scores = await model.Scorer.ScoreAsync(
            context.Ids,
            context.Tokens,
            LabelScoring.Encode(model.Tokenizer, labels),
            cancellationToken).ConfigureAwait(false);
        return LabelScore.Rank(labels, scores);
    }
}
