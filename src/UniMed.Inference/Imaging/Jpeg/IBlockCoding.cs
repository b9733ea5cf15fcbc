namespace UniMed.Inference.Imaging.Jpeg;

/// <summary>How a kind of scan codes a block. Implementations are structs: the loop over blocks is compiled for each.</summary>
internal interface IBlockCoding
{
    /// <summary>Adds what the scan says about one block.</summary>
    /// <param name="bits">The data.</param>
    /// <param name="component">The component that the block belongs to.</param>
    /// <param name="block">Its 64 coefficients in natural order.</param>
    void Decode(ref BitReader bits, JpegComponent component, Span<short> block);

    /// <summary>Forgets runs that do not reach over a restart marker.</summary>
    void Restart();
}
