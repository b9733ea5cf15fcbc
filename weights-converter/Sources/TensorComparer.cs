using UniMed.WeightsConverter.Torch;

namespace UniMed.WeightsConverter.Sources;

/// <summary>Compares tensors byte for byte, in pieces.</summary>
internal static class TensorComparer
{
    private const int PieceBytes = 1 << 20;

    /// <summary>True when both hold the same bytes in the same shape and type.</summary>
    public static bool AreEqual(SourceTensor left, SourceTensor right)
    {
        if (left.IsSameStorage(right))
            return true;
        if (left.Type != right.Type || !left.Shape.SequenceEqual(right.Shape))
            return false;
        int size = left.Type.Size();
        var leftBytes = new byte[PieceBytes];
        var rightBytes = new byte[PieceBytes];
        for (long first = 0; first < left.Count; first += PieceBytes / size)
        {
            int bytes = (int)Math.Min(PieceBytes / size, left.Count - first) * size;
            left.Read(first, leftBytes.AsSpan(0, bytes));
            right.Read(first, rightBytes.AsSpan(0, bytes));
            if (!leftBytes.AsSpan(0, bytes).SequenceEqual(rightBytes.AsSpan(0, bytes)))
                return false;
        }

        return true;
    }
}
