using UniMed.WeightsConverter.Pickle;

namespace UniMed.WeightsConverter.Torch;

/// <summary>
/// A tensor as the pickle names it: a view of a storage, not checked yet. Checking waits until the tensor's key is known, so that the message can name it
/// (<see cref="TensorView.Check"/>).
/// </summary>
/// <param name="Storage">The storage it looks at.</param>
/// <param name="Offset">First element.</param>
/// <param name="Size">Elements along each dimension.</param>
/// <param name="Stride">Elements of the storage from one index to the next, along each dimension.</param>
internal sealed record TensorValue(StorageValue Storage, long Offset, PickleTuple Size, PickleTuple Stride);
