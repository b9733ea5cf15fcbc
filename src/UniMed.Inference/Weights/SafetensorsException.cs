using System.Text;

namespace UniMed.Inference.Weights;

/// <summary>A safetensors file that cannot be read or written (<see cref="UniMedFailure.ModelFiles"/>). The message names the file and, where known, the tensor, what was expected and what was found.</summary>
public sealed class SafetensorsException : UniMedException
{
    private const int LongestNameShown = 120;

    /// <summary>Creates the exception.</summary>
    /// <param name="file">Path of the file, put in front of the message.</param>
    /// <param name="tensor">Name of the tensor concerned, or null when the file as a whole is.</param>
    /// <param name="problem">Complete sentences: expected, found, next step.</param>
    /// <param name="inner">The cause, where there is one.</param>
    public SafetensorsException(string file, string? tensor, string problem, Exception? inner = null)
        : base(UniMedFailure.ModelFiles, tensor is null ? $"{file}: {problem}" : $"{file}: tensor {Quote(tensor)}: {problem}", inner)
    {
        File = file;
        Tensor = tensor;
    }

    /// <summary>Path of the file.</summary>
    public string File { get; }

    /// <summary>Name of the tensor concerned, or null.</summary>
    public string? Tensor { get; }

    /// <summary>A name from a file, fit for a message: quoted, control characters replaced, cut when long.</summary>
    internal static string Quote(string name)
    {
        var shown = new StringBuilder("'", LongestNameShown + 8);
        foreach (char c in name.AsSpan(0, Math.Min(name.Length, LongestNameShown)))
            shown.Append(char.IsControl(c) || char.IsSurrogate(c) && name.Length > LongestNameShown ? '?' : c);
        return shown.Append(name.Length > LongestNameShown ? "...'" : "'").ToString();
    }
}
