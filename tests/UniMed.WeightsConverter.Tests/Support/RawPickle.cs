namespace UniMed.WeightsConverter.Tests.Support;

/// <summary>Instructions that push one value, as Python's pickler writes them; each character is a byte.</summary>
internal sealed record RawPickle(string Instructions)
{
    /// <summary>numpy.int64(4).</summary>
    public static RawPickle NumpyFour { get; } = new(
        "cnumpy.core.multiarray\nscalar\ncnumpy\ndtype\n(X\u0002\0\0\0i8\u0089\u0088tR(K\u0003X\u0001\0\0\0<NNNJ\u00ff\u00ff\u00ff\u00ffJ\u00ff\u00ff\u00ff\u00ffK\0tb"
        + "c_codecs\nencode\n(X\u0008\0\0\0\u0004\0\0\0\0\0\0\0X\u0006\0\0\0latin1tR\u0086R");

    /// <summary>argparse.Namespace(lr=1).</summary>
    public static RawPickle Namespace { get; } = new("cargparse\nNamespace\n)\u0081}X\u0002\0\0\0lrK\u0001sb");

    /// <summary>An OrderedDict made by a class of its own, filled item by item, with a set in it.</summary>
    public static RawPickle CustomDict { get; } = new("cmine.config\nNode\n)\u0081(X\u0001\0\0\0aK\u0001X\u0001\0\0\0bcbuiltins\nset\n(K\u0001l\u0085Ru}b");
}
