namespace UniMed.PtxMachine.Syntax;

/// <summary>A parameter, or a variable in global or shared memory.</summary>
/// <param name="Name">Name.</param>
/// <param name="Alignment">In bytes.</param>
/// <param name="Bytes">Size; 0 for dynamic shared memory, whose size the launch says.</param>
/// <param name="Contents">What it is initialized with; empty where nothing is said.</param>
internal sealed record PtxVariable(string Name, int Alignment, int Bytes, byte[] Contents);
