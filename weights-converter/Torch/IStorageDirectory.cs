namespace UniMed.WeightsConverter.Torch;

/// <summary>Where the storages of an archive lie.</summary>
internal interface IStorageDirectory
{
    /// <summary>Finds the bytes of a storage.</summary>
    /// <param name="key">A plain key.</param>
    /// <param name="range">Its position and length in the archive.</param>
    /// <exception cref="ConversionException">The archive's record of the storage is malformed.</exception>
    bool TryFind(string key, out StorageRange range);
}
