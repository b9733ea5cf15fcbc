namespace UniMed.Inference.Weights;

/// <summary>Small files that are whole or not there.</summary>
internal static class AtomicFile
{
    /// <summary>Writes beside the file, brings it to disk, then gives it its name, replacing an older one. A link stays a link, and the new file has the older one's mode from its beginning.</summary>
    /// <exception cref="IOException">The disk refuses; nothing new is left behind.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder or an older file may not be changed.</exception>
    public static void Write(string path, ReadOnlySpan<byte> bytes)
    {
        // Asked of a file that is not there, the target is an error; a link that leads nowhere yet has one.
        string target = new FileInfo(path).LinkTarget is null ? path : File.ResolveLinkTarget(path, returnFinalTarget: true)!.FullName;
        string partial = target + ".partial";
        var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write, Share = FileShare.None, BufferSize = 0 };
        UnixFileMode? mode = !OperatingSystem.IsWindows() && File.Exists(target) ? File.GetUnixFileMode(target) : null;
        if (mode is not null && !OperatingSystem.IsWindows())
            options.UnixCreateMode = mode;
        try
        {
            using (var stream = new FileStream(partial, options))
            {
                // The process may hold modes back that the older file has.
                if (mode is { } older && !OperatingSystem.IsWindows())
                    File.SetUnixFileMode(stream.SafeFileHandle, older);
                stream.Write(bytes);
                stream.Flush(flushToDisk: true);
            }

            File.Move(partial, target, overwrite: true);
        }
        catch
        {
            if (File.Exists(partial))
                File.Delete(partial);
            throw;
        }
    }
}
