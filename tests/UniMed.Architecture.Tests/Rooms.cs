namespace UniMed.Architecture.Tests;

/// <summary>Who may know whom: a room, then those it may know. docs/architecture.md says what they are.</summary>
internal static class Rooms
{
    /// <summary>Devices. Of Cuda only Device knows of Uni-Med: the others know no Contract.</summary>
    public static RoomTable Native { get; } = new(
        "src/UniMed.Native",
        new("Formats"),
        new("Sampling"),
        new("Availability"),
        new("Contract", "Formats", "Sampling"),
        new("Host", "Contract", "Formats"),
        new("Reference", "Contract", "Formats", "Host", "Sampling"),
        new("Cpu", "Contract", "Formats", "Host", "Sampling"),
        new("Gpu/Memory"),
        new("Gpu", "Contract", "Formats", "Gpu/Memory"),
        new("Cuda/Driver"),
        new("Cuda/Driver/Nvidia", "Cuda/Driver"),
        new("Cuda/Driver/Emulated", "Cuda/Driver"),
        new("Cuda/Memory", "Cuda/Driver", "Gpu/Memory"),
        new("Cuda/Launch", "Availability", "Cuda/Driver"),
        new(
            "Cuda/Device",
            "Availability", "Contract", "Formats", "Sampling", "Gpu", "Gpu/Memory",
            "Cuda/Driver", "Cuda/Driver/Nvidia", "Cuda/Driver/Emulated", "Cuda/Memory", "Cuda/Launch"),
        new("DeviceCatalog", "Availability", "Contract", "Reference", "Cpu", "Cuda/Driver", "Cuda/Device"));

    /// <summary>The model. Of Tasks what computes it knows Names alone.</summary>
    public static RoomTable Inference { get; } = new(
        "src/UniMed.Inference",
        new("Messages"),
        new("Tokenization", "Messages"),
        new("Tasks/Names", "Messages"),
        new("Weights", "Messages"),
        new("Weights/Layout", "Messages", "Tasks/Names", "Weights"),
        new("Imaging", "Messages", "Weights"),
        new("Vision", "Weights", "Weights/Layout"),
        new("Connector", "Messages", "Tasks/Names", "Weights", "Weights/Layout", "Vision"),
        new("Language", "Weights", "Weights/Layout"),
        new("Generation/Constraints", "Messages", "Tokenization"),
        new("Generation", "Messages", "Tokenization", "Language", "Generation/Constraints"),
        new(
            "Tasks",
            "Messages", "Tokenization", "Tasks/Names", "Weights", "Imaging", "Generation", "Generation/Constraints"),
        new(
            "Model",
            "Messages", "Tokenization", "Weights", "Weights/Layout", "Imaging", "Vision", "Connector", "Language",
            "Generation/Constraints"),
        new(
            "Scheduling",
            "Messages", "Tokenization", "Tasks/Names", "Weights", "Imaging", "Vision", "Connector", "Language",
            "Generation", "Generation/Constraints", "Tasks", "Model"),
        new(
            Room.Root,
            "Messages", "Tokenization", "Tasks/Names", "Weights", "Imaging", "Language", "Generation", "Tasks", "Model",
            "Scheduling"));

    /// <summary>The machine that runs the kernels' PTX: what is written knows nothing of what runs.</summary>
    public static RoomTable PtxMachine { get; } = new(
        "tests/UniMed.PtxMachine",
        new("Syntax"),
        new("Memory"),
        new("Execution", "Memory"),
        new("Operations", "Execution"),
        new("Decoding", "Syntax", "Execution", "Operations"),
        new("Driver", "Syntax", "Memory", "Execution", "Decoding"),
        new("Mutation", "Syntax", "Memory", "Execution", "Decoding", "Driver"));

    /// <summary>What each project refers to, by the name of its project file.</summary>
    public static RoomTable Projects { get; } = new(
        "",
        new("UniMed.Native"),
        new("UniMed.Native.Ilgpu", "UniMed.Native"),
        new("UniMed.Inference", "UniMed.Native"),
        new("UniMed.WeightsConverter", "UniMed.Inference"),
        new("UniMed.Bench", "UniMed.Inference"),
        new("UniMed.Hosting", "UniMed.Inference"),
        new("UniMed.Hosting.AspNetCore", "UniMed.Hosting"),
        new("UniMed.Cli", "UniMed.Bench", "UniMed.Inference", "UniMed.Native.Ilgpu"),
        new("UniMed", "UniMed.Hosting", "UniMed.Inference", "UniMed.Native.Ilgpu"));

    /// <summary>Whom of these projects each shows its inner parts; bench and tests are free to see them.</summary>
    public static RoomTable InnerParts { get; } = new(
        "",
        new("UniMed.Native", "UniMed.Native.Ilgpu"),
        new("UniMed.Native.Ilgpu"),
        new("UniMed.Inference", "UniMed.Bench", "UniMed.WeightsConverter"),
        new("UniMed.WeightsConverter"),
        new("UniMed.Bench"),
        new("UniMed.Hosting"),
        new("UniMed.Hosting.AspNetCore"),
        new("UniMed.Cli"),
        new("UniMed"));
}
