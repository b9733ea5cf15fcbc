using CsCheck;
using UniMed.Tests;
using UniMed.WeightsConverter.Tests.Support;
using UniMed.WeightsConverter.Torch;
using Xunit;

namespace UniMed.WeightsConverter.Tests.Torch;

public class ArchiveMutationTests
{
    private static readonly byte[][] Seeds =
        [.. Directory.EnumerateFiles(Golden.Path("pickle"), "*.pth").Order().Select(File.ReadAllBytes).Where(b => b.Length is > 0 and < 8000)];

    [Fact]
    public void Damaged_archives_are_read_or_refused_and_nothing_else_happens() =>
        Gen.Select(Gen.Int[0, Seeds.Length - 1], Gen.Select(Gen.Double.Unit, Gen.Byte).Array[1, 6], Gen.Double.Unit).Sample(
            (seed, changes, cut) =>
            {
                byte[] bytes = [.. Seeds[seed]];
                foreach ((double at, byte value) in changes)
                    bytes[(int)(at * (bytes.Length - 1))] = value;
                Read(cut > 0.9 ? bytes[..(int)(bytes.Length * (cut - 0.9) * 10)] : bytes);
            },
            iter: 20_000);

    [Fact]
    public void Random_pickles_are_read_or_refused_and_nothing_else_happens()
    {
        byte[] opcodes = [.. Enum.GetValues<WeightsConverter.Pickle.PickleOpcode>().Select(o => (byte)o), 0, 1, (byte)'\n'];
        Gen.Int[0, opcodes.Length - 1].Select(i => opcodes[i]).Array[0, 60].Sample(pickle => Read(TorchZip.ToBytes([.. pickle, (byte)'.'], [new byte[16]])), iter: 5_000);
    }

    private static void Read(byte[] bytes)
    {
        try
        {
            using TorchArchive archive = TorchZip.Open(bytes);
            foreach (TensorView view in StateDict.Read(archive).Tensors.Values)
                view.Read(0, new byte[view.Count * view.Type.Size()]);
        }
        catch (ConversionException)
        {
            // Refused, as it should be.
        }
    }
}
