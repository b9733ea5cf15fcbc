using System.Globalization;

namespace UniMed.Inference;

/// <summary>
/// How new tokens are chosen, with the meaning and mostly the defaults of Hugging Face transformers 4.30.2. The defaults are the evaluation's:
/// greedy, 100 new tokens. The prompt does not count for <see cref="MinLength"/>, <see cref="RepetitionPenalty"/> and
/// <see cref="LengthPenalty"/>: the reference generates from embeddings, so lengths and history are one beginning-of-sequence token and the new
/// tokens. Immutable and thread-safe.
/// </summary>
public sealed record GenerationOptions
{
    private const int LargestLength = 1_000_000;
    /// <summary>Most beams of a request.</summary>
    internal const int MaxBeams = 64;

    // Far beyond any use, and near enough that scores stay finite numbers of single precision whatever they are divided and multiplied by.
    private const double MaxTemperature = 1e20;
    private const double MaxPenalty = 1e6;
    private const double MaxLengthPenalty = 1000;

    /// <summary>Most tokens to generate, the end-of-sequence token included: 1 to 1,000,000. Default 100.</summary>
    public int MaxNewTokens { get; init; } = 100;

    /// <summary>Sequences kept by beam search: 1 (none) to 64. Default 1.</summary>
    public int NumBeams { get; init; } = 1;

    /// <summary>
    /// The end-of-sequence token is not allowed before this many tokens, counting the beginning-of-sequence token: 0 to 1,000,000. Default 1,
    /// which is no restriction.
    /// </summary>
    public int MinLength { get; init; } = 1;

    /// <summary>
    /// Divides the positive scores of tokens already generated, and multiplies the negative ones: 1e-6 to 1e6; 1 is none, more repeats less.
    /// The default is 1. (Keskar et al. 2019, arXiv 1909.05858)
    /// </summary>
    public double RepetitionPenalty { get; init; } = 1;

    /// <summary>
    /// Beam search divides a sequence's log-probability by its length to this power: -1000 to 1000; above 0 favours long sequences, below 0 short ones.
    /// The default is 1. No effect without beams.
    /// </summary>
    public double LengthPenalty { get; init; } = 1;

    /// <summary>Draws tokens at random instead of taking the best. Default false.</summary>
    public bool DoSample { get; init; }

    /// <summary>Divides the scores before sampling: 1e-20 (in effect the best token) to 1e20 (all alike). Default 1. No effect unless <see cref="DoSample"/>.</summary>
    public double Temperature { get; init; } = 1;

    /// <summary>
    /// Samples from the fewest tokens whose probabilities sum up to this: 0 (the best token alone) to 1 (all). Default 0.9. No effect unless
    /// <see cref="DoSample"/>.
    /// </summary>
    public double TopP { get; init; } = 0.9;

    /// <summary>Samples from this many best tokens: 1 and up, or 0 for all. Default 50. No effect unless <see cref="DoSample"/>.</summary>
    public int TopK { get; init; } = 50;

    /// <summary>Where the random numbers of sampling start, any number; the same seed gives the same tokens. Default 0.</summary>
    public ulong Seed { get; init; }

    /// <summary>Gives each token's natural log-probability under the model. Default false.</summary>
    public bool LogProbabilities { get; init; }

    /// <summary>
    /// What the answer may be; null for any text. Only tokens that keep the answer inside it, and let it end in time, are chosen from; penalty, temperature, top-k and top-p act on those.
    /// The answer's text is then exactly one of the constraint's texts, without the reference's clean-up, and it ends by itself: with <see cref="FinishReason.Stop"/>. Log-probabilities stay those of the model without the constraint. Default null, as
    /// the reference. Not with beams, nor with a <see cref="MinLength"/> above 1.
    /// </summary>
    public AnswerConstraint? Constraint { get; init; }

    /// <summary>Checks every option.</summary>
    /// <exception cref="UniMedException">
    /// An option is out of range, or two do not go together; the message names option, range and value.
    /// </exception>
    public void Validate()
    {
        RequireBetween(nameof(MaxNewTokens), MaxNewTokens, 1, LargestLength);
        RequireBetween(nameof(NumBeams), NumBeams, 1, MaxBeams);
        RequireBetween(nameof(MinLength), MinLength, 0, LargestLength);
        RequireBetween(nameof(TopK), TopK, 0, int.MaxValue);
        RequireAround1(nameof(RepetitionPenalty), RepetitionPenalty, MaxPenalty, "1 is no penalty");
        Require(nameof(LengthPenalty), LengthPenalty, Math.Abs(LengthPenalty) <= MaxLengthPenalty, FormattableString.Invariant($"from {-MaxLengthPenalty} to {MaxLengthPenalty} (1 is the average over the length)"));
        RequireAround1(nameof(Temperature), Temperature, MaxTemperature, "for the best token, leave DoSample off");
        Require(nameof(TopP), TopP, TopP is >= 0 and <= 1, "a number from 0 to 1");
        if (NumBeams > 1 && DoSample)
        {
            throw new UniMedException(
                UniMedFailure.InvalidInput,
                $"NumBeams is {NumBeams} and DoSample is on; beam sampling is not offered. " +
                "Set NumBeams to 1 to sample, or turn DoSample off for beam search.");
        }

        if (Constraint is null)
            return;
        if (NumBeams > 1)
            throw new UniMedException(UniMedFailure.InvalidInput, $"NumBeams is {NumBeams} and the answer is constrained ({Constraint}); beam search under a constraint is not offered. Set NumBeams to 1, or leave the constraint out.");
        if (MinLength > 1)
            throw new UniMedException(UniMedFailure.InvalidInput, $"MinLength is {MinLength} and the answer is constrained ({Constraint}); a constraint alone says how long answers are. Leave MinLength at 1, or the constraint out.");
    }

    private static void RequireBetween(string option, int value, int least, int most) =>
        Require(option, value, value >= least && value <= most, FormattableString.Invariant($"from {least} to {most}"));

    private static void RequireAround1(string option, double value, double most, string hint) =>
        Require(option, value, value >= 1 / most && value <= most, FormattableString.Invariant($"from {1 / most} to {most} ({hint})"));

    private static void Require(string option, double value, bool holds, string allowed)
    {
        if (holds)
            return;

        string found = value.ToString(CultureInfo.InvariantCulture);
        throw new UniMedException(UniMedFailure.InvalidInput, $"{option} is {found}; it must be {allowed}. Correct the generation options.");
    }
}
