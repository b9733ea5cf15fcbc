using System.Runtime.InteropServices;

namespace UniMed.Native.Cuda.Emulated;

/// <summary>Commands in order, with copies of their launches' arguments. Keeps its memory when cleared, so that a warm stream allocates nothing.</summary>
internal sealed class CommandList
{
    private readonly List<Command> _commands = [];
    private readonly List<int> _offsets = [];
    private byte[] _arguments = new byte[4096];
    private int _used;

    /// <summary>Number of commands.</summary>
    public int Count => _commands.Count;

    /// <summary>The commands.</summary>
    public ReadOnlySpan<Command> Commands => CollectionsMarshal.AsSpan(_commands);

    /// <summary>Bytes of all launches' arguments.</summary>
    public ReadOnlySpan<byte> Arguments => _arguments;

    /// <summary>Where each argument of a launch begins in <see cref="Arguments"/>.</summary>
    public ReadOnlySpan<int> OffsetsOf(in Command launch) => CollectionsMarshal.AsSpan(_offsets).Slice(launch.FirstOffset, launch.ArgumentCount);

    /// <summary>Adds a command other than a launch.</summary>
    public void Add(in Command command) => _commands.Add(command);

    /// <summary>Adds a launch and copies its arguments.</summary>
    public void AddLaunch(nint function, in CudaLaunchShape shape, ReadOnlySpan<byte> arguments, ReadOnlySpan<int> offsets)
    {
        int needed = _used + arguments.Length;
        if (needed > _arguments.Length)
            Array.Resize(ref _arguments, Math.Max(needed, _arguments.Length * 2));
        arguments.CopyTo(_arguments.AsSpan(_used));
        _commands.Add(new Command { Kind = CommandKind.Launch, Function = function, Shape = shape, FirstOffset = _offsets.Count, ArgumentCount = offsets.Length });
        foreach (int offset in offsets)
            _offsets.Add(_used + offset);
        _used += (arguments.Length + 15) / 16 * 16;
    }

    /// <summary>Forgets all commands.</summary>
    public void Clear()
    {
        _commands.Clear();
        _offsets.Clear();
        _used = 0;
    }
}
