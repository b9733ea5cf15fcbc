using System.Globalization;

namespace UniMed.Cli.Streams;

/// <summary>
/// Which of the three standard descriptors this process was given. The runtime's own pipes take the numbers of those that were closed, so that writing there would seem to succeed, and
/// reading would never end.
/// </summary>
internal static class StandardDescriptors
{
    private const string DescriptorFolder = "/proc/self/fd";
    private const string Pipe = "pipe:";

    /// <summary>True when standard input was closed.</summary>
    public static bool InputIsClosed() => !OperatingSystem.IsWindows() && (Access(0) is not { } access || access == Libc.O_WRONLY || IsOurs(0) || IsWrittenHere());

    /// <summary>True when standard output (1) or standard error (2) was closed.</summary>
    public static bool OutputIsClosed(int descriptor) =>
        !OperatingSystem.IsWindows() && (Access(descriptor) is not { } access || access == Libc.O_RDONLY || IsOurs(descriptor) || IsEndOfPipeBefore(descriptor));

    private static int? Access(int descriptor)
    {
        int flags = Libc.Flags(descriptor, Libc.F_GETFL);
        return flags < 0 ? null : flags & Libc.O_ACCMODE;
    }

    /// <summary>Something only the runtime makes.</summary>
    private static bool IsOurs(int descriptor) => Target(descriptor) is { } target && (target.Contains("anon_inode:", StringComparison.Ordinal) || target.Contains("doublemapper", StringComparison.Ordinal));

    /// <summary>The runtime makes its pipes reading end first.</summary>
    private static bool IsEndOfPipeBefore(int descriptor) =>
        Target(descriptor) is { } target && target.Contains(Pipe, StringComparison.Ordinal) && Target(descriptor - 1) == target && Access(descriptor - 1) == Libc.O_RDONLY;

    /// <summary>Standard input is a pipe whose other end is open in this process.</summary>
    private static bool IsWrittenHere()
    {
        if (Target(0) is not { } target || !target.Contains(Pipe, StringComparison.Ordinal))
            return false;
        foreach (string entry in Directory.EnumerateFileSystemEntries(DescriptorFolder))
        {
            if (int.TryParse(Path.GetFileName(entry), NumberStyles.None, CultureInfo.InvariantCulture, out int other) && other != 0 && Target(other) == target && Access(other) == Libc.O_WRONLY)
                return true;
        }

        return false;
    }

    private static string? Target(int descriptor)
    {
        try
        {
            return new FileInfo($"{DescriptorFolder}/{descriptor}").LinkTarget;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
