using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using Microsoft.Win32.SafeHandles;

namespace UniMed.Cli.Streams;

/// <summary>What a path leads to, behind all links: two paths with one identity are one file, however they are spelled.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Identity">Device and number of the file, or its full path where the system tells neither; null when nothing is there.</param>
internal readonly partial record struct FileFacts(FileKind Kind, string? Identity)
{
    private const int TypeMask = 0xF000;
    private const int TypePipe = 0x1000;
    private const int TypeCharacterDevice = 0x2000;
    private const int TypeFolder = 0x4000;
    private const int TypeRegular = 0x8000;
    private const int LargestResult = 256;

    /// <summary>Looks at a path. What may not be looked at counts as missing: opening it tells why.</summary>
    public static FileFacts Of(string path)
    {
        try
        {
            if (OperatingSystem.IsLinux() && OfLinux(path) is { } linux)
                return linux;
            if (OperatingSystem.IsMacOS() && OfMacOS(path) is { } mac)
                return mac;
            if (OperatingSystem.IsWindows() && OfWindows(path) is { } windows)
                return windows;
            return OfName(path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            return new FileFacts(FileKind.Missing, null);
        }
    }

    private static unsafe FileFacts? OfLinux(string path)
    {
        // Only type and number are asked for: bits 0 and 8 of the mask.
        const uint Mask = 0x101;
        byte* result = stackalloc byte[LargestResult];
        try
        {
            if (Libc.Statx(Libc.AT_FDCWD, path, 0, Mask, result) != 0)
                return Marshal.GetLastPInvokeError() is var error && IsAbsence(error) ? new FileFacts(FileKind.Missing, null) : null;
        }
        catch (EntryPointNotFoundException)
        {
            return null;
        }

        var bytes = new ReadOnlySpan<byte>(result, LargestResult);
        int mode = BinaryPrimitives.ReadUInt16LittleEndian(bytes[28..]);
        ulong number = BinaryPrimitives.ReadUInt64LittleEndian(bytes[32..]);
        return new FileFacts(KindOf(mode), $"{BinaryPrimitives.ReadUInt32LittleEndian(bytes[136..])}:{BinaryPrimitives.ReadUInt32LittleEndian(bytes[140..])}:{number}");
    }

    private static unsafe FileFacts? OfMacOS(string path)
    {
        byte* result = stackalloc byte[LargestResult];
        int failed = RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? Libc.Stat(path, result) : Libc.Stat64(path, result);
        if (failed != 0)
            return Marshal.GetLastPInvokeError() is var error && IsAbsence(error) ? new FileFacts(FileKind.Missing, null) : null;
        var bytes = new ReadOnlySpan<byte>(result, LargestResult);
        return new FileFacts(KindOf(BinaryPrimitives.ReadUInt16LittleEndian(bytes[4..])), $"{BinaryPrimitives.ReadInt32LittleEndian(bytes)}:{BinaryPrimitives.ReadUInt64LittleEndian(bytes[8..])}");
    }

    [SupportedOSPlatform("windows")]
    private static unsafe FileFacts? OfWindows(string path)
    {
        const int FileIdInfo = 18;
        if (Directory.Exists(path))
            return new FileFacts(FileKind.Folder, Path.GetFullPath(path));
        if (!File.Exists(path))
            return new FileFacts(FileKind.Missing, null);
        byte* result = stackalloc byte[24];
        using SafeFileHandle handle = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        return GetFileInformationByHandleEx(handle, FileIdInfo, result, 24) ? new FileFacts(FileKind.Regular, Convert.ToHexString(new ReadOnlySpan<byte>(result, 24))) : null;
    }

    /// <summary>Where the system cannot be asked: links are followed, other names of a file are not seen.</summary>
    private static FileFacts OfName(string path)
    {
        string full = Path.GetFullPath(path);
        if (Directory.Exists(full))
            return new FileFacts(FileKind.Folder, full);
        return File.Exists(full) ? new FileFacts(FileKind.Regular, File.ResolveLinkTarget(full, returnFinalTarget: true)?.FullName ?? full) : new FileFacts(FileKind.Missing, null);
    }

    private static FileKind KindOf(int mode) => (mode & TypeMask) switch
    {
        TypeRegular => FileKind.Regular,
        TypeFolder => FileKind.Folder,
        TypePipe => FileKind.Pipe,
        TypeCharacterDevice => FileKind.CharacterDevice,
        _ => FileKind.Other,
    };

    private static bool IsAbsence(int error)
    {
        const int ENOENT = 2;
        const int EACCES = 13;
        const int ENOTDIR = 20;
        return error is ENOENT or EACCES or ENOTDIR;
    }

    [LibraryImport("kernel32", SetLastError = true)]
    [return: MarshalAs(UnmanagedType.Bool)]
    private static unsafe partial bool GetFileInformationByHandleEx(SafeFileHandle file, int kind, byte* result, uint size);
}
