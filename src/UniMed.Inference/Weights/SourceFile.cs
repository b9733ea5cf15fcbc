namespace UniMed.Inference;

/// <summary>One source file of a conversion.</summary>
/// <param name="Role">vision, language, tokenizer or checkpoint.</param>
/// <param name="Name">File name without its folder.</param>
/// <param name="Bytes">Length of the file.</param>
/// <param name="Sha256">SHA-256 of the file, lower-case hexadecimal.</param>
public sealed record SourceFile(string Role, string Name, long Bytes, string Sha256);
