using System.Security.Cryptography;

namespace UniMed.WeightsConverter.Conversion;

/// <summary>
/// The folder of a conversion under way: written beside its final place under a name that says it is partial, and renamed in one step when it is whole.
/// Disposing without <see cref="Publish"/> removes it.
/// </summary>
internal sealed class OutputFolder : IDisposable
{
    private readonly string _target;
    private bool _published;

    private OutputFolder(string target)
    {
        _target = target;
        PartialPath = Sibling("partial");
    }

    /// <summary>Where files are written.</summary>
    public string PartialPath { get; }

    /// <summary>Checks, before any work, that the place may be written.</summary>
    /// <exception cref="ConversionException">It is a file, is not empty and may not be replaced, or holds a source.</exception>
    public static void Check(ConversionRequest request)
    {
        string target = Full(request.OutputFolder);
        if (File.Exists(target))
            throw new ConversionException($"{request.OutputFolder} is a file; the output is a folder. Choose another name.");
        if (!Directory.Exists(target) || !Directory.EnumerateFileSystemEntries(target).Any())
            return;
        if (!request.Force)
            throw new ConversionException($"{request.OutputFolder} exists and is not empty. Choose another folder, or replace it with --force.");
        foreach (string source in (string[])[request.VisionPath, request.LanguageFolder, request.CheckpointPath])
        {
            string full = Full(source);
            if (full == target || full.StartsWith(target + Path.DirectorySeparatorChar, StringComparison.Ordinal))
                throw new ConversionException($"{source} lies in the output folder {request.OutputFolder}, which --force would delete. Choose another folder.");
        }
    }

    /// <summary>Creates the partial folder.</summary>
    /// <exception cref="ConversionException">It cannot be created.</exception>
    public static OutputFolder Create(string path)
    {
        var folder = new OutputFolder(Full(path));
        Guard(path, () => Directory.CreateDirectory(folder.PartialPath));
        return folder;
    }

    /// <summary>Gives the folder its name. What stood there before is deleted only after that.</summary>
    /// <exception cref="ConversionException">The folder cannot be renamed.</exception>
    public void Publish() => Guard(_target, () =>
    {
        if (Directory.Exists(_target) && Directory.EnumerateFileSystemEntries(_target).Any())
        {
            string replaced = Sibling("replaced");
            Directory.Move(_target, replaced);
            try
            {
                Directory.Move(PartialPath, _target);
            }
            catch
            {
                Directory.Move(replaced, _target);
                throw;
            }

            _published = true;
            Directory.Delete(replaced, recursive: true);
            return;
        }

        if (Directory.Exists(_target))
            Directory.Delete(_target);
        Directory.Move(PartialPath, _target);
        _published = true;
    });

    public void Dispose()
    {
        if (_published || !Directory.Exists(PartialPath))
            return;
        try
        {
            Directory.Delete(PartialPath, recursive: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The error that led here matters more, and the name says that the folder is partial.
        }
    }

    /// <summary>Turns an operating system's refusal into a sentence about the output.</summary>
    public static void Guard(string path, Action write)
    {
        try
        {
            write();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ConversionException($"{path} cannot be written: {e.Message}", e);
        }
    }

    private static string Full(string path) => Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));

    private string Sibling(string kind) => $"{_target}.{kind}-{RandomNumberGenerator.GetHexString(4, lowercase: true)}";
}
