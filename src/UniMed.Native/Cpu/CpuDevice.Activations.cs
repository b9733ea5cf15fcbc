namespace UniMed.Native.Cpu;

/// <summary>Activations as products take them: padded to whole vectors beside floating-point weights, in integers beside quantized ones. They are made once for all rows of a weight.</summary>
public sealed partial class CpuDevice
{
    /// <summary>Bytes behind a row of quantized numbers: kernels read whole vectors, and rows that begin in one set of cache lines would push each other out.</summary>
    private const int RowGap = 128;

    /// <summary>What a matrix is multiplied with. Matrices of one format share it: the next call with rows of that format overwrites it.</summary>
    /// <param name="matrix">The matrix.</param>
    /// <param name="tokens">Rows of its columns.</param>
    /// <param name="rows">Number of rows.</param>
    /// <param name="stride">Numbers from one row to the next. Where it is longer than the columns, zeros follow each row up to a whole vector.</param>
    private unsafe CpuActivations Activations(in CpuMatrix matrix, float* tokens, int rows, nint stride)
    {
        if (matrix.Stored is StoredAs.Int4 or StoredAs.Int8)
            return Quantized(matrix, tokens, rows, stride);
        if (stride % Kernels.Pad == 0)
            return new CpuActivations { Numbers = tokens, Stride = stride };
        int padded = Kernels.PadColumns(matrix.Columns);
        float* copy = Scratch.Of(Scratch.Padded, (long)rows * padded);
        for (int row = 0; row < rows; row++)
            PadRow(tokens + (row * stride), copy + ((nint)row * padded), matrix.Columns, padded);
        return new CpuActivations { Numbers = copy, Stride = padded };
    }

    /// <summary>As above, or what an earlier matrix of the same operation is multiplied with, where both take the same form.</summary>
    private unsafe CpuActivations Activations(in CpuMatrix matrix, float* tokens, int rows, nint stride, in CpuMatrix earlier, in CpuActivations its)
    {
        bool isInteger = matrix.Stored is StoredAs.Int4 or StoredAs.Int8 || earlier.Stored is StoredAs.Int4 or StoredAs.Int8;
        return isInteger && matrix.Stored != earlier.Stored ? Activations(matrix, tokens, rows, stride) : its;
    }

    private unsafe CpuActivations Quantized(in CpuMatrix matrix, float* tokens, int rows, nint stride)
    {
        bool isInt4 = matrix.Stored == StoredAs.Int4;
        nint blocks = BlockQuantization.Blocks(matrix.Columns);
        nint valueStride = (blocks * BlockQuantization.BlockSize * (isInt4 ? sizeof(sbyte) : sizeof(short))) + RowGap;
        float* memory = Scratch.Of(isInt4 ? Scratch.Bytes : Scratch.Shorts, rows * ((valueStride / sizeof(float)) + (2 * blocks)));
        var job = new QuantizeJob
        {
            Tokens = tokens,
            Stride = stride,
            Columns = matrix.Columns,
            Weights = matrix.Stored,
            To = new CpuActivations
            {
                Values = (byte*)memory,
                ValueStride = valueStride,
                Scales = memory + (rows * valueStride / sizeof(float)),
                Corrections = (int*)(memory + (rows * valueStride / sizeof(float)) + (rows * blocks)),
                Blocks = blocks,
            },
        };
        // A number costs some operations, where the weights' thousands of rows cost one each.
        Run(rows, rows * (long)matrix.Columns, &QuantizeUnit, &job);
        return job.To;
    }

    private static unsafe void QuantizeUnit(void* state, int row)
    {
        ref QuantizeJob job = ref *(QuantizeJob*)state;
        CpuActivations to = job.To.From(row);
        Kernels.Best.Quantize(job.Tokens + (row * job.Stride), job.Columns, job.Weights, to.Values, to.Scales, to.Corrections);
    }

    private unsafe struct QuantizeJob
    {
        public float* Tokens;
        public nint Stride;
        public int Columns;
        public StoredAs Weights;
        public CpuActivations To;
    }
}
