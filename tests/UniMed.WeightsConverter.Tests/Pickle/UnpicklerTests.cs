using System.Globalization;
using System.Numerics;
using System.Text;
using UniMed.WeightsConverter.Bytes;
using UniMed.WeightsConverter.Pickle;
using UniMed.WeightsConverter.Tests.Support;
using UniMed.WeightsConverter.Torch;
using Xunit;

namespace UniMed.WeightsConverter.Tests.Pickle;

public class UnpicklerTests
{
    /// <summary>What Python 3's pickle.dumps(value, protocol) gives, protocols 0 to 5, for the value that <see cref="Python_values_of_every_protocol_are_read"/> spells out.</summary>
    public static TheoryData<string> PythonPickles =>
    [
        "KGRwMApWdGV4dApwMQpW6XTpIFxVMDAwMWY5ZTBcdTAwMGEKcDIKc1ZpbnQKcDMKKGxwNApJMAphSTEKYUkyNTUKYUkyNTYKYUk2NTUzNQphSTY1NTM2CmFJLTEKYUktMjE0NzQ4MzY0OAphTDIxNDc0ODM2NDhMCmFMOTIyMzM3MjAzNjg1NDc3NTgwN0wKYUwtOTIyMzM3MjAzNjg1NDc3NTgwOEwKYUwxMTgwNTkxNjIwNzE3NDExMzAzNDI0TAphTC0xMTgwNTkxNjIwNzE3NDExMzAzNDI0TAphc1ZyZWFsCnA1CihscDYKRjAuMAphRi0xLjUKYUYxZSszMDAKYXNWZmxhZ3MKcDcKKGxwOApJMDEKYUkwMAphTmFzVnR1cGxlCnA5CigodChJMQp0cDEwCihJMQpJMgp0cDExCihJMQpJMgpJMwp0cDEyCihJMQpJMgpJMwpJNAp0cDEzCnRwMTQKc1ZuZXN0ZWQKcDE1CihkcDE2ClZrCnAxNwoobHAxOAooZHAxOQpWeApwMjAKSTEKc2Fzc0k1ClZmaXZlCnAyMQpzVnNhbWUKcDIyCmcxNgpzLg==",
        "fXEAKFgEAAAAdGV4dHEBWAsAAADDqXTDqSDwn6egCnECWAMAAABpbnRxA11xBChLAEsBS/9NAAFN//9KAAABAEr/////SgAAAIBMMjE0NzQ4MzY0OEwKTDkyMjMzNzIwMzY4NTQ3NzU4MDdMCkwtOTIyMzM3MjAzNjg1NDc3NTgwOEwKTDExODA1OTE2MjA3MTc0MTEzMDM0MjRMCkwtMTE4MDU5MTYyMDcxNzQxMTMwMzQyNEwKZVgEAAAAcmVhbHEFXXEGKEcAAAAAAAAAAEe/+AAAAAAAAEd+N+Q8iAB1nGVYBQAAAGZsYWdzcQddcQgoSTAxCkkwMApOZVgFAAAAdHVwbGVxCSgpKEsBdHEKKEsBSwJ0cQsoSwFLAksDdHEMKEsBSwJLA0sEdHENdHEOWAYAAABuZXN0ZWRxD31xEFgBAAAAa3ERXXESfXETWAEAAAB4cRRLAXNhc0sFWAQAAABmaXZlcRVYBAAAAHNhbWVxFmgQdS4=",
        "gAJ9cQAoWAQAAAB0ZXh0cQFYCwAAAMOpdMOpIPCfp6AKcQJYAwAAAGludHEDXXEEKEsASwFL/00AAU3//0oAAAEASv////9KAAAAgIoFAAAAgACKCP////////9/iggAAAAAAAAAgIoJAAAAAAAAAABAigkAAAAAAAAAAMBlWAQAAAByZWFscQVdcQYoRwAAAAAAAAAAR7/4AAAAAAAAR3435DyIAHWcZVgFAAAAZmxhZ3NxB11xCCiIiU5lWAUAAAB0dXBsZXEJKClLAYVxCksBSwKGcQtLAUsCSwOHcQwoSwFLAksDSwR0cQ10cQ5YBgAAAG5lc3RlZHEPfXEQWAEAAABrcRFdcRJ9cRNYAQAAAHhxFEsBc2FzSwVYBAAAAGZpdmVxFVgEAAAAc2FtZXEWaBB1Lg==",
        "gAN9cQAoWAQAAAB0ZXh0cQFYCwAAAMOpdMOpIPCfp6AKcQJYAwAAAGludHEDXXEEKEsASwFL/00AAU3//0oAAAEASv////9KAAAAgIoFAAAAgACKCP////////9/iggAAAAAAAAAgIoJAAAAAAAAAABAigkAAAAAAAAAAMBlWAQAAAByZWFscQVdcQYoRwAAAAAAAAAAR7/4AAAAAAAAR3435DyIAHWcZVgFAAAAZmxhZ3NxB11xCCiIiU5lWAUAAAB0dXBsZXEJKClLAYVxCksBSwKGcQtLAUsCSwOHcQwoSwFLAksDSwR0cQ10cQ5YBgAAAG5lc3RlZHEPfXEQWAEAAABrcRFdcRJ9cRNYAQAAAHhxFEsBc2FzSwVYBAAAAGZpdmVxFVgEAAAAc2FtZXEWaBB1Lg==",
        "gASV/AAAAAAAAAB9lCiMBHRleHSUjAvDqXTDqSDwn6egCpSMA2ludJRdlChLAEsBS/9NAAFN//9KAAABAEr/////SgAAAICKBQAAAIAAigj/////////f4oIAAAAAAAAAICKCQAAAAAAAAAAQIoJAAAAAAAAAADAZYwEcmVhbJRdlChHAAAAAAAAAABHv/gAAAAAAABHfjfkPIgAdZxljAVmbGFnc5RdlCiIiU5ljAV0dXBsZZQoKUsBhZRLAUsChpRLAUsCSwOHlChLAUsCSwNLBHSUdJSMBm5lc3RlZJR9lIwBa5RdlH2UjAF4lEsBc2FzSwWMBGZpdmWUjARzYW1llGgQdS4=",
        "gAWV/AAAAAAAAAB9lCiMBHRleHSUjAvDqXTDqSDwn6egCpSMA2ludJRdlChLAEsBS/9NAAFN//9KAAABAEr/////SgAAAICKBQAAAIAAigj/////////f4oIAAAAAAAAAICKCQAAAAAAAAAAQIoJAAAAAAAAAADAZYwEcmVhbJRdlChHAAAAAAAAAABHv/gAAAAAAABHfjfkPIgAdZxljAVmbGFnc5RdlCiIiU5ljAV0dXBsZZQoKUsBhZRLAUsChpRLAUsCSwOHlChLAUsCSwNLBHSUdJSMBm5lc3RlZJR9lIwBa5RdlH2UjAF4lEsBc2FzSwWMBGZpdmWUjARzYW1llGgQdS4=",
    ];

    public static TheoryData<string, string> Forbidden => new()
    {
        { "cos\nsystem\n.", "os.system" },
        { "cbuiltins\neval\n.", "builtins.eval" },
        { "ctorch.storage\n_load_from_bytes\n.", "torch.storage._load_from_bytes" },
        { "ctorch\nload\n.", "torch.load" },
        { "c__builtin__\ngetattr\n.", "__builtin__.getattr" },
        { "ctorch\njit.load\n.", "torch.jit.load" },
        { "csubprocess\nPopen\n.", "subprocess.Popen" },
        { "ccode\nInteractiveInterpreter\n.", "code.InteractiveInterpreter" },
        { "cnumpy.testing._private.utils\nrunstring\n.", "numpy.testing._private.utils.runstring" },
        { "\u008c\u0005posix\u008c\u0006system\u0093.", "posix.system" },
        { "(S'touch x'\nios\nsystem\n.", "" },
        { "(ios\nsystem\n.", "os.system" },
    };

    [Theory]
    [MemberData(nameof(PythonPickles))]
    public void Python_values_of_every_protocol_are_read(string base64)
    {
        string expected = "{'text': 'été 🧠\n', 'int': [0, 1, 255, 256, 65535, 65536, -1, -2147483648, 2147483648, 9223372036854775807, -9223372036854775808, "
            + "1180591620717411303424b, -1180591620717411303424b], 'real': [0r, -1.5r, 1E+300r], 'flags': [True, False, None], "
            + "'tuple': ((), (1), (1, 2), (1, 2, 3), (1, 2, 3, 4)), 'nested': {'k': [{'x': 1}]}, 5: 'five', 'same': {'k': [{'x': 1}]}}";
        Assert.Equal(expected, Show(Load(Convert.FromBase64String(base64))));
    }

    [Fact]
    public void Byte_strings_of_protocol_5_are_read()
    {
        var list = Assert.IsType<PickleList>(Load(Convert.FromBase64String("gAWVFgAAAAAAAABdlChDAmFilJYCAAAAAAAAAGNklGUu")));
        Assert.Equal([Encoding.ASCII.GetBytes("ab"), Encoding.ASCII.GetBytes("cd")], list.Items);
    }

    [Fact]
    public void Python_2_strings_with_escapes_are_read() => Assert.Equal("a'\n\\é", Load("S'a\\'\\n\\\\\\xc3\\xa9'\n."));

    [Theory]
    [MemberData(nameof(Forbidden))]
    public void A_name_outside_the_closed_list_is_refused_and_named(string pickle, string name)
    {
        ConversionException refused = Assert.Throws<ConversionException>(() => Load(pickle));
        Assert.Contains(name, refused.Message, StringComparison.Ordinal);
        Assert.Contains("nothing in the file was run", refused.Message, StringComparison.Ordinal);
    }

    /// <summary>What training code leaves in checkpoints beside the weights.</summary>
    public static TheoryData<string, string> Skipped => new()
    {
        { RawPickle.NumpyFour.Instructions, "numpy.core.multiarray.scalar" },
        { RawPickle.Namespace.Instructions, "argparse.Namespace" },
        { RawPickle.CustomDict.Instructions, "mine.config.Node" },
        { "cdatetime\ndatetime\n(C\n0123456789tR", "datetime.datetime" },
        { "cpathlib\nPosixPath\n(X\u0001\0\0\0/X\u0003\0\0\0tmptR", "pathlib.PosixPath" },
        { "ctorch.optim.adamw\nAdamW\n)\u0081}X\u0005\0\0\0state}sb", "torch.optim.adamw.AdamW" },
        { "ctorch._utils\n_rebuild_qtensor\n)R", "torch._utils._rebuild_qtensor" },
        { "ctorch\ndevice\nX\u0003\0\0\0cpu\u0085R", "torch.device" },
        { "c__builtin__\nset\n(lK\u0001a\u0085R", "__builtin__.set" },
        { "\u008f(K\u0001K\u0002\u0090", "builtins.set" },
        { "(K\u0001\u0091", "builtins.frozenset" },
        { "(ccollections\nCounter\n}o", "collections.Counter" },
        { "(K\u0001imine\nOld\n", "mine.Old" },
        { "cmine\nNamed\n)}\u0092", "mine.Named" },
    };

    [Theory]
    [MemberData(nameof(Skipped))]
    public void A_value_of_another_library_is_skipped_and_keeps_its_makers_name(string instructions, string maker)
    {
        var dict = Assert.IsType<PickleDict>(Load("}(X\u0001\0\0\0a" + instructions + "X\u0001\0\0\0bK\u0005u."));
        Assert.True(dict.TryGet("a", out object? skipped));
        Assert.Equal(new PickleOpaque(maker), skipped);
        Assert.True(dict.TryGet("b", out object? next));
        Assert.Equal(5L, next);
    }

    [Fact]
    public void Dangerous_names_are_refused_inside_values_that_are_skipped()
    {
        string message = Assert.Throws<ConversionException>(() => Load("cmine\nThing\n(cos\nsystem\nX\u0001\0\0\0xtR.")).Message;
        Assert.Contains("os.system", message, StringComparison.Ordinal);
    }

    [Fact]
    public void Keys_of_any_kind_are_read() =>
        Assert.Equal(3, Assert.IsType<PickleDict>(Load("}(NK\u0001C\u0001xK\u0002cmine\nEnum\nK\u0001\u0085RK\u0003u.")).Entries.Count);

    [Theory]
    [InlineData("ctorch\nFloatStorage\n)R.", "called with arguments")]
    [InlineData("ccollections\nOrderedDict\n(K\u0001tR.", "called with arguments")]
    [InlineData("K\u0001)R.", "cannot be called")]
    [InlineData("ccollections\nOrderedDict\nK\u0001R.", "not a tuple")]
    [InlineData("]}b.", "something other than a dictionary")]
    [InlineData("K\u0001Q.", "persistent id")]
    [InlineData("Px\n.", "PERSID")]
    [InlineData("c\u0080\n\n)\u0081.", "UTF-8")]
    [InlineData("))\u0081.", "cannot be called")]
    [InlineData("\u0082\u0001.", "EXT1")]
    [InlineData("\u0097.", "NEXTBUFFER")]
    [InlineData("\u00ff", "0xff")]
    [InlineData("\u0080\u0006.", "protocol 6")]
    [InlineData("}]K\u0001s.", "dictionary key")]
    [InlineData("}(K\u0001u.", "a key without a value")]
    [InlineData("K\u0001K\u0002a.", "not a list")]
    [InlineData("h\u0005.", "memo entry 5")]
    [InlineData("t.", "no")]
    [InlineData("(K\u0001(0a.", "an empty stack")]
    [InlineData("I12x\n.", "malformed integer")]
    [InlineData("U\u0002\u00ff\u00ff.", "malformed UTF-8 string")]
    [InlineData("]", "cut off")]
    [InlineData("", "cut off")]
    public void Malformed_and_unsupported_instructions_are_refused(string pickle, string reason)
    {
        ConversionException refused = Assert.Throws<ConversionException>(() => Load(pickle));
        Assert.Contains(reason, refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Integers_beyond_the_limit_are_refused()
    {
        byte[] huge = [0x8b, 0, 2, 0, 0, .. new byte[512], (byte)'.'];
        Assert.Contains("longer than the limit of 256", Assert.Throws<ConversionException>(() => Load(huge)).Message, StringComparison.Ordinal);
        Assert.Throws<ConversionException>(() => Load($"L{new string('9', 5000)}L\n."));
    }

    [Fact]
    public void More_instructions_than_the_limit_are_refused()
    {
        var pickle = new byte[PickleLimits.Instructions + 2];
        pickle.AsSpan().Fill((byte)'N');
        Assert.Contains("more than 4000000 instructions", Assert.Throws<ConversionException>(() => Load(pickle)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_dictionary_that_holds_itself_is_read_without_end_or_overflow()
    {
        var dict = Assert.IsType<PickleDict>(Load("}q\u0000X\u0001\0\0\0ah\u0000s."));
        Assert.True(dict.TryGet("a", out object? inner));
        Assert.Same(dict, inner);
        Assert.True(dict.Equals(inner));
    }

    [Fact]
    public void Deep_tuples_and_dictionaries_are_refused()
    {
        Assert.Contains("nested deeper", Assert.Throws<ConversionException>(() => Load(")" + new string('\u0085', 200_000) + ".")).Message, StringComparison.Ordinal);
        Assert.Contains("nested deeper", Assert.Throws<ConversionException>(
            () => Load(string.Concat(Enumerable.Repeat("}K\0", 5000)) + "N" + new string('s', 5000) + ".")).Message, StringComparison.Ordinal);
    }

    private static object? Load(string latin1) => Load(Encoding.Latin1.GetBytes(latin1));

    private static object? Load(byte[] pickle)
    {
        using var source = new MemoryByteSource("test", pickle);
        return Unpickler.Load(new PickleReader(source, 0, pickle.Length), new TorchVocabulary());
    }

    private static string Show(object? value) => value switch
    {
        null => "None",
        string text => $"'{text}'",
        bool flag => flag ? "True" : "False",
        long number => number.ToString(CultureInfo.InvariantCulture),
        BigInteger number => number.ToString(CultureInfo.InvariantCulture) + "b",
        double real => real.ToString("R", CultureInfo.InvariantCulture) + "r",
        PickleList list => $"[{string.Join(", ", list.Items.Select(Show))}]",
        PickleTuple tuple => $"({string.Join(", ", tuple.Items.Select(Show))})",
        PickleDict dict => $"{{{string.Join(", ", dict.Entries.Select(e => $"{Show(e.Key)}: {Show(e.Value)}"))}}}",
        _ => throw new InvalidOperationException($"Unexpected {value.GetType()}."),
    };
}
