using System.Reflection;

namespace UniMed.Native.Ilgpu;

/// <summary>A kernel of any arguments.</summary>
internal interface IIlgpuKernel
{
    /// <summary>Its name in docs/kernels.md.</summary>
    string Name { get; }

    /// <summary>Its body, for backends that compile without a device.</summary>
    MethodInfo Method { get; }

    /// <summary>Compiles it now, unless that has been done.</summary>
    void Compile();
}
