using UniMed.Native;
using UniMed.WeightsConverter.Reporting;
using UniMed.WeightsConverter.Sources;
using UniMed.WeightsConverter.Torch;

namespace UniMed.WeightsConverter.Conversion;

/// <summary>The tensors of the output as they are found, and everything that is wrong with them: all problems are told at once.</summary>
internal sealed class TensorPlan
{
    private readonly List<PlannedTensor> _tensors = [];
    private readonly List<string> _problems = [];
    private readonly List<UnusedKey> _overridden = [];
    private readonly List<UnusedKey> _ignored = [];
    private readonly List<UnusedKey> _missing = [];
    private readonly List<(string Role, string Prefix, string Reason)> _reasons = [];

    /// <summary>Tensors in the order of planning.</summary>
    public IReadOnlyList<PlannedTensor> Tensors => _tensors;

    /// <summary>Keys that the checkpoint replaces.</summary>
    public IReadOnlyList<UnusedKey> Overridden => _overridden;

    /// <summary>Keys that are no parameters, or duplicates.</summary>
    public IReadOnlyList<UnusedKey> Ignored => _ignored;

    /// <summary>Optional tensors that are not there.</summary>
    public IReadOnlyList<UnusedKey> Missing => _missing;

    /// <summary>Plans one tensor: the first candidate that exists, of exactly this shape and a floating-point type.</summary>
    /// <param name="name">Name in the output.</param>
    /// <param name="shape">Required shape.</param>
    /// <param name="lora">What is added to it, or null.</param>
    /// <param name="candidates">Places in order of preference; the last one is where messages look for it.</param>
    public void Require(string name, IReadOnlyList<long> shape, LoraPair? lora, params ReadOnlySpan<TensorCandidate> candidates)
    {
        SourceTensor? chosen = null;
        foreach (TensorCandidate candidate in candidates)
        {
            if (!candidate.Pool.TryTake(candidate.Key, out SourceTensor? found))
                continue;
            if (chosen is null)
                chosen = found;
            else
                _overridden.Add(new UnusedKey(candidate.Pool.Role, candidate.Key, $"the checkpoint's {chosen.Key} is used instead"));
        }

        TensorCandidate usual = candidates[^1];
        if (chosen is null)
            _problems.Add($"{usual.Pool.Description}: \"{usual.Key}\" is missing; shape {Text(shape)} is expected.");
        else if (!chosen.Shape.SequenceEqual(shape))
            _problems.Add($"{chosen.File}: \"{chosen.Key}\" has shape {Text(chosen.Shape)}; {Text(shape)} is expected.");
        else if (chosen.Type.ToElementType() is not { } type || !type.IsFloat())
            _problems.Add($"{chosen.File}: \"{chosen.Key}\" has type {chosen.Type}; F64, F32, F16 or BF16 is expected.");
        else
            _tensors.Add(new PlannedTensor(name, chosen, lora));
    }

    /// <summary>Notes something that is wrong.</summary>
    public void AddProblem(string problem) => _problems.Add(problem);

    /// <summary>Notes that an optional tensor is in no source.</summary>
    public void AddMissing(TensorCandidate candidate, string substitute) => _missing.Add(new UnusedKey(candidate.Pool.Role, candidate.Key, substitute));

    /// <summary>Notes a key that is no parameter, or a duplicate.</summary>
    public void AddIgnored(string role, string key, string reason) => _ignored.Add(new UnusedKey(role, key, reason));

    /// <summary>Gives the reason for all keys of a source that start so and that nothing will have taken.</summary>
    public void ExplainUnused(TensorPool pool, string prefix, string reason) => _reasons.Add((pool.Role, prefix, reason));

    /// <summary>Accounts for everything that is left in a source.</summary>
    /// <param name="pool">The source, after all planning.</param>
    /// <param name="others">Its keys whose value is not a tensor.</param>
    /// <returns>The keys that nothing needs.</returns>
    public IReadOnlyList<UnusedKey> Finish(TensorPool pool, IReadOnlyList<string> others)
    {
        var unused = new List<UnusedKey>();
        foreach (string key in pool.Remaining)
        {
            if (Buffers.IsBuffer(key))
                AddIgnored(pool.Role, key, "a buffer, not a parameter");
            else
                unused.Add(new UnusedKey(pool.Role, key, ReasonFor(pool, key)));
        }

        foreach (string key in others)
            AddIgnored(pool.Role, key, "not a tensor that can be read");
        return unused;
    }

    /// <summary>Throws when anything is wrong.</summary>
    /// <exception cref="ConversionException">All problems, one a line.</exception>
    public void ThrowIfIncomplete()
    {
        if (_problems.Count == 0)
            return;
        string count = _problems.Count == 1 ? "1 problem" : $"{_problems.Count} problems";
        throw new ConversionException($"The files do not make a model ({count}):{Environment.NewLine}  {string.Join(Environment.NewLine + "  ", _problems)}");
    }

    private string ReasonFor(TensorPool pool, string key) =>
        _reasons.FirstOrDefault(r => r.Role == pool.Role && key.StartsWith(r.Prefix, StringComparison.Ordinal)).Reason ?? "not a parameter of this model";

    /// <summary>[a, b, c].</summary>
    public static string Text(IEnumerable<long> shape) => $"[{string.Join(", ", shape)}]";
}
