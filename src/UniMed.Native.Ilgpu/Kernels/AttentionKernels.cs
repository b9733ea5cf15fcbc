using ILGPU;
using ILGPU.Util;

namespace UniMed.Native.Ilgpu.Kernels;

/// <summary>
/// Attention with an online softmax, in fp32. Work: 4 * head_dim FLOP for each row, head and position seen.
/// <code>
///   Rows&lt;ImageRows&gt;     vision: all rows of an image           grid (16 rows each, heads, images)
///   Rows&lt;CachedRows&gt;    prompts over the paged cache            grid (16 rows each, heads, sequences)
///   Units               one new row a sequence                  grid (256 positions each, heads, sequences), then Combine: grid (heads, sequences)
/// </code>
/// Positions are taken in units of 32, at borders that depend on the position alone. A unit has its own largest score, sum and weighted values; units are joined in order. A prompt and a
/// decode step join the same units in the same way, so that they give the same bits, and what else is in a batch changes nothing. Keys and values of 32 positions are staged in shared memory and
/// serve 16 rows. Scores wait in shared memory too: nothing the length of a sequence is stored.
/// </summary>
internal static class AttentionKernels
{
    /// <summary>Largest head_dim.</summary>
    public const int MaxChannels = 128;

    /// <summary>Rows of a group.</summary>
    public const int TileRows = 16;

    /// <summary>Positions of a unit.</summary>
    public const int UnitPositions = 32;

    /// <summary>Units of a decode group.</summary>
    public const int GroupUnits = 8;

    private const int Pitch = MaxChannels + 1;

    public static void Rows<TShape, TSource>(CausalArguments a)
        where TShape : unmanaged, IGroupShape
        where TSource : unmanaged, IKeyValues
    {
        ArrayView<float> queries = SharedMemory.Allocate<float>(TileRows * MaxChannels);
        ArrayView<float> staged = SharedMemory.Allocate<float>(UnitPositions * Pitch);
        ArrayView<float> outputs = SharedMemory.Allocate<float>(TileRows * MaxChannels);
        ArrayView<float> scores = SharedMemory.Allocate<float>(TileRows * UnitPositions);
        // Of each row: largest score, sum, largest of the unit, and the factors that join the unit to the rest.
        ArrayView<float> states = SharedMemory.Allocate<float>(5 * TileRows);
        int thread = Group.IdxX;
        int head = Grid.IdxY;
        int sequence = Grid.IdxZ;
        int firstRow = a.RowOffsets[sequence] + (Grid.IdxX * TileRows);
        // Groups past the end of a short sequence have no rows and no units; they take part in the barriers.
        int rows = Largest(0, Min(TileRows, a.RowOffsets[sequence + 1] - firstRow));
        float scale = 1f / MathF.Sqrt(a.HeadDim);
        ArrayView<float> memory = default(TSource).Memory(a);
        for (int i = thread; i < rows * a.HeadDim; i += default(TShape).Threads)
        {
            int row = i / a.HeadDim;
            int c = i % a.HeadDim;
            queries[(row * MaxChannels) + c] = a.Query[default(TSource).Query(a, firstRow + row, head) + c] * scale;
            outputs[(row * MaxChannels) + c] = 0f;
        }

        for (int row = thread; row < rows; row += default(TShape).Threads)
        {
            states[row] = float.NegativeInfinity;
            states[TileRows + row] = 0f;
        }

        int longest = rows == 0 ? 0 : default(TSource).Seen(a, sequence, firstRow + rows - 1);
        for (int unit = 0; unit < longest; unit += UnitPositions)
        {
            int positions = Min(UnitPositions, longest - unit);
            Group.Barrier();
            for (int i = thread; i < positions * a.HeadDim; i += default(TShape).Threads)
                staged[(i / a.HeadDim * Pitch) + (i % a.HeadDim)] = memory[default(TSource).Key(a, sequence, head, unit + (i / a.HeadDim)) + (i % a.HeadDim)];
            Group.Barrier();
            for (int i = thread; i < rows * UnitPositions; i += default(TShape).Threads)
            {
                int row = i / UnitPositions;
                int position = i % UnitPositions;
                if (unit + position < default(TSource).Seen(a, sequence, firstRow + row))
                    scores[i] = Dot(queries, row * MaxChannels, staged, position * Pitch, a.HeadDim);
            }

            Group.Barrier();
            for (int row = thread; row < rows; row += default(TShape).Threads)
            {
                int seen = Min(UnitPositions, default(TSource).Seen(a, sequence, firstRow + row) - unit);
                if (seen > 0)
                    BeginUnit(states, row, Largest(scores, row * UnitPositions, seen));
            }

            Group.Barrier();
            for (int i = thread; i < rows * UnitPositions; i += default(TShape).Threads)
            {
                int row = i / UnitPositions;
                if (unit + (i % UnitPositions) < default(TSource).Seen(a, sequence, firstRow + row))
                    scores[i] = Arithmetic.Exp(scores[i] - states[(2 * TileRows) + row]);
            }

            for (int i = thread; i < positions * a.HeadDim; i += default(TShape).Threads)
                staged[(i / a.HeadDim * Pitch) + (i % a.HeadDim)] = memory[default(TSource).Value(a, sequence, head, unit + (i / a.HeadDim)) + (i % a.HeadDim)];
            Group.Barrier();
            for (int row = thread; row < rows; row += default(TShape).Threads)
            {
                int seen = Min(UnitPositions, default(TSource).Seen(a, sequence, firstRow + row) - unit);
                if (seen > 0)
                    states[TileRows + row] = Join(states[TileRows + row], states[(3 * TileRows) + row], Sum(scores, row * UnitPositions, seen), states[(4 * TileRows) + row]);
            }

            for (int i = thread; i < rows * a.HeadDim; i += default(TShape).Threads)
            {
                int row = i / a.HeadDim;
                int c = i % a.HeadDim;
                int seen = Min(UnitPositions, default(TSource).Seen(a, sequence, firstRow + row) - unit);
                if (seen > 0)
                {
                    float value = WeightedValue(scores, row * UnitPositions, staged, c, Pitch, seen);
                    int at = (row * MaxChannels) + c;
                    outputs[at] = Join(outputs[at], states[(3 * TileRows) + row], value, states[(4 * TileRows) + row]);
                }
            }
        }

        Group.Barrier();
        for (int i = thread; i < rows * a.HeadDim; i += default(TShape).Threads)
        {
            int row = i / a.HeadDim;
            int c = i % a.HeadDim;
            a.Output[((((long)firstRow + row) * a.Heads) + head) * a.HeadDim + c] = outputs[(row * MaxChannels) + c] / states[TileRows + row];
        }
    }

    public static void Units<TShape>(CausalArguments a)
        where TShape : unmanaged, IGroupShape
    {
        ArrayView<float> query = SharedMemory.Allocate<float>(MaxChannels);
        ArrayView<float> scores = SharedMemory.Allocate<float>(GroupUnits * UnitPositions);
        ArrayView<float> largest = SharedMemory.Allocate<float>(GroupUnits);
        int thread = Group.IdxX;
        int head = Grid.IdxY;
        int sequence = Grid.IdxZ;
        int seen = a.StartPositions[sequence] + 1;
        int firstUnit = Grid.IdxX * GroupUnits;
        int positions = Largest(0, Min(GroupUnits * UnitPositions, seen - (firstUnit * UnitPositions)));
        int units = (positions + UnitPositions - 1) / UnitPositions;
        int row = a.RowOffsets[sequence];
        float scale = 1f / MathF.Sqrt(a.HeadDim);
        for (int c = thread; c < a.HeadDim; c += default(TShape).Threads)
            query[c] = a.Query[default(CachedRows).Query(a, row, head) + c] * scale;
        Group.Barrier();
        for (int position = thread; position < positions; position += default(TShape).Threads)
        {
            long key = default(CachedRows).Key(a, sequence, head, (firstUnit * UnitPositions) + position);
            float score = 0f;
            for (int c = 0; c < a.HeadDim; c++)
                score += query[c] * a.Cache[key + c];
            scores[position] = score;
        }

        Group.Barrier();
        for (int unit = thread; unit < units; unit += default(TShape).Threads)
            largest[unit] = Largest(scores, unit * UnitPositions, Min(UnitPositions, positions - (unit * UnitPositions)));
        Group.Barrier();
        for (int position = thread; position < positions; position += default(TShape).Threads)
            scores[position] = Arithmetic.Exp(scores[position] - Shift(largest[position / UnitPositions]));
        Group.Barrier();
        long firstOfRow = (((long)sequence * a.Heads) + head) * a.MaxUnits;
        long ends = (long)a.Sequences * a.Heads * a.MaxUnits * a.HeadDim;
        for (int unit = thread; unit < units; unit += default(TShape).Threads)
        {
            a.Units[ends + ((firstOfRow + firstUnit + unit) * 2)] = largest[unit];
            a.Units[ends + ((firstOfRow + firstUnit + unit) * 2) + 1] = Sum(scores, unit * UnitPositions, Min(UnitPositions, positions - (unit * UnitPositions)));
        }

        for (int i = thread; i < units * a.HeadDim; i += default(TShape).Threads)
        {
            int unit = i / a.HeadDim;
            int c = i % a.HeadDim;
            float value = 0f;
            for (int p = unit * UnitPositions; p < Min((unit + 1) * UnitPositions, positions); p++)
                value += scores[p] * a.Cache[default(CachedRows).Value(a, sequence, head, (firstUnit * UnitPositions) + p) + c];
            a.Units[((firstOfRow + firstUnit + unit) * a.HeadDim) + c] = value;
        }
    }

    public static void Combine<TShape>(CausalArguments a)
        where TShape : unmanaged, IGroupShape
    {
        int head = Grid.IdxX;
        int sequence = Grid.IdxY;
        int units = (a.StartPositions[sequence] + UnitPositions) / UnitPositions;
        long firstOfRow = (((long)sequence * a.Heads) + head) * a.MaxUnits;
        long ends = (long)a.Sequences * a.Heads * a.MaxUnits * a.HeadDim;
        for (int c = Group.IdxX; c < a.HeadDim; c += default(TShape).Threads)
        {
            float largest = float.NegativeInfinity;
            float sum = 0f;
            float output = 0f;
            for (int unit = 0; unit < units; unit++)
            {
                float of = a.Units[ends + ((firstOfRow + unit) * 2)];
                float both = of > largest ? of : largest;
                float old = Factor(largest, both);
                float fresh = Factor(of, both);
                sum = Join(sum, old, a.Units[ends + ((firstOfRow + unit) * 2) + 1], fresh);
                output = Join(output, old, a.Units[((firstOfRow + unit) * a.HeadDim) + c], fresh);
                largest = both;
            }

            a.Output[((((long)a.RowOffsets[sequence] * a.Heads) + head) * a.HeadDim) + c] = output / sum;
        }
    }

    private static void BeginUnit(ArrayView<float> states, int row, float ofUnit)
    {
        float before = states[row];
        float both = ofUnit > before ? ofUnit : before;
        states[row] = both;
        states[(2 * TileRows) + row] = Shift(ofUnit);
        states[(3 * TileRows) + row] = Factor(before, both);
        states[(4 * TileRows) + row] = Factor(ofUnit, both);
    }

    private static float Join(float old, float oldFactor, float fresh, float freshFactor) => (old * oldFactor) + (fresh * freshFactor);

    /// <summary>What is taken off the scores of a unit. Without any number among them (all are NaN, or minus infinity) nothing is.</summary>
    private static float Shift(float largest) => largest == float.NegativeInfinity ? 0f : largest;

    private static float Factor(float largest, float both) => Utilities.Select(largest == float.NegativeInfinity, 0f, Arithmetic.Exp(largest - both));

    private static float Dot(ArrayView<float> a, int atA, ArrayView<float> b, int atB, int count)
    {
        float sum = 0f;
        for (int c = 0; c < count; c++)
            sum += a[atA + c] * b[atB + c];
        return sum;
    }

    private static float Largest(ArrayView<float> values, int begin, int count)
    {
        float largest = float.NegativeInfinity;
        for (int i = begin; i < begin + count; i++)
        {
            float value = values[i];
            largest = Utilities.Select(value > largest, value, largest);
        }

        return largest;
    }

    private static float Sum(ArrayView<float> values, int begin, int count)
    {
        float sum = 0f;
        for (int i = begin; i < begin + count; i++)
            sum += values[i];
        return sum;
    }

    private static float WeightedValue(ArrayView<float> weights, int begin, ArrayView<float> values, int at, int pitch, int count)
    {
        float value = 0f;
        for (int p = 0; p < count; p++)
            value += weights[begin + p] * values[at + (p * pitch)];
        return value;
    }

    private static int Min(int a, int b) => a < b ? a : b;

    private static int Largest(int a, int b) => a > b ? a : b;
}
