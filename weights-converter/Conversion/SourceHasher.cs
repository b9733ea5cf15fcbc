using System.Security.Cryptography;
using UniMed.Inference;
using UniMed.WeightsConverter.Bytes;
using UniMed.WeightsConverter.Sources;

namespace UniMed.WeightsConverter.Conversion;

/// <summary>Length and SHA-256 of every source, for the provenance.</summary>
internal static class SourceHasher
{
    private const int PieceBytes = 1 << 20;

    /// <summary>Reads all files once.</summary>
    public static IReadOnlyList<SourceFile> Hash(IReadOnlyList<SourcePath> paths, IProgress<ConversionProgress>? progress, CancellationToken cancellation)
    {
        var files = new List<SourceFile>();
        long total = paths.Sum(p => new FileInfo(p.Path).Length);
        long done = 0;
        var piece = new byte[PieceBytes];
        foreach (SourcePath path in paths)
        {
            using FileByteSource source = FileByteSource.Open(path.Path);
            using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            for (long position = 0; position < source.Length; position += piece.Length)
            {
                cancellation.ThrowIfCancellationRequested();
                Span<byte> bytes = piece.AsSpan(0, (int)Math.Min(piece.Length, source.Length - position));
                source.Read(position, bytes);
                hash.AppendData(bytes);
                done += bytes.Length;
                progress?.Report(new ConversionProgress("Hashing sources", source.Name, done, total));
            }

            files.Add(new SourceFile(path.Role, source.Name, source.Length, Convert.ToHexStringLower(hash.GetHashAndReset())));
        }

        return files;
    }
}
