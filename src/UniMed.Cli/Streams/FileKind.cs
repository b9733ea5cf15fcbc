namespace UniMed.Cli.Streams;

/// <summary>What a path leads to.</summary>
internal enum FileKind
{
    Missing,
    Regular,
    Folder,

    /// <summary>A pipe, named or not.</summary>
    Pipe,

    /// <summary>A terminal, /dev/null and their like.</summary>
    CharacterDevice,

    /// <summary>A disk, a socket: nothing an answer belongs on.</summary>
    Other,
}
