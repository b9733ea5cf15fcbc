namespace UniMed.Native.Cuda;

/// <summary>
/// Blocks and shared memory of linear_{int8,int4}_{n8,n16,n32} (native/cuda/linear/quantized_narrow.h). A block goes through row tiles
/// and keeps the activations as far as there is room for them; the result has the same bits for any number of blocks and any room.
/// </summary>
internal static class QuantizedNarrowShape
{
    /// <summary>Warps of a block, each with its slice of the columns, and the bytes of a stage of 64 columns: binary16.</summary>
    private const int Slices = 8, StageColumns = 64, StageBytes = 2 * StageColumns;

    /// <summary>Blocks that share a multiprocessor: their registers leave room for two.</summary>
    private const int BlocksTogether = 2;

    /// <summary>What a block has on every card that the fatbin is for, and what the card itself takes of it for each block.</summary>
    private const int MaxBytes = 99 * 1024, ReservedBytes = 1024;

    /// <summary>The launch for one matrix.</summary>
    /// <param name="card">Where it runs.</param>
    /// <param name="tiles">Row tiles of the matrix.</param>
    /// <param name="columns">Its columns.</param>
    /// <param name="tokens">Tokens, at most <paramref name="kernelTokens"/>.</param>
    /// <param name="kernelTokens">Tokens that the kernel is made for: 8, 16 or 32.</param>
    public static CudaLaunchShape Of(CudaDeviceProperties card, int tiles, int columns, int tokens, int kernelTokens)
    {
        // Sums of all slices for one row tile are what the kernel declares.
        int declared = Slices * 16 * sizeof(float) * kernelTokens;
        int share = ((card.MaxSharedBytesPerBlock + ReservedBytes) / BlocksTogether) - ReservedBytes;
        int room = (Math.Min(share, MaxBytes) - declared) / (Slices * StageBytes * tokens);
        int slice = Ceiling(Ceiling(columns, 16), Slices * (StageColumns / 16));
        // Less than a slice is a multiple of the stages that the kernel brings together.
        int chunk = 32 / kernelTokens;
        // Where even that has no room for two blocks, one block has it, or the launch is refused with what it asks for.
        int stages = room >= slice ? slice : Math.Max(room - (room % chunk), Math.Min(slice, chunk));

        // As many rounds as there must be, and in each as many blocks as share them evenly.
        int rounds = Ceiling(tiles, BlocksTogether * Math.Max(1, card.Multiprocessors));
        return new CudaLaunchShape(1, 32 * Slices, Ceiling(tiles, rounds), SharedBytes: Slices * StageBytes * tokens * stages);
    }

    private static int Ceiling(int count, int size) => (count + size - 1) / size;
}
