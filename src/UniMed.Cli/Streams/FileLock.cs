using System.Globalization;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace UniMed.Cli.Streams;

/// <summary>
/// Keeps a file to one writer. The lock is the file's, whatever name it was opened by, and the system takes it away when its process ends, however that ends. Readers are not in its way.
/// </summary>
internal static class FileLock
{
    private const string Processes = "/proc";

    /// <summary>How a file that is locked is opened: Windows keeps a second writer out by itself; macOS locks against those who read with locks too.</summary>
    public static FileShare Share => OperatingSystem.IsLinux() || OperatingSystem.IsWindows() ? FileShare.Read : FileShare.None;

    /// <summary>Locks a file that was opened with <see cref="Share"/>.</summary>
    /// <returns>Null when the file system has no locks; false when another writer has it.</returns>
    public static bool? TryTake(SafeFileHandle file)
    {
        if (!OperatingSystem.IsLinux())
            return true;
        const int EACCES = 13;
        var range = new Libc.LockRange { Type = Libc.F_WRLCK };
        if (Libc.Lock((int)file.DangerousGetHandle(), Libc.F_OFD_SETLK, ref range) == 0)
            return true;
        int error = Marshal.GetLastPInvokeError();
        return error == Libc.EAGAIN || error == EACCES ? false : null;
    }

    /// <summary>True when opening failed because another writer has the file.</summary>
    public static bool IsHeldByOther(IOException error)
    {
        const int SharingViolation = unchecked((int)0x80070020);
        return error.HResult == SharingViolation || (!OperatingSystem.IsWindows() && error.HResult == Libc.EAGAIN);
    }

    /// <summary>The process that holds the lock of a file, in words; empty where the system does not tell.</summary>
    public static string Holder(string path)
    {
        if (!OperatingSystem.IsLinux())
            return "";
        try
        {
            string target = File.ResolveLinkTarget(path, returnFinalTarget: true)?.FullName ?? Path.GetFullPath(path);
            foreach (string process in Directory.EnumerateDirectories(Processes))
            {
                if (int.TryParse(Path.GetFileName(process), NumberStyles.None, CultureInfo.InvariantCulture, out int id) && id != Environment.ProcessId && Holds(process, target))
                    return $" (process {id})";
            }
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // Another user's process: the message stands without its number.
        }

        return "";
    }

    private static bool Holds(string process, string target)
    {
        try
        {
            return Directory.EnumerateFileSystemEntries(Path.Combine(process, "fd"))
                .Where(entry => new FileInfo(entry).LinkTarget == target)
                .Any(entry => File.ReadAllText(Path.Combine(process, "fdinfo", Path.GetFileName(entry))).Contains("OFDLCK", StringComparison.Ordinal));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }
}
