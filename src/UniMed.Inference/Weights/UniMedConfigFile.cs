using System.Text.Json;
using UniMed.Inference.Weights;

namespace UniMed.Inference;

/// <summary>Reads and writes <c>config.json</c> of a converted model folder. Thread-safe.</summary>
public static class UniMedConfigFile
{
    /// <summary>Name of the file in a model folder.</summary>
    public const string FileName = "config.json";

    private const int MaxBytes = 1 << 20;

    /// <summary>Nothing deeper is in the file.</summary>
    private const int MaxDepth = 16;

    /// <summary>Reads a configuration and checks every value.</summary>
    /// <param name="path">A config.json written by <c>unimed-convert</c>.</param>
    /// <returns>A configuration that <see cref="UniMedConfigValidation"/> accepts.</returns>
    /// <exception cref="UniMedException">The file is missing, not a UniMed configuration, of another version, or a value is impossible.</exception>
    public static UniMedConfig Read(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        try
        {
            long length = new FileInfo(path).Length;
            if (length > MaxBytes)
                throw new UniMedException(UniMedFailure.ModelFiles, $"{path}: a UniMed config.json has {MaxBytes} bytes at most, this file {length}. It is of another format.");
            return Parse(path, File.ReadAllBytes(path));
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new UniMedException(UniMedFailure.ModelFiles, $"{path}: there is no such file. A model folder made by unimed-convert holds {FileName}.", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UniMedException(UniMedFailure.ModelFiles, $"{path}: the file cannot be read: {e.Message}", e);
        }
    }

    /// <summary>Checks a configuration and writes it: two-space indentation, LF, UTF-8, members in a fixed order. The same values give the same bytes.</summary>
    /// <param name="path">Where the file goes; an older one is replaced, at once and only when the new one is whole.</param>
    /// <param name="config">The configuration.</param>
    /// <exception cref="UniMedException">A value is impossible, or the disk refuses.</exception>
    public static void Write(string path, UniMedConfig config)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentNullException.ThrowIfNull(config);
        UniMedConfigValidation.Check(path, config);
        byte[] json = UniMedConfigWriter.ToJson(config);
        try
        {
            AtomicFile.Write(path, [.. json, (byte)'\n']);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UniMedException(UniMedFailure.ModelFiles, $"{path}: the file cannot be written: {e.Message} Check that the folder exists, may be written to, and has space.", e);
        }
    }

    /// <summary>Reads the bytes of a configuration and checks every value.</summary>
    /// <exception cref="UniMedException">As for <see cref="Read"/>.</exception>
    internal static UniMedConfig Parse(string path, ReadOnlySpan<byte> bytes)
    {
        try
        {
            var reader = new Utf8JsonReader(JsonText.WithoutMark(bytes), new JsonReaderOptions { MaxDepth = MaxDepth });
            using JsonDocument document = JsonDocument.ParseValue(ref reader);
            // Throws when anything but white space follows.
            reader.Read();
            CheckFormat(path, document.RootElement);
            UniMedConfig config = UniMedConfigReader.Read(path, document.RootElement);
            UniMedConfigValidation.Check(path, config);
            return config;
        }
        catch (JsonException e)
        {
            throw new UniMedException(UniMedFailure.ModelFiles, $"{path}: {ForeignFile.Recognize(bytes) ?? e.Message} Convert the model again with unimed-convert, or correct the file.", e);
        }
        catch (InvalidOperationException e)
        {
            throw new UniMedException(UniMedFailure.ModelFiles, $"{path}: the file holds text that is not valid UTF-8.", e);
        }
    }

    // Before anything else, so that a Hugging Face config.json is named as such and not by its first unknown member.
    private static void CheckFormat(string path, JsonElement root)
    {
        if (root.ValueKind != JsonValueKind.Object)
            throw new UniMedException(UniMedFailure.ModelFiles, $"{path}: expected a JSON object, found {root.ValueKind}.");
        if (!root.TryGetProperty("format", out JsonElement format))
        {
            string what = root.TryGetProperty("model_type", out _) || root.TryGetProperty("architectures", out _)
                ? "This is the config.json of a Hugging Face model"
                : "The member \"format\" is missing";
            throw new UniMedException(UniMedFailure.ModelFiles, $"{path}: {what}; expected \"format\": \"{UniMedConfig.FormatName}\". Make a model folder from the authors' files with unimed-convert.");
        }

        if (format.ValueKind != JsonValueKind.String || format.GetString() != UniMedConfig.FormatName)
            throw new UniMedException(UniMedFailure.ModelFiles, $"{path}: expected \"format\": \"{UniMedConfig.FormatName}\", found {Show(format)}. Make a model folder from the authors' files with unimed-convert.");
        if (!root.TryGetProperty("format_version", out JsonElement version))
            throw new UniMedException(UniMedFailure.ModelFiles, $"{path}: the member \"format_version\" is missing; expected {UniMedConfig.CurrentVersion}. Convert the model again with unimed-convert.");
        if (version.ValueKind != JsonValueKind.Number || !version.TryGetInt32(out int number) || number != UniMedConfig.CurrentVersion)
            throw new UniMedException(UniMedFailure.ModelFiles, $"{path}: format_version is {Show(version)}, this library reads {UniMedConfig.CurrentVersion}. Update UniMed, or convert the model again with this version's unimed-convert.");
    }

    private static string Show(JsonElement value) => SafetensorsException.Quote(value.GetRawText());
}
