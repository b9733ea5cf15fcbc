namespace UniMed.Inference.Weights;

/// <summary>Small files that are whole or not there.</summary>
internal static class AtomicFile
{
    /// <summary>Writes beside the file, brings it to disk, then gives it its name, replacing an older one.</summary>
    /// <exception cref="IOException">The disk refuses; nothing new is left behind.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder or an older file may not be changed.</exception>
    public static void Write(string path, ReadOnlySpan<byte> bytes)
    {
        string partial = path + ".partial";
        try
        {
            using (var stream = new FileStream(partial, FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 0))
            {
                stream.Write(bytes);
                stream.Flush(flushToDisk: true);
            }

            File.Move(partial, path, overwrite: true);
        }
        catch
        {
            if (File.Exists(partial))
                File.Delete(partial);
            throw;
        }
    }
}
