using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace UniMed.Inference.Weights;

/// <summary>Writes a <see cref="UniMedConfig"/> as <c>config.json</c>: two-space indentation, LF, members in a fixed order. <see cref="UniMedConfigReader"/> asks for each of them.</summary>
internal static class UniMedConfigWriter
{
    /// <summary>The file's bytes, without a line's end behind them. The same values give the same bytes.</summary>
    public static byte[] ToJson(UniMedConfig config)
    {
        var bytes = new ArrayBufferWriter<byte>();
        // Prompts such as <s>[INST] stay readable; the escaping that is relaxed only matters inside HTML.
        using (var json = new Utf8JsonWriter(bytes, new JsonWriterOptions { Indented = true, IndentSize = 2, NewLine = "\n", Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            json.WriteString("format", config.Format);
            json.WriteNumber("format_version", config.FormatVersion);
            Write(json, config.Vision);
            Write(json, config.Connector);
            Write(json, config.Language);
            Write(json, config.Preprocess);
            Write(json, config.Prompt);
            Write(json, config.Provenance);
            json.WriteEndObject();
        }

        return bytes.WrittenSpan.ToArray();
    }

    private static void Write(Utf8JsonWriter json, VisionConfig vision)
    {
        json.WriteStartObject("vision");
        json.WriteNumber("image_size", vision.ImageSize);
        json.WriteNumber("patch_size", vision.PatchSize);
        json.WriteNumber("embed_dim", vision.EmbedDim);
        json.WriteNumber("depth", vision.Depth);
        json.WriteNumber("num_heads", vision.NumHeads);
        json.WriteNumber("mlp_dim", vision.MlpDim);
        json.WriteNumber("layer_norm_eps", vision.LayerNormEps);
        json.WriteNumber("ln_vision_eps", vision.LnVisionEps);
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, ConnectorConfig connector)
    {
        json.WriteStartObject("connector");
        json.WriteString("projector_type", ConnectorSpelling.ProjectorType.Name(connector.ProjectorType));
        json.WriteBoolean("has_moe", connector.HasMoe);
        json.WriteString("resample_method", connector.ResampleMethod.Name());
        json.WriteNumber("resample_rate", connector.ResampleRate);
        json.WriteString("router_type", connector.RouterType?.Name());
        json.WriteString("router_method", connector.RouterMethod?.Name());
        json.WriteNumber("num_experts", connector.NumExperts);
        json.WriteNumber("sparse_topk", connector.SparseTopk);
        json.WriteNumber("num_task_tokens", connector.NumTaskTokens);
        json.WriteNumber("task_token_c", connector.TaskTokenC);
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, LanguageConfig language)
    {
        json.WriteStartObject("language");
        json.WriteNumber("hidden_size", language.HiddenSize);
        json.WriteNumber("intermediate_size", language.IntermediateSize);
        json.WriteNumber("num_hidden_layers", language.NumHiddenLayers);
        json.WriteNumber("num_attention_heads", language.NumAttentionHeads);
        json.WriteNumber("num_key_value_heads", language.NumKeyValueHeads);
        json.WriteNumber("head_dim", language.HeadDim);
        json.WriteNumber("vocab_size", language.VocabSize);
        json.WriteNumber("max_position_embeddings", language.MaxPositionEmbeddings);
        json.WriteNumber("rms_norm_eps", language.RmsNormEps);
        json.WriteNumber("rope_theta", language.RopeTheta);
        json.WriteBoolean("tie_word_embeddings", language.TieWordEmbeddings);
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, PreprocessConfig preprocess)
    {
        json.WriteStartObject("preprocess");
        json.WriteString("resample", preprocess.Resample);
        Write(json, "mean", preprocess.Mean);
        Write(json, "std", preprocess.Std);
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, string name, IReadOnlyList<float> numbers)
    {
        json.WriteStartArray(name);
        foreach (float number in numbers)
            json.WriteNumberValue(number);
        json.WriteEndArray();
    }

    private static void Write(Utf8JsonWriter json, PromptConfig prompt)
    {
        json.WriteStartObject("prompt");
        json.WriteString("image_template", prompt.ImageTemplate);
        json.WriteString("text_template", prompt.TextTemplate);
        json.WriteString("image_placeholder", prompt.ImagePlaceholder);
        json.WriteNumber("bos_token_id", prompt.BosTokenId);
        json.WriteNumber("eos_token_id", prompt.EosTokenId);
        json.WriteNumber("unk_token_id", prompt.UnkTokenId);
        json.WriteNumber("pad_token_id", prompt.PadTokenId);
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, ProvenanceConfig provenance)
    {
        json.WriteStartObject("provenance");
        json.WriteString("converter", provenance.Converter);
        json.WriteString("dtype", provenance.Dtype);
        json.WriteStartArray("sources");
        foreach (SourceFile source in provenance.Sources)
        {
            json.WriteStartObject();
            json.WriteString("role", source.Role);
            json.WriteString("name", source.Name);
            json.WriteNumber("bytes", source.Bytes);
            json.WriteString("sha256", source.Sha256);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteNumber("lora_rank", provenance.LoraRank);
        json.WriteNumber("lora_alpha", provenance.LoraAlpha);
        json.WriteEndObject();
    }
}
