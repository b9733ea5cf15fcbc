namespace UniMed.Inference.Weights;

/// <summary>JSON files as editors leave them.</summary>
internal static class JsonText
{
    /// <summary>The bytes behind a UTF-8 byte order mark, which some editors put in front and the JSON reader does not take.</summary>
    public static ReadOnlySpan<byte> WithoutMark(ReadOnlySpan<byte> bytes) => bytes.StartsWith("\uFEFF"u8) ? bytes[3..] : bytes;
}
