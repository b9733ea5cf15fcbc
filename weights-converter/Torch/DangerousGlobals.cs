namespace UniMed.WeightsConverter.Torch;

/// <summary>
/// Names that no weight file has a reason to hold: what runs programs or code, imports, opens files, or reads further pickles. Nothing is ever run here, whatever a file names; a file that
/// names one of these was made to harm other readers, and is refused as a whole.
/// </summary>
internal static class DangerousGlobals
{
    /// <summary>Modules, with all modules below them.</summary>
    private static readonly HashSet<string> Modules =
    [
        "os", "posix", "nt", "sys", "subprocess", "_posixsubprocess", "pty", "popen2", "shutil", "tempfile", "socket", "_socket", "ssl", "signal", "ctypes", "_ctypes", "cffi",
        "importlib", "imp", "_imp", "runpy", "pkgutil", "zipimport", "codeop", "marshal", "pickle", "_pickle", "cPickle", "pickletools", "dill", "cloudpickle", "joblib", "shelve",
        "multiprocessing", "threading", "_thread", "asyncio", "concurrent", "http", "httplib", "urllib", "urllib2", "urllib3", "requests", "aiohttp", "ftplib", "smtplib", "telnetlib", "xmlrpc",
        "webbrowser", "pydoc", "pdb", "bdb", "timeit", "cProfile", "doctest", "unittest", "idlelib", "lib2to3", "venv", "ensurepip", "pip", "setuptools", "distutils", "paramiko",
        "pexpect", "fabric", "IPython", "torch.hub", "torch.jit", "torch.ops", "torch.package", "torch.classes", "torch.utils.cpp_extension", "torch.utils.model_zoo", "torch.distributed.rpc",
        "numpy.testing", "numpy.f2py", "numpy.distutils",
    ];

    /// <summary>Modules whose names a user's own package may have too: they alone, not what lies below.</summary>
    private static readonly HashSet<string> LoneModules = ["code", "commands", "platform", "profile", "site", "trace"];

    private static readonly HashSet<string> Names =
    [
        "io.open", "io.open_code", "io.FileIO", "_io.open", "_io.open_code", "_io.FileIO", "operator.attrgetter", "operator.methodcaller", "_operator.attrgetter", "_operator.methodcaller",
        "types.CodeType", "types.FunctionType", "types.LambdaType", "torch.load", "torch.serialization.load", "torch.storage._load_from_bytes", "torch.compile", "numpy.load", "numpy.loads",
        "numpy.fromfile", "numpy.memmap",
    ];

    /// <summary>Builtins that only make data; every other one is refused.</summary>
    private static readonly HashSet<string> HarmlessBuiltins =
    [
        "set", "frozenset", "dict", "list", "tuple", "int", "long", "float", "complex", "bool", "str", "unicode", "bytes", "bytearray", "object", "slice", "range", "xrange", "type", "Ellipsis",
        "NotImplemented",
    ];

    /// <summary>True for a name whose file is refused.</summary>
    public static bool Contains(string module, string name)
    {
        if (module is "builtins" or "__builtin__" or "__builtins__")
            return !HarmlessBuiltins.Contains(name);
        string path = $"{module}.{name}";
        if (Names.Contains(path) || LoneModules.Contains(module))
            return true;
        // A name may itself be a path of attributes (protocol 4): torch with jit.load is torch.jit with load.
        for (int end = path.Length; end > 0; end = path.LastIndexOf('.', end - 1))
        {
            if (Modules.Contains(path[..end]))
                return true;
        }

        return false;
    }
}
