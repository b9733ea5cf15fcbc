using System.Buffers.Binary;
using System.Security.Cryptography;
using UniMed.Inference;

namespace UniMed.Cli.Requests;

/// <summary>
/// Replaces the end of a file in place, as if in one step: what is to stand there is written beside the file and brought to disk first, so that a crash in between is made good when the
/// file is opened again. The file stays the same: no link, owner, mode or lock is lost, as they are when another file takes its name.
/// </summary>
internal static class RewriteJournal
{
    private const int BufferSize = 1 << 20;

    // Behind the bytes: where they belong, and the hash of both.
    private const int TrailerSize = sizeof(long) + SHA256.HashSizeInBytes;

    private static ReadOnlySpan<byte> Header => "unimed rewrite 1\n"u8;

    /// <summary>Makes ranges of the file follow one another from a place on, and ends the file there.</summary>
    /// <exception cref="UniMedException">A file that is none of unimed's has the journal's name.</exception>
    /// <exception cref="IOException">The disk refuses; the file is as it was.</exception>
    public static void Replace(string path, FileStream file, long start, IReadOnlyList<ByteRange> ranges)
    {
        string name = NameFor(path);
        if (File.Exists(name))
            throw new UniMedException(UniMedFailure.InvalidInput, $"{name}: this file is in the way, and unimed did not make it. Move it away, or name another --output.");
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.ReadWrite, Share = FileShare.None, BufferSize = 0 };

        // Answers are patient data: nobody but the owner reads the copy, whoever may read the file.
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        using var journal = new FileStream(name, options);
        try
        {
            Fill(journal, file, start, ranges);
        }
        catch
        {
            File.Delete(name);
            throw;
        }

        Apply(journal, file);
        File.Delete(name);
    }

    /// <summary>Makes good what a crash left half done.</summary>
    public static void Recover(string path, FileStream file)
    {
        string name = NameFor(path);
        if (!File.Exists(name))
            return;
        using (var journal = new FileStream(name, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0))
        {
            if (!IsOurs(journal))
                return;

            // One that is not whole was not applied: the file is as it was.
            if (IsWhole(journal))
                Apply(journal, file);
        }

        File.Delete(name);
    }

    private static string NameFor(string path) => (File.ResolveLinkTarget(path, returnFinalTarget: true)?.FullName ?? path) + ".rewrite";

    private static void Fill(FileStream journal, FileStream file, long start, IReadOnlyList<ByteRange> ranges)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        journal.Write(Header);
        foreach (ByteRange range in ranges)
        {
            file.Position = range.Start;
            Copy(file, range.End - range.Start, piece =>
            {
                hash.AppendData(piece);
                journal.Write(piece);
            });
        }

        byte[] place = new byte[sizeof(long)];
        BinaryPrimitives.WriteInt64LittleEndian(place, start);
        hash.AppendData(place);
        journal.Write(place);
        journal.Write(hash.GetHashAndReset());
        journal.Flush(flushToDisk: true);
    }

    private static void Apply(FileStream journal, FileStream file)
    {
        long bytes = Bytes(journal);
        byte[] place = new byte[sizeof(long)];
        journal.Position = Header.Length + bytes;
        journal.ReadExactly(place);
        long start = BinaryPrimitives.ReadInt64LittleEndian(place);
        journal.Position = Header.Length;
        file.Position = start;
        Copy(journal, bytes, piece => file.Write(piece));
        file.SetLength(start + bytes);
        file.Flush(flushToDisk: true);
    }

    private static bool IsOurs(FileStream journal)
    {
        byte[] start = new byte[Math.Min(Header.Length, journal.Length)];
        journal.ReadExactly(start);
        return Header.StartsWith(start);
    }

    private static bool IsWhole(FileStream journal)
    {
        long bytes = Bytes(journal);
        if (bytes < 0)
            return false;
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        journal.Position = Header.Length;
        Copy(journal, bytes + sizeof(long), piece => hash.AppendData(piece));
        byte[] expected = new byte[SHA256.HashSizeInBytes];
        journal.ReadExactly(expected);
        return hash.GetHashAndReset().AsSpan().SequenceEqual(expected);
    }

    private static long Bytes(FileStream journal) => journal.Length - Header.Length - TrailerSize;

    private static void Copy(FileStream from, long count, PieceAction take)
    {
        byte[] buffer = new byte[(int)Math.Min(BufferSize, count)];
        while (count > 0)
        {
            int piece = (int)Math.Min(buffer.Length, count);
            from.ReadExactly(buffer, 0, piece);
            take(buffer.AsSpan(0, piece));
            count -= piece;
        }
    }

    private delegate void PieceAction(ReadOnlySpan<byte> piece);
}
