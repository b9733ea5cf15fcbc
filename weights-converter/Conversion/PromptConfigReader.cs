using System.Globalization;
using System.Text.Json;
using UniMed.Inference;
using UniMed.WeightsConverter.Sources;

namespace UniMed.WeightsConverter.Conversion;

/// <summary>Compares the tokenizer with the language model's sizes and token ids, and reads the ids: config.json first, generation_config.json where it says nothing, then the tokenizer.</summary>
internal sealed class PromptConfigReader(LanguageFolder folder, LanguageConfig sizes, TensorPlan plan)
{
    private const string TokenizerName = "tokenizer.model";
    private const string ConfigName = "tokenizer_config.json";

    /// <summary>Rows that an embedding table may have beyond its tokens without a file that names them: tables are padded to multiples of 64, 128 or 256.</summary>
    private const int MaxPadding = 256;

    /// <summary>What generation_config.json may ask of a generation that UniMed does not do, with the values that ask nothing.</summary>
    private static readonly (string Name, double Neutral)[] GenerationRules =
    [
        ("repetition_penalty", 1), ("encoder_repetition_penalty", 1), ("no_repeat_ngram_size", 0), ("encoder_no_repeat_ngram_size", 0), ("typical_p", 1), ("epsilon_cutoff", 0), ("eta_cutoff", 0),
        ("min_p", 0), ("diversity_penalty", 0), ("num_beam_groups", 1), ("guidance_scale", 1), ("penalty_alpha", 0), ("bad_words_ids", double.NaN), ("suppress_tokens", double.NaN),
        ("begin_suppress_tokens", double.NaN), ("forced_bos_token_id", double.NaN), ("forced_eos_token_id", double.NaN), ("sequence_bias", double.NaN), ("exponential_decay_length_penalty", double.NaN),
    ];

    /// <summary>Reads the ids.</summary>
    /// <exception cref="UniMed.Inference.UniMedException">tokenizer.model is not a LLaMA tokenizer, or not this model's.</exception>
    public PromptConfig Read()
    {
        LlamaTokenizer tokenizer = LlamaTokenizer.Load(folder.TokenizerPath);
        CheckVocabulary(tokenizer.VocabSize);
        RequireAddedToken("add_bos_token", true);
        RequireAddedToken("add_eos_token", false);
        NoteGeneration();
        var usual = new PromptConfig();
        return usual with
        {
            BosTokenId = Agree("bos_token_id", "<s>", tokenizer.BosTokenId),
            EosTokenId = Agree("eos_token_id", "</s>", tokenizer.EosTokenId),
            UnkTokenId = tokenizer.UnkTokenId,
            PadTokenId = ReadPad(usual.PadTokenId),
        };
    }

    /// <summary>Prompts begin with one added begin-of-sequence token and no end: a tokenizer that is set otherwise gives other ids.</summary>
    private void RequireAddedToken(string property, bool expected)
    {
        if (folder.Find(ConfigName) is { } config && config.Has(property) && config.Bool(property, expected) != expected)
        {
            throw new ConversionException(
                $"{config.Name}: \"{property}\" is {JsonFile.Describe(config.Root.GetProperty(property))}, but Uni-Med's prompts are tokenized with {(expected ? "true" : "false")}. "
                + $"If the model was trained with {(expected ? "true" : "false")}, correct it in {config.Name}; otherwise it is not a model that UniMed can run.");
        }
    }

    private void CheckVocabulary(int pieces)
    {
        int surplus = sizes.VocabSize - pieces;
        if (surplus < 0)
        {
            throw new ConversionException(
                $"{folder.TokenizerPath} has {pieces} pieces, but {folder.Config.Name} says vocab_size {sizes.VocabSize}: the last {-surplus} would have no row in the embedding. "
                + $"They belong to different models. Copy {TokenizerName} from the folder of this very model.");
        }

        if (surplus == 0)
            return;
        int added = CountAdded(pieces);
        if (surplus >= added + MaxPadding || pieces < sizes.VocabSize / 2)
        {
            throw new ConversionException(
                $"{folder.TokenizerPath} has {pieces} pieces, but {folder.Config.Name} says vocab_size {sizes.VocabSize}: {surplus} rows would have no token, "
                + $"and {(added > 0 ? $"the added tokens of the folder are {added}" : "the folder names no added tokens")}. The tokenizer seems to be another model's. "
                + $"Copy {TokenizerName} from the folder of this very model; if tokens were added in training, its added_tokens.json too.");
        }

        plan.AddNote(
            $"The language model has {sizes.VocabSize} ids, {TokenizerName} {pieces} pieces. The ids from {pieces} on {(added > 0 ? "(added tokens or padding)" : "(padding)")} are kept as rows; "
            + "answers never use them.");
    }

    /// <summary>Ids beyond the vocabulary that the folder's files give to added tokens.</summary>
    private int CountAdded(int pieces)
    {
        var ids = new HashSet<int>();
        if (folder.Find("added_tokens.json") is { } added)
            ids.UnionWith(added.Root.EnumerateObject().Where(t => t.Value.ValueKind == JsonValueKind.Number && t.Value.TryGetInt32(out _)).Select(t => t.Value.GetInt32()));
        if (folder.Find(ConfigName)?.Child("added_tokens_decoder") is { } decoder)
        {
            foreach (JsonProperty token in decoder.Root.EnumerateObject())
            {
                if (int.TryParse(token.Name, NumberStyles.None, CultureInfo.InvariantCulture, out int id))
                    ids.Add(id);
            }
        }

        return ids.Count(id => id >= pieces && id < sizes.VocabSize);
    }

    private int Agree(string property, string piece, int tokenizerId)
    {
        foreach (JsonFile? file in (JsonFile?[])[folder.Config, folder.Generation])
        {
            IReadOnlyList<int> stated = file?.TokenIds(property) ?? [];
            if (stated.Count == 0)
                continue;
            if (!stated.Contains(tokenizerId))
            {
                throw new ConversionException(
                    $"{file!.Name}: \"{property}\" is {string.Join(", ", stated)}, but {piece} is id {tokenizerId} in {TokenizerName}. Correct \"{property}\" in {file.Name}, "
                    + $"or copy {TokenizerName} from the folder of this very model.");
            }

            if (stated.Count > 1)
                plan.AddNote($"{file!.Name} gives several ids as \"{property}\": {string.Join(", ", stated)}. Only {tokenizerId}, {piece} of {TokenizerName}, is used.");
            return tokenizerId;
        }

        return tokenizerId;
    }

    /// <summary>Padding is never looked up here, so an id without a row, which early LLaMA-2 folders have, does no harm.</summary>
    private int ReadPad(int usual)
    {
        int? stated = folder.Config.TokenIds("pad_token_id").Cast<int?>().FirstOrDefault() ?? folder.Generation?.TokenIds("pad_token_id").Cast<int?>().FirstOrDefault();
        if (stated is not { } pad)
            return usual;
        if (pad < sizes.VocabSize)
            return pad;
        plan.AddNote($"{folder.Config.Name}: \"pad_token_id\" is {pad}, but vocab_size is {sizes.VocabSize}. Nothing is padded with it, so {usual} is written in its place.");
        return usual;
    }

    private void NoteGeneration()
    {
        if (folder.Generation is not { } generation)
            return;
        foreach ((string name, double neutral) in GenerationRules)
        {
            if (!generation.Has(name))
                continue;
            JsonElement value = generation.Root.GetProperty(name);
            if (value.ValueKind == JsonValueKind.Number && value.GetDouble() == neutral)
                continue;
            plan.AddNote($"{generation.Name}: \"{name}\" is {JsonFile.Describe(value)}. It is not part of the weights: give it with each request where UniMed has it.");
        }
    }
}
