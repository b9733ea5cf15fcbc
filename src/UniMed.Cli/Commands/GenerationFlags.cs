using System.CommandLine;
using UniMed.Cli.Rendering;
using UniMed.Cli.Streams;
using UniMed.Inference;

namespace UniMed.Cli.Commands;

/// <summary>How tokens are chosen; the defaults are the library's.</summary>
internal sealed class GenerationFlags
{
    private static readonly GenerationOptions Defaults = new();

    private readonly Option<int> _maxNewTokens = NumberOption.Create("--max-new-tokens", "Most tokens to generate, the end token included: 1 to 1000000.", Defaults.MaxNewTokens);
    private readonly Option<int> _numBeams = NumberOption.Create("--num-beams", "Sequences kept by beam search: 1 (greedy) to 64.", Defaults.NumBeams);
    private readonly Option<int> _minLength = NumberOption.Create("--min-length", "No end token before this many tokens, counting one begin token.", Defaults.MinLength);
    private readonly Option<double> _repetitionPenalty = NumberOption.Create("--repetition-penalty", "Above 0; more than 1 makes repeating tokens less likely.", Defaults.RepetitionPenalty);
    private readonly Option<double> _lengthPenalty = NumberOption.Create("--length-penalty", "With beams: above 0 favours long answers, below 0 short ones.", Defaults.LengthPenalty);
    private readonly Option<bool> _doSample = new("--do-sample") { Description = "Draw tokens at random instead of taking the best." };
    private readonly Option<double> _temperature = NumberOption.Create("--temperature", "With --do-sample: above 0; higher is more random.", Defaults.Temperature);
    private readonly Option<double> _topP = NumberOption.Create("--top-p", "With --do-sample: fewest tokens whose probabilities sum up to this, 0 to 1.", Defaults.TopP);
    private readonly Option<int> _topK = NumberOption.Create("--top-k", "With --do-sample: this many best tokens; 0 for all.", Defaults.TopK);
    private readonly Option<ulong> _seed = NumberOption.Create("--seed", "With --do-sample: the same seed gives the same answer.", Defaults.Seed);
    private readonly Option<bool> _logProbabilities = new("--log-probabilities") { Description = "Report each token's natural log-probability, and the score of the whole answer (uncalibrated)." };
    private readonly ConstraintFlags _constraint = new();

    public void AddTo(Command command)
    {
        foreach (Option option in (Option[])
            [_maxNewTokens, _numBeams, _minLength, _repetitionPenalty, _lengthPenalty, _doSample, _temperature, _topP, _topK, _seed, _logProbabilities])
        {
            command.Add(option);
        }

        _constraint.AddTo(command);
    }

    /// <summary>The files that the options name, so that no output is one of them.</summary>
    public InputFiles AddInputs(ParseResult parsed, InputFiles inputs) => _constraint.AddInputs(parsed, inputs);

    /// <summary>The options, checked before a model is loaded.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="areDefaults">True when requests may say otherwise: an option may be of no effect to the others then.</param>
    /// <exception cref="UsageException">One is out of range, or a file it names cannot be read.</exception>
    public GenerationOptions Read(ParseResult parsed, bool areDefaults = false)
    {
        var options = new GenerationOptions
        {
            MaxNewTokens = parsed.GetValue(_maxNewTokens),
            NumBeams = parsed.GetValue(_numBeams),
            MinLength = parsed.GetValue(_minLength),
            RepetitionPenalty = parsed.GetValue(_repetitionPenalty),
            LengthPenalty = parsed.GetValue(_lengthPenalty),
            DoSample = parsed.GetValue(_doSample),
            Temperature = parsed.GetValue(_temperature),
            TopP = parsed.GetValue(_topP),
            TopK = parsed.GetValue(_topK),
            Seed = parsed.GetValue(_seed),
            LogProbabilities = parsed.GetValue(_logProbabilities),
            Constraint = _constraint.Read(parsed),
        };
        try
        {
            options.Validate();
        }
        catch (UniMedException error)
        {
            throw new UsageException(OptionNames.AsFlags(error.Message));
        }

        if (!areDefaults)
            RequireEffect(parsed, options);

        return options;
    }

    /// <summary>The first option given that needs drawing at random, when that is off; null when there is none.</summary>
    public string? SamplingOption(ParseResult parsed) => parsed.GetValue(_doSample) ? null : Given(parsed, _temperature, _topP, _topK, _seed);

    /// <summary>Refuses an option that would be dropped in silence.</summary>
    private void RequireEffect(ParseResult parsed, GenerationOptions options)
    {
        if (parsed.GetResult(SampleFlags.Name) is null && SamplingOption(parsed) is { } sampling)
            throw new UsageException($"{sampling} has no effect where the best token is taken. Add {_doSample.Name} to draw at random, or leave it out.");
        if (options.NumBeams <= 1 && Given(parsed, _lengthPenalty) is { } beams)
            throw new UsageException($"{beams} has no effect without beams. Add {_numBeams.Name}, or leave it out.");
    }

    private static string? Given(ParseResult parsed, params Option[] options) =>
        options.FirstOrDefault(option => parsed.GetResult(option) is { Implicit: false })?.Name;
}
