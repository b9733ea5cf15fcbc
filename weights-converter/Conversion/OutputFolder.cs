using System.Security.Cryptography;
using System.Text.RegularExpressions;
using UniMed.Inference;

namespace UniMed.WeightsConverter.Conversion;

/// <summary>
/// The folder of a conversion under way: written beside its final place as NAME.partial, and renamed in one step when it is whole. A lock beside it keeps two conversions from one place; the
/// system lets go of it when a process is killed, so that what a killed conversion left is told from one that is under way. Disposing without <see cref="Publish"/> removes it.
/// </summary>
internal sealed partial class OutputFolder : IDisposable
{
    private readonly string _shown;
    private readonly string _target;
    private readonly bool _replaces;
    private readonly FileStream _lock;
    private readonly List<string> _notes = [];
    private bool _published;

    private OutputFolder(string shown, string target, bool replaces, FileStream held)
    {
        _shown = shown;
        _target = target;
        _replaces = replaces;
        _lock = held;
    }

    /// <summary>Where files are written.</summary>
    public string PartialPath => _target + ".partial";

    /// <summary>What earlier conversions that were killed had left, and what was done about it.</summary>
    public IReadOnlyList<string> Notes => _notes;

    /// <summary>Checks, before any work, that the place may be written.</summary>
    /// <exception cref="ConversionException">It is a file, is not empty and may not be replaced, or holds a source.</exception>
    public static void Check(ConversionRequest request)
    {
        string target = Full(request.OutputFolder);
        if (Path.GetDirectoryName(target) is null)
            throw new ConversionException($"{request.OutputFolder} is the root of a disk. Name a folder below it.");
        if (File.Exists(target))
            throw new ConversionException($"{request.OutputFolder} is a file; the output is a folder. Choose another name.");
        if (!Directory.Exists(target) || !Directory.EnumerateFileSystemEntries(target).Any())
            return;
        if (!request.Force)
            throw new ConversionException($"{request.OutputFolder} exists and is not empty. Choose another folder, or replace it with --force.");
        foreach (string source in (string[])[request.VisionPath, request.LanguageFolder, request.CheckpointPath])
        {
            string[] places = [Path.TrimEndingDirectorySeparator(Path.GetFullPath(source)), Full(source)];
            if (places.Any(full => full == target || full.StartsWith(target + Path.DirectorySeparatorChar, StringComparison.Ordinal)))
                throw new ConversionException($"{source} lies in the output folder {request.OutputFolder}, which --force would delete. Choose another folder.");
        }
    }

    /// <summary>Takes the lock, removes what a killed conversion left, and creates the partial folder.</summary>
    /// <param name="path">The final place.</param>
    /// <param name="replaces">Whether a folder there that is not empty may be replaced.</param>
    /// <exception cref="ConversionException">Another conversion writes the same folder, or it cannot be created.</exception>
    public static OutputFolder Create(string path, bool replaces)
    {
        string target = Full(path);
        OutputFolder? folder = null;
        Guard(path, () =>
        {
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            folder = new OutputFolder(path, target, replaces, TakeLock(path, target + ".partial.lock"));
        });
        try
        {
            Guard(path, () =>
            {
                folder!.TidyUp();
                Directory.CreateDirectory(folder.PartialPath);
            });
            return folder!;
        }
        catch
        {
            folder!._lock.Dispose();
            throw;
        }
    }

    /// <summary>Gives the folder its name. What stood there before is deleted only after that.</summary>
    /// <exception cref="ConversionException">The folder cannot be renamed.</exception>
    public void Publish() => Guard(_shown, () =>
    {
        if (Directory.Exists(_target) && Directory.EnumerateFileSystemEntries(_target).Any())
        {
            if (!_replaces)
                throw KeepApart();
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

    /// <summary>Runs work that writes into the partial folder; its errors name the final one, since the partial one is gone when they are read.</summary>
    public void Write(Action work)
    {
        try
        {
            Guard(_shown, work);
        }
        catch (UniMedException e) when (e.Message.Contains(PartialPath, StringComparison.Ordinal))
        {
            string message = e.Message.Replace(PartialPath, _shown, StringComparison.Ordinal).Replace(".safetensors.partial", ".safetensors", StringComparison.Ordinal);
            throw new ConversionException(message, e);
        }
    }

    public void Dispose()
    {
        try
        {
            if (!_published && Directory.Exists(PartialPath))
                Directory.Delete(PartialPath, recursive: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The error that led here matters more, and the name says that the folder is partial.
        }

        _lock.Dispose();
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

    private static FileStream TakeLock(string shown, string path)
    {
        try
        {
            return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, 1, FileOptions.DeleteOnClose);
        }
        catch (IOException e) when (File.Exists(path))
        {
            throw new ConversionException($"{shown} is being written by another unimed-convert (it holds {path}). Wait for it, or choose another folder.", e);
        }
    }

    private void TidyUp()
    {
        string parent = Path.GetDirectoryName(_target)!;
        string name = Path.GetFileName(_target);
        foreach (string sibling in Directory.EnumerateDirectories(parent, name + ".*").Order(StringComparer.Ordinal))
        {
            string kind = Path.GetFileName(sibling)[name.Length..];
            if (kind == ".partial" || PartialName().IsMatch(kind))
                RemoveLeft(sibling);
            else if (ReplacedName().IsMatch(kind))
                _notes.Add($"{sibling} is what an interrupted conversion was replacing. It is left as it is: rename it back, or delete it.");
        }
    }

    private void RemoveLeft(string folder)
    {
        if (Directory.EnumerateFileSystemEntries(folder).FirstOrDefault(entry => !WrittenName().IsMatch(Path.GetFileName(entry))) is { } foreign)
            throw new ConversionException($"{folder}, where the output grows, exists and holds {Path.GetFileName(foreign)}, which no conversion wrote. Move it away, or choose another output folder.");
        long bytes = new DirectoryInfo(folder).EnumerateFiles().Sum(f => f.Length);
        Directory.Delete(folder, recursive: true);
        _notes.Add($"{folder} ({bytes} bytes), left by a conversion that was killed, is removed.");
    }

    /// <summary>A folder that appeared during the conversion is kept, and so is the work.</summary>
    private ConversionException KeepApart()
    {
        string apart = Sibling("converted");
        Directory.Move(PartialPath, apart);
        _published = true;
        return new ConversionException($"{_shown} was made by someone else while the model was converted, and is not empty. The converted model is in {apart}: rename it.");
    }

    /// <summary>The full path; of a link the place that it names, so that the link stays one.</summary>
    private static string Full(string path)
    {
        string full = Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));
        var info = new DirectoryInfo(full);
        return info.LinkTarget is null ? full : info.ResolveLinkTarget(returnFinalTarget: true)!.FullName;
    }

    private string Sibling(string kind) => $"{_target}.{kind}-{RandomNumberGenerator.GetHexString(4, lowercase: true)}";

    [GeneratedRegex(@"\A\.partial-[0-9a-f]{4,8}\z")]
    private static partial Regex PartialName();

    [GeneratedRegex(@"\A\.replaced-[0-9a-f]{4,8}\z")]
    private static partial Regex ReplacedName();

    [GeneratedRegex(@"\A(config\.json|tokenizer\.model|model(-\d+-of-\d+)?\.safetensors(\.index\.json)?)(\.partial)?\z")]
    private static partial Regex WrittenName();
}
