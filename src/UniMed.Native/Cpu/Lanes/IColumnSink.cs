namespace UniMed.Native.Cpu.Lanes;

/// <summary>What becomes of the columns of a transposed square: a struct, so that it is compiled into the transposition.</summary>
/// <typeparam name="TVec">The vector that a column fills.</typeparam>
internal unsafe interface IColumnSink<TVec>
    where TVec : struct
{
    /// <summary>Takes a column.</summary>
    /// <param name="column">32-bit numbers, one of each row.</param>
    /// <param name="index">Its place among the square's columns.</param>
    /// <param name="to">Where the caller wants the columns.</param>
    static abstract void Put(TVec column, int index, float* to);
}
