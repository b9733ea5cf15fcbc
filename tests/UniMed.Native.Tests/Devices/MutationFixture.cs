using UniMed.Native.Cuda;
using UniMed.Native.Cuda.Emulated;
using UniMed.PtxMachine.Driver;
using UniMed.PtxMachine.Mutation;

namespace UniMed.Native.Tests.Devices;

/// <summary>
/// The PTX of the kernels, and beside each launch faulty kernels.
/// </summary>
public sealed class MutationFixture : IDeviceFixture
{
    private const int OfEachKind = 2;
    private const int Launches = 30;

    private readonly Dictionary<string, List<Mutant>> _mutants = [];
    private readonly Lazy<PtxImage> _traced = new(() => new PtxImage(PtxFixture.Image()));
    private readonly Lazy<Device> _device;

    public MutationFixture() => _device = new Lazy<Device>(() =>
    {
        PtxImage image = PtxFixture.Image();
        foreach (string kernel in image.KernelNames)
            _mutants.Add(kernel, Mutations.Of(image.Module, image.Module.Kernels[kernel], OfEachKind));
        return Open();
    });

    public Device Device => _device.Value;

    public double Tolerance => 2 * Math.Pow(2, -8);

    public double DecodeTolerance => 0;

    public Device OpenAnother() => Open();

    /// <summary>Faulty kernels whose changed instruction a launch came to, and that did as the right ones.</summary>
    internal IEnumerable<string> NotFound => Run.Where(mutant => mutant.Found is null).Select(mutant => $"{mutant.Kind}: {mutant.Description}");

    private Mutant[] Run => [.. _mutants.Values.SelectMany(all => all).Where(mutant => mutant.Found is not null || mutant.Survived > 0)];

    public void Dispose()
    {
        if (_device.IsValueCreated)
            _device.Value.Dispose();
    }

    /// <summary>What was found and what was not, a line for each.</summary>
    internal IEnumerable<string> Report()
    {
        Mutant[] run = Run;
        yield return $"{_mutants.Values.Sum(all => all.Count)} faulty kernels, {run.Length} reached by a launch, {run.Count(mutant => mutant.Found is not null)} found, {run.Count(mutant => mutant.Found is { } found && found != "other bits")} of them refused";
        foreach (IGrouping<string, Mutant> kind in run.GroupBy(mutant => mutant.Kind))
            yield return $"{kind.Key}: {kind.Count(mutant => mutant.Found is not null)} of {kind.Count()}";
        foreach (Mutant mutant in run.Where(mutant => mutant.Found is null))
            yield return $"not found in {mutant.Survived} launches: {mutant.Kind}: {mutant.Description}";
        foreach (Mutant mutant in run.Where(mutant => mutant.Found is not null))
            yield return $"found: {mutant.Kind}: {mutant.Description}: {mutant.Found}";
    }

    private CudaDevice Open() => new(new EmulatedDriver(new MutatingHost(PtxFixture.Image(), _traced.Value, _mutants, Launches)));
}
