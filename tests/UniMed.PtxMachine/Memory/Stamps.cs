using System.Runtime.Intrinsics;

namespace UniMed.PtxMachine.Memory;

/// <summary>
/// Who touched memory last, for each two bytes of it: a number that grows, so that what is older than some event is
/// smaller than the event's number and nothing has to be cleared.
/// </summary>
internal static unsafe class Stamps
{
    /// <summary>Bytes that one stamp is for: the smallest store of the kernels.</summary>
    public const int Grain = 2;

    /// <summary>The first that is at least <paramref name="from"/> and not <paramref name="own"/>; -1 for none.</summary>
    public static int FirstForeign(uint* stamps, int count, uint from, uint own)
    {
        int i = 0;
        for (; i + 16 <= count; i += 16)
        {
            Vector512<uint> these = Vector512.Load(stamps + i);
            Vector512<uint> foreign = Vector512.GreaterThanOrEqual(these, Vector512.Create(from)) & ~Vector512.Equals(these, Vector512.Create(own));
            if (foreign != Vector512<uint>.Zero)
                return Exact(stamps, i, count, from, own);
        }

        return Exact(stamps, i, count, from, own);
    }

    /// <summary>The first below a number; -1 for none.</summary>
    public static int FirstBelow(uint* stamps, int count, uint bound)
    {
        int i = 0;
        for (; i + 16 <= count; i += 16)
        {
            if (Vector512.LessThanAny(Vector512.Load(stamps + i), Vector512.Create(bound)))
                break;
        }

        for (; i < count; i++)
        {
            if (stamps[i] < bound)
                return i;
        }

        return -1;
    }

    /// <summary>Sets all.</summary>
    public static void Set(uint* stamps, int count, uint value) => new Span<uint>(stamps, count).Fill(value);

    /// <summary>Notes a reader: <paramref name="several"/> where another has read since <paramref name="several"/>.</summary>
    public static void Read(uint* stamps, int count, uint several, uint own)
    {
        int i = 0;
        Vector512<uint> ownAll = Vector512.Create(own);
        Vector512<uint> severalAll = Vector512.Create(several);
        for (; i + 16 <= count; i += 16)
        {
            Vector512<uint> these = Vector512.Load(stamps + i);
            Vector512<uint> foreign = Vector512.GreaterThanOrEqual(these, severalAll) & ~Vector512.Equals(these, ownAll);
            Vector512.ConditionalSelect(foreign, severalAll, ownAll).Store(stamps + i);
        }

        for (; i < count; i++)
            stamps[i] = stamps[i] >= several && stamps[i] != own ? several : own;
    }

    private static int Exact(uint* stamps, int first, int count, uint from, uint own)
    {
        for (int i = first; i < count; i++)
        {
            if (stamps[i] >= from && stamps[i] != own)
                return i;
        }

        return -1;
    }
}
