using UniMed.Native.Tests.Expected;

namespace UniMed.Native.Tests.Devices;

/// <summary>A device under test and what it promises about its numbers. One is made for each test class, so nothing else runs on the device meanwhile.</summary>
public interface IDeviceFixture : IDisposable
{
    Device Device { get; }

    /// <summary>Opens a second device of the same kind.</summary>
    Device OpenAnother();

    /// <summary>An output may differ from the exact one by this much times the sum of the absolute terms it was added from.</summary>
    double Tolerance { get; }

    /// <summary>What products with weights of a type see of their input: its numbers, and in their <see cref="Bounded.Magnitude"/> what the device rounds off first, in units of <see cref="Tolerance"/>.</summary>
    Bounded[,] Operands(Bounded[,] input, ElementType weights) => input;

    /// <summary>As <see cref="Tolerance"/>, between a prompt computed at once and the same prompt token by token; 0 when they are the same bits.</summary>
    double DecodeTolerance { get; }

    /// <summary>Draws of which a distribution is judged.</summary>
    int Draws => 8000;
}
