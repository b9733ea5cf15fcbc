namespace UniMed.GpuBench;

/// <summary>The parts of a run.</summary>
internal enum BenchSection
{
    /// <summary>Operations against the reference device.</summary>
    Check,

    /// <summary>The small model's golden answers.</summary>
    Nano,

    /// <summary>Every kernel's time.</summary>
    Kernels,

    /// <summary>Time to first token, and for each token, of a model with random weights.</summary>
    Model,
}
