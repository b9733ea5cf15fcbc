namespace UniMed.Native.Cpu.Lanes;

/// <summary>
/// What products of quantized numbers need of a vector: its bits seen as 8, 16 or 32-bit integers. The type stays the fp32 vector, so that kernels name one type.
/// </summary>
/// <typeparam name="TVec">The vector: Vector512, Vector256 or Vector128 of float.</typeparam>
internal unsafe interface IIntegerLanes<TVec>
    where TVec : struct
{
    /// <summary>The same 32 bits in every lane.</summary>
    static abstract TVec Broadcast(int* source);

    static abstract TVec AddInt16(TVec a, TVec b);

    static abstract TVec AddInt32(TVec a, TVec b);

    /// <summary>Sums of two neighbouring products of unsigned and signed bytes, as 16-bit integers that hold them.</summary>
    static abstract TVec MultiplyAddBytes(TVec unsigned, TVec signed);

    /// <summary>Sums of two neighbouring products of 16-bit integers, as 32-bit integers that hold them.</summary>
    static abstract TVec MultiplyAddInt16(TVec a, TVec b);

    /// <summary>Sums of two neighbouring 16-bit integers, as 32-bit integers.</summary>
    static abstract TVec AddPairsInt16(TVec a);

    /// <summary>32-bit integers as fp32, rounded to nearest.</summary>
    static abstract TVec Int32ToSingle(TVec a);

    /// <summary>The lower four bits of each byte.</summary>
    static abstract TVec LowHalfBytes(TVec a);

    /// <summary>The upper four bits of each byte.</summary>
    static abstract TVec HighHalfBytes(TVec a);

    /// <summary>Signed bytes 0, 2, 4, ... as 16-bit integers.</summary>
    static abstract TVec EvenBytes(TVec a);

    /// <summary>Signed bytes 1, 3, 5, ... as 16-bit integers.</summary>
    static abstract TVec OddBytes(TVec a);

    /// <summary>Transposes a square of 32-bit numbers, as many rows as there are lanes.</summary>
    /// <typeparam name="TSink">Takes the columns.</typeparam>
    /// <param name="rows">First row.</param>
    /// <param name="stride">Bytes from one row to the next.</param>
    /// <param name="to">Handed to the sink.</param>
    static abstract void Transpose<TSink>(byte* rows, nint stride, float* to)
        where TSink : struct, IColumnSink<TVec>;

    /// <summary>Stores whole numbers of at most 127 in magnitude as bytes.</summary>
    static abstract void StoreBytes(TVec whole, sbyte* destination);

    /// <summary>Stores whole numbers of at most 32767 in magnitude as 16-bit integers, each four of them in the order 0, 2, 1, 3: that of even and odd bytes.</summary>
    static abstract void StoreInt16(TVec whole, short* destination);
}
