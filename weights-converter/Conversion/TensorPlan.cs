using UniMed.Inference;
using UniMed.Inference.Weights.Layout;
using UniMed.Native;
using UniMed.WeightsConverter.Reporting;
using UniMed.WeightsConverter.Sources;
using UniMed.WeightsConverter.Torch;

namespace UniMed.WeightsConverter.Conversion;

/// <summary>The tensors of the output as they are found, and everything that is wrong with them: all problems are told at once.</summary>
internal sealed class TensorPlan
{
    /// <summary>First parts of checkpoint keys below which everything is computed with.</summary>
    private static readonly HashSet<string> ComputedRoots = ["llm_model", "router", "moe_layers", "llm_proj", "ln_vision"];

    private readonly List<PlannedTensor> _tensors = [];
    private readonly List<string> _problems = [];
    private readonly List<UnusedKey> _overridden = [];
    private readonly List<UnusedKey> _ignored = [];
    private readonly List<UnusedKey> _missing = [];
    private readonly List<(string Role, string Prefix, string Reason)> _reasons = [];
    private readonly List<string> _notes = [];
    private readonly WeightNames _names = new();

    /// <summary>Tensors in the order of planning.</summary>
    public IReadOnlyList<PlannedTensor> Tensors => _tensors;

    /// <summary>Keys that the checkpoint replaces.</summary>
    public IReadOnlyList<UnusedKey> Overridden => _overridden;

    /// <summary>Keys that are no parameters, or duplicates.</summary>
    public IReadOnlyList<UnusedKey> Ignored => _ignored;

    /// <summary>Optional tensors that are not there.</summary>
    public IReadOnlyList<UnusedKey> Missing => _missing;

    /// <summary>What else a reader of the report must know, one sentence each.</summary>
    public IReadOnlyList<string> Notes => _notes;

    /// <summary>Plans one tensor: the first candidate that exists, of exactly this shape and a floating-point type.</summary>
    /// <param name="tensor">What the model asks for.</param>
    /// <param name="lora">What is added to it, or null.</param>
    /// <param name="candidates">Places in order of preference; the last one is where messages look for it.</param>
    public void Require(LayoutTensor tensor, LoraPair? lora, params ReadOnlySpan<TensorCandidate> candidates)
    {
        IReadOnlyList<long> shape = tensor.Shape;
        _names.Add(tensor.Name);
        SourceTensor? chosen = null;
        foreach (TensorCandidate candidate in candidates)
        {
            if (!candidate.Pool.TryTake(candidate.Key, out SourceTensor? found))
                continue;
            if (chosen is null)
                chosen = found;
            else
                _overridden.Add(new UnusedKey(candidate.Pool.Role, found.Key, $"the checkpoint's {chosen.Key} is used instead"));
        }

        TensorCandidate usual = candidates[^1];
        if (chosen is null && FindSkipped(candidates) is { } skipped)
            _problems.Add($"{skipped}; a tensor of shape {Text(shape)} is expected.");
        else if (chosen is null)
            _problems.Add($"{usual.Pool.Description}: \"{usual.Key}\" is missing; shape {Text(shape)} is expected.");
        else if (!chosen.Shape.SequenceEqual(shape))
            _problems.Add($"{chosen.File}: \"{chosen.Key}\" has shape {Text(chosen.Shape)}; {Text(shape)} is expected.");
        else if (chosen.Type.ToElementType() is not { } type || !type.IsFloat())
            _problems.Add($"{chosen.File}: \"{chosen.Key}\" has type {chosen.Type}; F64, F32, F16 or BF16 is expected.");
        else
            _tensors.Add(new PlannedTensor(tensor, chosen, lora));
    }

    /// <summary>Notes what a reader of the report must know.</summary>
    public void AddNote(string note) => _notes.Add(note);

    /// <summary>Notes something that is wrong.</summary>
    public void AddProblem(string problem) => _problems.Add(problem);

    /// <summary>Notes that an optional tensor is in no source.</summary>
    public void AddMissing(TensorCandidate candidate, string substitute) => _missing.Add(new UnusedKey(candidate.Pool.Role, candidate.Key, substitute));

    /// <summary>Notes a key that is no parameter, or a duplicate.</summary>
    public void AddIgnored(string role, string key, string reason) => _ignored.Add(new UnusedKey(role, key, reason));

    /// <summary>Gives the reason for all keys of a source that start so and that nothing will have taken.</summary>
    public void ExplainUnused(TensorPool pool, string prefix, string reason) => _reasons.Add((pool.Role, prefix, reason));

    /// <summary>Accounts for everything that is left in a source. What looks like a weight of the model is an error: it was trained, and something else would take its place.</summary>
    /// <param name="pool">The source, after all planning.</param>
    /// <param name="language">Sizes of the language model, to compare buffers with.</param>
    /// <returns>The keys that nothing needs.</returns>
    public IReadOnlyList<UnusedKey> Finish(TensorPool pool, LanguageConfig language)
    {
        foreach ((string wrapper, int count) in pool.Wrappers)
            _notes.Add($"{pool.Description}: {count} {(count == 1 ? "key is" : "keys are")} read without the wrapper \"{wrapper}\".");
        _problems.AddRange(pool.Conflicts);
        foreach ((SourceTensor tensor, SourceTensor used) in pool.Superseded)
            _overridden.Add(new UnusedKey(pool.Role, tensor.Key, $"{used.Key} is used instead"));
        var unused = new List<UnusedKey>();
        var foreignBuffers = new List<string>();
        foreach ((string key, SourceTensor tensor) in pool.Remaining)
        {
            if (ReasonFor(pool, key) is { } reason)
                unused.Add(new UnusedKey(pool.Role, tensor.Key, reason));
            else if (Buffers.IsBuffer(key))
                FinishBuffer(pool, tensor, language, foreignBuffers);
            else if (ProblemWith(pool, key, tensor.Key) is { } problem)
                _problems.Add(problem);
            else
                unused.Add(new UnusedKey(pool.Role, tensor.Key, "not a parameter of this model"));
        }

        // Every layer has its own; one message says it.
        if (foreignBuffers.Count > 0)
            _problems.Add(foreignBuffers[0] + (foreignBuffers.Count > 1 ? $" ({foreignBuffers.Count - 1} more buffers of {pool.Description} are like it.)" : ""));
        foreach (SkippedValue value in pool.Skipped)
        {
            AddIgnored(pool.Role, value.Key, $"not a tensor that can be read: {value.What}");
            bool isWeight = _names.Find(value.Key) is { } named && (value.IsBeside || (named.Wrapper.Length > 0 && !pool.TryPeek(value.Key, out _)));
            if (value.IsBeside && !isWeight)
                _notes.Add($"{pool.Description}: \"{value.Key}\" is {value.What}; it is not read.");
            if (isWeight)
                _problems.Add($"{pool.Description}: \"{value.Key}\" ends like the model's \"{_names.Find(value.Key)!.Value.Name}\" but is {value.What}.");
        }

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

    private static string? FindSkipped(ReadOnlySpan<TensorCandidate> candidates)
    {
        foreach (TensorCandidate candidate in candidates)
        {
            if (candidate.Pool.FindSkipped(candidate.Key) is { } what)
                return $"{candidate.Pool.Description}: \"{candidate.Key}\" is {what}";
        }

        return null;
    }

    private void FinishBuffer(TensorPool pool, SourceTensor tensor, LanguageConfig language, List<string> foreign)
    {
        string? problem = tensor.Key.EndsWith("rotary_emb.inv_freq", StringComparison.Ordinal) ? RotaryBuffer.Compare(tensor, language) : null;
        if (problem is null)
            AddIgnored(pool.Role, tensor.Key, "a buffer, not a parameter");
        else
            foreign.Add(problem);
    }

    /// <summary>Why a key that nobody took must not be left out in silence; null for one that may be.</summary>
    private string? ProblemWith(TensorPool pool, string key, string fileKey)
    {
        string place = $"{pool.Description}: \"{fileKey}\"";
        if (pool.Role != "vision" && AdapterKind.Of(key) is { } kind)
            return $"{place} belongs to {kind}, which is not merged here. Merge it in Python (peft's merge_and_unload) and save the whole model.";
        if (_names.Find(fileKey) is { } named)
        {
            return $"{place} ends like the model's \"{named.Name}\"{(named.Wrapper.Length > 0 ? $", but stands under \"{named.Wrapper}\", a wrapper that is not known" : ", but not where it belongs")}. "
                + "If it is the trained weight, save the state dict of the model inside the wrapper; if it is not, delete the key.";
        }

        bool isComputed = pool.Role switch
        {
            "checkpoint" => ComputedRoots.Contains(key.Split('.')[0]),
            "language" => key.StartsWith("model.layers.", StringComparison.Ordinal),
            _ => false,
        };
        return isComputed
            ? $"{place} is not a weight of this model as it is configured, but stands where only those are: the model it was trained in computes something else. Check the sources and options; delete the key if it is of no use."
            : null;
    }

    private string? ReasonFor(TensorPool pool, string key) =>
        _reasons.FirstOrDefault(r => r.Role == pool.Role && key.StartsWith(r.Prefix, StringComparison.Ordinal)).Reason;

    /// <summary>[a, b, c].</summary>
    public static string Text(IEnumerable<long> shape) => $"[{string.Join(", ", shape)}]";
}
