using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using UniMed.Inference.Weights;
using UniMed.Native;

namespace UniMed.Tests.Weights.Layout;

/// <summary>The tensors that a source declares, all zeros: notes which are asked for, and may lack one.</summary>
internal sealed class RecordingSource(IWeightSource declared, string? missing = null) : IWeightSource
{
    public IReadOnlyDictionary<string, TensorInfo> Tensors { get; } = declared.Tensors.Where(pair => pair.Key != missing).ToDictionary();

    public ConcurrentDictionary<string, bool> Asked { get; } = [];

    public bool Contains(string name) => Tensors.ContainsKey(name);

    public HostTensor GetTensor(string name)
    {
        Asked[name] = true;
        TensorInfo info = Tensors[name];
        byte[] zeros = GC.AllocateArray<byte>((int)info.ByteLength, pinned: true);
        int columns = (int)info.Shape[^1];
        return new HostTensor(Marshal.UnsafeAddrOfPinnedArrayElement(zeros, 0), info.Type, (int)(info.ElementCount / columns), columns, columns, zeros);
    }

    public void Dispose() => declared.Dispose();
}
