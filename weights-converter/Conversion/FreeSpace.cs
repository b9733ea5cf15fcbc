namespace UniMed.WeightsConverter.Conversion;

/// <summary>Room on the disk, asked for before the long work.</summary>
internal static class FreeSpace
{
    /// <summary>Room for headers, configuration and the file system's own records.</summary>
    private const long Margin = 16L << 20;

    /// <summary>Bytes that this user may still write where a folder lies, or null when the system does not say.</summary>
    public static long? At(string folder)
    {
        try
        {
            return new DriveInfo(Path.GetFullPath(folder)).AvailableFreeSpace;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return null;
        }
    }

    /// <summary>Checks that the output fits.</summary>
    /// <param name="output">The folder as the user gave it.</param>
    /// <param name="needed">Bytes of all files.</param>
    /// <param name="available">Bytes that are free, or null when nobody knows.</param>
    /// <exception cref="ConversionException">They do not fit.</exception>
    public static void Check(string output, long needed, long? available)
    {
        if (available is { } free && free < needed + Margin)
        {
            throw new ConversionException(
                $"{output} needs {ByteSize.Text(needed + Margin)}, but its disk has {ByteSize.Text(free)} free. Make room, choose another --output, or a smaller --dtype. Nothing was written.");
        }
    }
}
