using UniMed.Native.Cuda;

namespace UniMed.Native.Tests.Cuda;

/// <summary>Launches whose arguments are only known as the test runs.</summary>
internal static class Launches
{
    /// <summary>Puts a launch together and starts it.</summary>
    public static void Run(this CudaKernel kernel, CudaStream stream, params object[] arguments) => Of(kernel, arguments).Run(stream);

    /// <summary>Puts a launch together and writes it down.</summary>
    public static void Record(this CudaKernel kernel, LaunchLog log, params object[] arguments) => Of(kernel, arguments).Record(log);

    private static CudaLaunch Of(CudaKernel kernel, object[] arguments)
    {
        var launch = new CudaLaunch(kernel, new CudaLaunchShape(1, 256));
        foreach (object argument in arguments)
        {
            switch (argument)
            {
                case DevicePointer pointer: launch.Add(pointer); break;
                case int integer: launch.Add(integer); break;
                case long wide: launch.Add(wide); break;
                case float real: launch.Add(real); break;
                case double wide: launch.Add(wide); break;
                case decimal other: launch.Add(other); break;
                default: throw new ArgumentException($"Add {argument.GetType().Name} here.", nameof(arguments));
            }
        }

        return launch;
    }
}
