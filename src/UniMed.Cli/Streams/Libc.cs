using System.Runtime.InteropServices;

namespace UniMed.Cli.Streams;

/// <summary>What .NET does not offer of Unix: writing that can be interrupted and tells a reader that left, files by device and number, locks on files.</summary>
internal static partial class Libc
{
    public const int EINTR = 4;
    public const int EPIPE = 32;
    public const short POLLOUT = 4;
    public const int F_GETFL = 3;
    public const int F_OFD_SETLK = 37;
    public const int O_ACCMODE = 3;
    public const int O_RDONLY = 0;
    public const int O_WRONLY = 1;
    public const short F_WRLCK = 1;
    public const int AT_FDCWD = -100;

    /// <summary>Nothing can be taken now: EAGAIN has two numbers.</summary>
    public static int EAGAIN => OperatingSystem.IsLinux() ? 11 : 35;

    [LibraryImport("libc", EntryPoint = "write", SetLastError = true)]
    public static unsafe partial nint Write(int descriptor, byte* bytes, nint count);

    [LibraryImport("libc", EntryPoint = "poll", SetLastError = true)]
    public static partial int Poll(ref PollEntry entry, nuint count, int milliseconds);

    [LibraryImport("libc", EntryPoint = "fcntl", SetLastError = true)]
    public static partial int Flags(int descriptor, int command);

    /// <summary>Linux only: elsewhere a C function with variable arguments cannot be called this way.</summary>
    [LibraryImport("libc", EntryPoint = "fcntl", SetLastError = true)]
    public static partial int Lock(int descriptor, int command, ref LockRange range);

    /// <summary>Linux: one layout of the result on all processors.</summary>
    [LibraryImport("libc", EntryPoint = "statx", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static unsafe partial int Statx(int folder, string path, int flags, uint mask, byte* result);

    /// <summary>macOS on Arm.</summary>
    [LibraryImport("libc", EntryPoint = "stat", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static unsafe partial int Stat(string path, byte* result);

    /// <summary>macOS on Intel, where the plain name is the old call with short numbers.</summary>
    [LibraryImport("libc", EntryPoint = "stat$INODE64", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static unsafe partial int Stat64(string path, byte* result);

    [StructLayout(LayoutKind.Sequential)]
    public struct PollEntry
    {
        public int Descriptor;
        public short Events;
        public short Returned;
    }

    [StructLayout(LayoutKind.Sequential)]
    public struct LockRange
    {
        public short Type;
        public short Whence;
        public long Start;
        public long Length;
        public int Process;
    }
}
