namespace UniMed.Cli.Requests;

/// <summary>A line of a file that is not blank.</summary>
/// <param name="Number">Number of the line, from 1.</param>
/// <param name="Bytes">Its bytes without the line's end; null when it is longer than the reader takes.</param>
/// <param name="Terminated">False for a last line that does not end in a line feed.</param>
/// <param name="Place">Where it stands, its end and a byte order mark included.</param>
internal readonly record struct JsonLine(int Number, byte[]? Bytes, bool Terminated, ByteRange Place);
