namespace UniMed.WeightsConverter.Torch;

/// <summary>One stored file of a zip archive, by its central directory record.</summary>
/// <param name="Name">Full name.</param>
/// <param name="Size">Bytes of its data.</param>
/// <param name="HeaderPosition">Position of its local header.</param>
/// <param name="HasDescriptor">True when the local header leaves the sizes to a descriptor behind the data.</param>
internal sealed record ZipEntry(string Name, long Size, long HeaderPosition, bool HasDescriptor);
